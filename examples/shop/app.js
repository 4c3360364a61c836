'use strict';

const express = require('express');
const { createAccounts } = require('./accounts.js');
const { createCatalogue } = require('./catalogue.js');
const { createPool } = require('./database.js');
const { answerErrors } = require('./http-error.js');
const { createOrders, expireOldOrders } = require('./orders.js');

const {
  PORT = '3000',
  HOST = '127.0.0.1',
  ISSUER_URL = 'http://127.0.0.1:3001',
  ISSUER_SECRET,
  EXPIRE_INTERVAL_SECONDS = '60',
} = process.env;

function createApp(pool) {
  const { routes, authenticate } = createAccounts(pool, {
    issuerUrl: ISSUER_URL,
    issuerSecret: ISSUER_SECRET,
  });
  const app = express();
  app.disable('x-powered-by');
  app.use(express.json({ limit: '100kb' }));
  app.get('/healthz', (_request, response) => {
    response.json({ ok: true });
  });
  app.use(routes);
  app.use(createCatalogue(pool, authenticate));
  app.use(createOrders(pool, authenticate));
  app.use(answerErrors);
  return app;
}

/** Runs now and then again and again, beside the requests. */
function startBackgroundJob(pool) {
  const run = () => {
    expireOldOrders(pool).catch((error) => console.error(`Old orders were not expired: ${error.message}`));
  };
  run();
  return setInterval(run, Number(EXPIRE_INTERVAL_SECONDS) * 1000).unref();
}

function main() {
  if (!ISSUER_SECRET)
    throw new Error('ISSUER_SECRET is not set: any long text, the same for shop and issuer');
  const pool = createPool();
  const job = startBackgroundJob(pool);
  const server = createApp(pool).listen(Number(PORT), HOST, (error) => {
    if (error) throw error;
    console.log(`shop is listening on http://${HOST}:${server.address().port}`);
  });
  const stop = () => {
    clearInterval(job);
    server.close(() => pool.end());
  };
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, stop);
}

main();
