'use strict';

/* Takes JSON and answers with JSON of the same size, as an API does. */

const http = require('node:http');

const server = http.createServer((request, response) => {
  let text = '';
  request.setEncoding('utf8');
  request.on('data', (chunk) => {
    text += chunk;
  });
  request.on('end', () => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(JSON.parse(text)));
  });
});
server.listen(0, '127.0.0.1');
process.once('SIGTERM', () => server.close());
