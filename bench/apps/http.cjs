'use strict';

// The measured process is plain JavaScript: stripping types would be part of its start-up and its memory.

/* The least an application can do: what is added to it stands out. */

const http = require('node:http');

const server = http.createServer((_request, response) => {
  response.setHeader('content-type', 'application/json');
  response.end('{"ok":true}');
});
server.listen(0, '127.0.0.1');
process.once('SIGTERM', () => server.close());
