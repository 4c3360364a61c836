'use strict';

// The killed process is plain JavaScript: stripping types would be part of every start.

/* Answers with the number it is asked for; on `/sql` it first writes that number as a row of PostgreSQL. */

const { writeSync } = require('node:fs');
const http = require('node:http');
const { Pool } = require('pg');

const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 2 });
pool.on('error', () => {});

const INSERT = 'INSERT INTO numbers (run, number) VALUES ($1, $2)';

const ROUTES = {
  plain: () => undefined,
  sql: (number) => pool.query(INSERT, [process.env.CHAOS_RUN, Number(number)]),
  exit: () => process.exit(0),
  throw: () =>
    setImmediate(() => {
      throw new Error('nobody catches this');
    }),
};

async function answer(request, response) {
  const [, route, number = ''] = request.url.split('/');
  try {
    await ROUTES[route]?.(number);
    response.setHeader('content-length', number.length);
    // NOTE: a closing server waits for connections that are kept alive by their requests.
    if (isClosing) response.setHeader('connection', 'close');
    response.end(number);
  } catch (error) {
    response.statusCode = 500;
    response.end(error.message);
  }
}

let isClosing = false;
const server = http.createServer(answer);
server.keepAliveTimeout = 0;
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));

if (process.env.CHAOS_CLOSES_ON_SIGTERM === 'true') {
  process.once('SIGTERM', () => {
    isClosing = true;
    server.close(() => pool.end());
    process.disconnect();
  });
}
// It never outlives the harness.
process.once('disconnect', () => {
  if (!isClosing) process.exit();
});

// Whatever holds up the process from here on is Node.js itself: those of the preload have run.
process.on('exit', () => writeSync(2, 'LEFT TO NODE\n'));
