'use strict';

/*
 * evlog as its documentation has it for production: its middleware, its batching pipeline, its ClickHouse adapter. What
 * a request wrote is told by the wrapper around the database, who it was by the verified token. Silent, for its lines
 * on standard output would be a second copy; a buffer that holds all of a load, for its default of 1,000 events drops
 * the rest.
 */

const { createClickHouseDrain } = require('evlog/clickhouse');
const { evlog } = require('evlog/express');
const { createDrainPipeline } = require('evlog/pipeline');
const { initLogger } = require('evlog');
const { createActors } = require('./actors.cjs');
const { copyBodies } = require('./body-copies.cjs');
const { mount } = require('./mount.cjs');
const { withWrites } = require('./writes.cjs');

const { RIVAL_BODIES, RIVAL_CLICKHOUSE_URL, RIVAL_INSTANCE, RIVAL_ISSUER_URL } = process.env;

const pipeline = createDrainPipeline({
  batch: { size: 5_000, intervalMs: 1_000 },
  maxBufferSize: 2_000_000,
  retry: { maxAttempts: 5 },
  onDropped: (events, error) => console.error(`evlog dropped ${events.length} events: ${error?.message}`),
});
// The embedded engine has no queue of asynchronous inserts; batches of this size need none.
const drain = pipeline(
  createClickHouseDrain({
    endpoint: RIVAL_CLICKHOUSE_URL,
    database: 'evlog',
    asyncInsert: false,
    timeout: 60_000,
  }),
);
initLogger({ env: { service: 'bench', environment: RIVAL_INSTANCE }, silent: true, drain });

const actorOf = createActors(RIVAL_ISSUER_URL);
const logged = evlog();

mount((request, response, next) => {
  const actor = actorOf(request);
  // NOTE: evlog's event is closed with the response, so a token that is new has to be known before.
  if (typeof actor.then === 'function') actor.then((known) => log(request, response, known, next));
  else log(request, response, actor, next);
});

function log(request, response, actor, next) {
  withWrites((writes) => {
    const bodies = RIVAL_BODIES === undefined ? undefined : copyBodies(request, response);
    logged(request, response, () => {
      tellAtEnd(request, response, { actor, writes, bodies });
      next();
    });
  });
}

/** NOTE: first of all listeners, for evlog's own one is there already. */
function tellAtEnd(request, response, { actor, writes, bodies }) {
  response.prependOnceListener('finish', () => {
    request.log.set({
      actor,
      client: request.socket.remoteAddress,
      userAgent: request.headers['user-agent'],
      ...(writes.length === 0 ? {} : { writes }),
      ...(bodies === undefined ? {} : { bodies }),
    });
  });
}

globalThis[Symbol.for('audit-register.bench.flush')] = async () => {
  await drain.flush();
  await drain.settled();
};
