'use strict';

/* A service at the edge, under the preload: hands every request on to the service behind it, token and trace with it. */

const { createServer } = require('node:http');
const { context, propagation } = require('@opentelemetry/api');

const { BEHIND } = process.env;

const server = createServer(async (request, response) => {
  try {
    const headers = {};
    for (const name of ['authorization', 'cookie', 'content-type']) {
      if (request.headers[name] !== undefined) headers[name] = request.headers[name];
    }
    propagation.inject(context.active(), headers);
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = request.method === 'GET' ? undefined : Buffer.concat(chunks);
    const answer = await fetch(`${BEHIND}${request.url}`, { method: request.method, headers, body });
    const text = Buffer.from(await answer.arrayBuffer());
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain' });
    response.end(text);
  } catch (error) {
    response.writeHead(502).end(String(error));
  }
});
server.listen(0, '127.0.0.1', () => {
  console.log(`gateway is listening on http://127.0.0.1:${server.address().port}`);
});
process.on('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
});
