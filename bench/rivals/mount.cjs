'use strict';

/*
 * Puts a middleware in front of the application, as `app.use()` at its top does, so that every variant runs the same
 * application.
 */

const http = require('node:http');

/** What Express adds to requests, for applications without it. */
http.IncomingMessage.prototype.get ??= function get(name) {
  return this.headers[name.toLowerCase()];
};

function mount(middleware) {
  const { createServer } = http;
  http.createServer = (listener) =>
    createServer((request, response) => middleware(request, response, () => listener(request, response)));
}

module.exports = { mount };
