'use strict';

/* Tells when its first line ran and when it had answered its first request, in milliseconds since the process began. */

const atFirstLine = reading();

const http = require('node:http');
const net = require('node:net');
// Not used, but what an application has: an instrumentation of it is loaded with it.
require('pg');

function reading() {
  return { millis: performance.now(), rssBytes: process.memoryUsage().rss };
}

const server = http.createServer((_request, response) => response.end('{"ok":true}'));
server.listen(0, '127.0.0.1', () => {
  // NOTE: a bare socket, because an instrumented client would be measured too.
  const socket = net.connect(server.address().port, '127.0.0.1');
  socket.end('GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n');
  socket.once('data', () => process.send({ atFirstLine, atFirstAnswer: reading() })).resume();
});
process.once('disconnect', () => server.close());
