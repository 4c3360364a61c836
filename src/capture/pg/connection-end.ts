import type { EventEmitter } from 'node:events';
import type { Guard } from '../../guard.js';
import type { ErrorFacts } from '../../pipeline/facts.js';
import type { Pipeline } from '../../pipeline/pipeline.js';
import { readError } from './pg-answer.js';
import type { AnyFunction } from './pg-query.js';
import type { PgClient } from './query-call.js';
import { setImmediate } from '../../timers.js';

const SEEN = Symbol('audit-register.seen');

/** Tells, once, that the connection of a client is gone, with what it said before. */
export function watchConnection(client: PgClient, pipeline: Pipeline, guard: Guard): void {
  if (Object.hasOwn(client, SEEN)) return;
  Object.defineProperty(client, SEEN, { value: true });
  let error: ErrorFacts | undefined;
  let hasEnded = false;
  watchEvents(client as unknown as EventEmitter, (event, given) => {
    if (event === 'error') guard('the error of a pg connection', () => (error ??= readError(given)));
    if (event !== 'end' || hasEnded) return;
    hasEnded = true;
    // NOTE: pg tells of the end before the promises of the queries that failed by it have told of theirs.
    setImmediate(() => guard('the end of a pg connection', () => pipeline.connectionLost(client, error)));
  });
}

/**
 * Sees what an emitter tells its listeners. NOTE: a listener of ours would count among the ten that Node takes, and one of
 * errors would keep an application from ending by an error it does not handle.
 */
function watchEvents(emitter: EventEmitter, see: (event: unknown, argument: unknown) => void): void {
  const original = emitter.emit as AnyFunction;
  const emit: AnyFunction = function emit(...args) {
    see(args[0], args[1]);
    return original.apply(this, args);
  };
  Object.defineProperty(emitter, 'emit', { value: emit, configurable: true, writable: true });
}
