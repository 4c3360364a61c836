import { AsyncResource } from 'node:async_hooks';

export type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

/** A query that is run by pg but read by its maker: cursors, streams, COPY, `pg.Query`. */
export interface Submittable {
  readonly submit: AnyFunction;
  readonly text?: unknown;
  readonly values?: unknown;
  readonly cursor?: { readonly text?: unknown; readonly values?: unknown };
}

/** What of pg's Client is looked at to know its prepared statements. */
interface PgConnected {
  readonly connection?: { readonly parsedStatements?: Readonly<Record<string, unknown>> };
}

/** The two ways a query ends. */
export interface QueryEnd {
  readonly succeed: (result: unknown) => void;
  readonly fail: (error: unknown) => void;
}

export function isSubmittable(query: unknown): query is Submittable {
  return isObject(query) && typeof query['submit'] === 'function';
}

export function isThenable(value: unknown): boolean {
  return isObject(value) && typeof value['then'] === 'function';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** NOTE: a prepared statement may be run again by its name alone; its text is then known to the connection. */
export function textOf(query: unknown, client: PgConnected): string {
  if (typeof query === 'string') return query;
  if (!isObject(query)) return '';
  const { text, cursor, name } = query as { text?: unknown; cursor?: { text?: unknown }; name?: unknown };
  const own = text ?? cursor?.text ?? client.connection?.parsedStatements?.[String(name)];
  return typeof own === 'string' ? own : '';
}

/** A copy: the application may reuse its array before the outcome is known. */
export function parametersOf(query: unknown, second: unknown): readonly unknown[] {
  const { values, cursor } = (isObject(query) ? query : {}) as unknown as Submittable;
  const given = values ?? cursor?.values ?? second;
  return Array.isArray(given) ? [...given] : [];
}

/** Whether there may be a statement after the first one; only a text without parameters can have several. */
export function mayHoldSeveral(text: string, parameters: readonly unknown[]): boolean {
  const at = text.indexOf(';');
  return at !== -1 && at < text.length - 1 && parameters.length === 0;
}

/**
 * The arguments with a config of our own where it has a callback: the instrumentation replaces that callback, in the
 * application's object, which may be frozen or used again.
 */
export function withOwnConfig(given: unknown[]): unknown[] {
  // NOTE: wrappers hand on arguments they were not given, and the instrumentation takes the last one for the callback.
  const args = given.slice(0, given.findLastIndex((argument) => argument !== undefined) + 1);
  const [config, ...rest] = args;
  if (!isObject(config) || isSubmittable(config) || typeof config['callback'] !== 'function') return args;
  const callback = { value: config['callback'], writable: true, enumerable: true, configurable: true };
  return [Object.create(config, { callback }), ...rest];
}

/** The arguments with their callback watched, and bound to the context of the caller. */
export function watchCallback(args: unknown[], end: QueryEnd): unknown[] {
  const watched = [...withOwnConfig(args)];
  const last = watched.length - 1;
  const [config] = watched;
  if (typeof watched[last] === 'function') watched[last] = bindCallback(watched[last] as AnyFunction, end);
  else if (isObject(config) && typeof config['callback'] === 'function') {
    config['callback'] = bindCallback(config['callback'] as AnyFunction, end);
  }
  return watched;
}

function bindCallback(callback: AnyFunction, { succeed, fail }: QueryEnd): AnyFunction {
  return AsyncResource.bind(function auditedCallback(this: unknown, error: unknown, result: unknown) {
    if (error) fail(error);
    else succeed(result);
    return callback.call(this, error, result);
  });
}

/** What of pg's own query object is looked at. */
export interface PgQuery {
  readonly text?: unknown;
  callback?: AnyFunction;
  /** A result, or a list of them; those with a command are complete. */
  readonly _results?: unknown;
}

const TAKEN = Symbol('audit-register.taken');

/**
 * The object that pg made of a query it has just taken: the last one it queued, or the one it sent at once.
 * Undefined where it refused the query, or does not show it.
 *
 * NOTE: the names with an underscore are those of pg 8.17 and later, where the others warn when they are read.
 */
export function takenQuery(client: object, text: string): PgQuery | undefined {
  const queue = (name: string): unknown => (own(client, name) as unknown[] | undefined)?.at(-1);
  const query = queue('queryQueue') ?? queue('sentQueryQueue') ?? own(client, 'activeQuery');
  if (!isObject(query) || query['text'] !== text || Object.hasOwn(query, TAKEN)) return undefined;
  return Object.defineProperty(query, TAKEN, { value: true });
}

function own(client: object, name: string): unknown {
  const present = [`_${name}`, name].find((candidate) => Object.hasOwn(client, candidate));
  return present === undefined ? undefined : (client as Record<string, unknown>)[present];
}
