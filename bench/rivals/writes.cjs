'use strict';

/*
 * What an application's own wrapper around its database does: the writes of a request are noted, with their text and
 * values, for whoever audits the request.
 */

const { AsyncLocalStorage } = require('node:async_hooks');
const pg = require('pg');

const WRITE = /^\s*(?:insert\s+into|update|delete\s+from)\s+"?(\w+)/i;
const MAX_KNOWN = 1_000;
/** NOTE: a pool that is contended calls its clients in the context of whoever waited, so it has to be noted before. */
const NOTED = Symbol('noted');

const current = new AsyncLocalStorage();
/** The same texts come again and again. */
const targets = new Map();

/** Runs `work`; the writes under it are noted in the list that `work` is given. */
function withWrites(work) {
  const writes = [];
  current.run(writes, work, writes);
}

function note({ text, values }) {
  const writes = current.getStore();
  const target = writes === undefined ? '' : targetOf(text);
  if (target !== '') writes.push({ target, text, values });
}

function targetOf(text) {
  let target = targets.get(text);
  if (target === undefined) {
    target = WRITE.exec(text)?.[1] ?? '';
    if (targets.size < MAX_KNOWN) targets.set(text, target);
  }
  return target;
}

const asObject = (config, values) => (typeof config === 'string' ? { text: config, values } : config);

const { query: poolQuery } = pg.Pool.prototype;
pg.Pool.prototype.query = function auditedQuery(config, values, callback) {
  const statement = asObject(config, values);
  if (statement[NOTED] === undefined) note(statement);
  return poolQuery.call(this, { ...statement, [NOTED]: true }, callback);
};

const { query: clientQuery } = pg.Client.prototype;
pg.Client.prototype.query = function auditedQuery(config, values, callback) {
  const statement = asObject(config, values);
  if (statement[NOTED] === undefined) note(statement);
  return clientQuery.call(this, config, values, callback);
};

module.exports = { withWrites, NOTED };
