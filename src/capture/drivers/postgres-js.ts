import type { Guard } from '../../guard.js';
import type { Pipeline } from '../../pipeline/pipeline.js';
import type { WatchedFile } from '../frameworks/module-hook.js';
import { bindToCaller, connectOutside } from '../pg/callers.js';
import type { AnyFunction } from './patched-class.js';
import { PostgresJsCall } from './postgres-js-call.js';
import type { PostgresJsQuery } from './postgres-js-call.js';
import { noteOptions } from './postgres-js-session.js';

const FILE = '/node_modules/postgres/';

interface QueryClass {
  readonly prototype: { handle: AnyFunction };
}

/**
 * postgres.js, which has no instrumentation: what its own `Query` is told of each query is noted. Its `handle` runs where the
 * application asks for the answer; whatever comes after that is in the turn of a connection.
 *
 * @param onFirstUse Told before the first query.
 */
export function postgresJsFiles(
  pipeline: Pipeline,
  guard: Guard,
  onFirstUse: () => void,
): readonly WatchedFile[] {
  const watch = (Query: QueryClass): QueryClass => {
    const { prototype } = Query;
    const original = prototype.handle;
    prototype.handle = function watchedHandle(...args) {
      const query = this as PostgresJsQuery;
      if (!query.executed) {
        guard('a query of postgres.js', () => {
          onFirstUse();
          watchQuery(query, pipeline, guard);
        });
      }
      return original.apply(this, args);
    };
    return Query;
  };
  /** NOTE: called for each query with the options of its pool, which the query itself does not know. */
  const note = (stringify: AnyFunction): AnyFunction =>
    function notedStringify(...args) {
      guard('a query of postgres.js', () => noteOptions(args[0], args.at(-1)));
      return stringify.apply(this, args);
    };
  return [
    { file: new RegExp(`${FILE}src/types\\.js$`), expression: 'stringify', watch: note },
    { file: new RegExp(`${FILE}cjs/src/types\\.js$`), expression: 'module.exports.stringify', watch: note },
    { file: new RegExp(`${FILE}src/query\\.js$`), expression: 'Query', watch },
    { file: new RegExp(`${FILE}cjs/src/query\\.js$`), expression: 'module.exports.Query', watch },
  ];
}

function watchQuery(query: PostgresJsQuery, pipeline: Pipeline, guard: Guard): void {
  // NOTE: what a connection asks for itself, such as the types of arrays, is given to it without the pool.
  const isOwn = query.handler.name === 'execute';
  const call = new PostgresJsCall(query, pipeline, isOwn);
  // NOTE: a connection that this query opens, or that is opened by it, outlives the request.
  if (!isOwn) query.handler = connectOutsideOf(query.handler);
  for (const name of ['forEachFn', 'cursorFn'] as const) {
    if (typeof query[name] === 'function') query[name] = bindToCaller(query[name]) as AnyFunction;
  }
  watchCursor(query, call, guard);
  watchEnd(query, 'resolve', (result) => call.answered(result), guard);
  watchEnd(query, 'reject', (error) => call.failed(error), guard);
}

function connectOutsideOf(handler: AnyFunction & { debug?: unknown }): AnyFunction {
  const outside = connectOutside(function handle(this: unknown, _: unknown, query: unknown) {
    return handler.call(this, query);
  });
  // NOTE: its place is that of a callback, of which there is none.
  const detached: AnyFunction = function detachedHandler(query) {
    return outside.call(this, undefined, query);
  };
  return Object.assign(detached, { debug: handler.debug });
}

/** NOTE: by accessors, because a cursor that is iterated sets these anew for every piece. */
function watchEnd(
  query: PostgresJsQuery,
  name: 'resolve' | 'reject',
  notice: (value: unknown) => void,
  guard: Guard,
): void {
  let original = query[name];
  const watched: AnyFunction = function watchedEnd(value) {
    guard('the end of a query of postgres.js', () => notice(value));
    return original.call(this, value);
  };
  Object.defineProperty(query, name, {
    get: () => watched,
    set: (given: AnyFunction) => {
      original = given;
    },
    configurable: true,
    enumerable: true,
  });
}

/** The pieces of a cursor: only they say how many rows were read. */
function watchCursor(query: PostgresJsQuery, call: PostgresJsCall, guard: Guard): void {
  if (query.cursorFn === undefined) return;
  let original = query.cursorFn;
  const watched: AnyFunction = function watchedCursor(rows) {
    guard('a cursor of postgres.js', () => call.read(rows));
    return original.call(this, rows);
  };
  Object.defineProperty(query, 'cursorFn', {
    get: () => watched,
    set: (given: AnyFunction) => {
      original = given;
    },
    configurable: true,
    enumerable: true,
  });
}
