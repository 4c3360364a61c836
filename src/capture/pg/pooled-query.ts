import type { Actor } from '../../record/actor.js';
import type { Guard } from '../../guard.js';
import { currentScope } from '../request-scope.js';
import { bindToCaller } from './callers.js';
import type { Patch } from './pg-methods.js';
import type { AnyFunction } from './pg-query.js';

/** What makes a query of a pool that of whoever acted when the application made it. */
export interface PooledQueries {
  /** For `Pool.prototype.query`. */
  readonly query: Patch;
  /** For `Pool.prototype.connect`. */
  readonly connect: Patch;
  /** Who acts for a query that is handed to a connection now: when the pool got it, else at this moment. */
  readonly takeActor: () => Actor | undefined;
}

/**
 * A pool hands a query to a connection as soon as one is free, in the callback that it gives to its own `connect`. By then
 * the request may go on as somebody else.
 */
export function createPooledQueries(guard: Guard): PooledQueries {
  /** Handed over in synchronous runs: from `query` to its `connect`, and from the callback of that to the connection. */
  let asking: Actor | undefined;
  let sending: Actor | undefined;

  const query: Patch = (original) =>
    function pooledQuery(...args) {
      asking = guard('a query of a pool', actingNow);
      try {
        return original.apply(this, args);
      } finally {
        asking = undefined;
      }
    };

  const connect: Patch = (original) =>
    // NOTE: a waiting caller is served in the turn of whoever released the client; its own context goes with it.
    function boundConnect(callback, ...rest) {
      const actor = asking;
      asking = undefined;
      return original.call(this, bindToCaller(actor === undefined ? callback : by(actor, callback)), ...rest);
    };

  function by(actor: Actor, callback: unknown): unknown {
    if (typeof callback !== 'function') return callback;
    return function sendingCallback(this: unknown, error: unknown, ...rest: unknown[]) {
      // NOTE: with an error there is no query, but code of the application.
      sending = error ? undefined : actor;
      try {
        return (callback as AnyFunction).call(this, error, ...rest);
      } finally {
        sending = undefined;
      }
    };
  }

  return {
    query,
    connect,
    takeActor: () => {
      const actor = sending;
      sending = undefined;
      return actor ?? actingNow();
    },
  };
}

function actingNow(): Actor | undefined {
  return currentScope()?.identity.settledName;
}
