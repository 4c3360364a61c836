'use strict';

/*
 * What teams write by hand where there is no easy-audit: a middleware that inserts what a request did into the
 * application's own PostgreSQL, in the cycle of request and response. Written as well as we can: one prepared insert
 * for a request and all its writes, through the application's pool, the token verified once.
 */

const { randomUUID } = require('node:crypto');
const pg = require('pg');
const { createActors } = require('./actors.cjs');
const { copyBodies } = require('./body-copies.cjs');
const { mount } = require('./mount.cjs');
const { NOTED, withWrites } = require('./writes.cjs');

const { DATABASE_URL, RIVAL_BODIES, RIVAL_ISSUER_URL } = process.env;

const COLUMNS = [
  'occurred_at',
  'request_id',
  'kind',
  'actor_id',
  'actor_name',
  'actor_roles',
  'tenant',
  'method',
  'path',
  'status',
  'duration_ms',
  'client_address',
  'user_agent',
  'target',
  'statement',
  'changes',
  'request_body',
  'response_body',
];

let ofApplication;
let own;

const { Pool } = pg;
pg.Pool = class extends Pool {
  constructor(options) {
    super(options);
    ofApplication ??= this;
  }
};
/** An application without a database has to get one for this. */
const poolInUse = () => ofApplication ?? (own ??= new Pool({ connectionString: DATABASE_URL, max: 10 }));

const actorOf = createActors(RIVAL_ISSUER_URL);
/** By the number of rows. */
const inserts = [];

function insertOf(rows) {
  return (inserts[rows] ??= {
    name: `audit-${rows}`,
    text: `INSERT INTO audit_events (${COLUMNS.join(', ')}) VALUES ${Array.from({ length: rows }, placeholders).join(', ')}`,
    [NOTED]: true,
  });
}

function placeholders(_value, row) {
  return `(${COLUMNS.map((_column, index) => `$${row * COLUMNS.length + index + 1}`).join(', ')})`;
}

async function record(request, response, { begunAt, writes, bodies, actor: actorToBe }) {
  const actor = await actorToBe;
  const shared = [
    begunAt,
    randomUUID(),
    actor.id,
    actor.name,
    actor.roles,
    actor.tenant,
    request.method,
    request.originalUrl ?? request.url,
    response.statusCode,
    Date.now() - begunAt.getTime(),
    request.socket.remoteAddress,
    request.headers['user-agent'] ?? '',
  ];
  const row = (kind, ...rest) => [shared[0], shared[1], kind, ...shared.slice(2), ...rest];
  const values = [
    ...row('request', '', '', null, bodies?.request ?? null, bodies?.response ?? null),
    ...writes.flatMap((write) =>
      row('write', write.target, write.text, JSON.stringify(write.values), null, null),
    ),
  ];
  await poolInUse().query({ ...insertOf(writes.length + 1), values });
}

mount((request, response, next) => {
  withWrites((writes) => {
    const context = { begunAt: new Date(), writes, actor: actorOf(request) };
    const { end } = response;
    response.end = (...args) => {
      response.end = end;
      record(request, response, context)
        .catch((error) => console.error(`An event was not recorded: ${error.message}`))
        .then(() => response.end(...args));
      return response;
    };
    if (RIVAL_BODIES !== undefined) context.bodies = copyBodies(request, response);
    next();
  });
});

process.once('SIGTERM', () => own?.end());
