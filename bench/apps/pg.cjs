'use strict';

/* One query a request, or five, on a pool of ten connections. */

const http = require('node:http');
const { Pool } = require('pg');

const ACCOUNTS = 1000;

const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 10 });
let served = 0;

const update = (id) =>
  pool.query('UPDATE accounts SET balance = $1, version = version + 1 WHERE id = $2', [served, id]);
const select = (id) => pool.query('SELECT id, owner, balance FROM accounts WHERE id = $1', [id]);

const QUERIES = {
  '/update': update,
  '/select': select,
  async '/five'(id) {
    const other = (id % ACCOUNTS) + 1;
    await select(id);
    await select(other);
    await update(id);
    await update(other);
    return select(id);
  },
};

async function answer(request, response) {
  served += 1;
  try {
    const { rowCount, rows } = await QUERIES[request.url]((served % ACCOUNTS) + 1);
    response.statusCode = rowCount === 1 ? 200 : 404;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(rows));
  } catch (error) {
    response.statusCode = 500;
    response.end(error.message);
  }
}

const server = http.createServer(answer).listen(0, '127.0.0.1');
process.once('SIGTERM', () => server.close(() => pool.end()));
