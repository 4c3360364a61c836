import { types } from 'node:util';
import { dataOf } from '../../pipeline/values/plain-data.js';

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
  return isObject(query) && typeof dataOf(query, 'submit') === 'function';
}

/** NOTE: a promise of the engine is followed in another way. */
export function isThenable(value: unknown): boolean {
  return isObject(value) && !types.isPromise(value) && typeof dataOf(value, 'then') === 'function';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/**
 * The text of a query as far as it is told without code of the application; pg's own object has it later.
 * NOTE: a prepared statement may be run again by its name alone; its text is then known to the connection.
 */
export function textOf(query: unknown, client: PgConnected): string {
  if (typeof query === 'string') return query;
  if (!isObject(query)) return '';
  const own = dataOf(query, 'text') ?? dataOf(dataOf(query, 'cursor'), 'text');
  return typeof own === 'string' ? own : preparedText(dataOf(query, 'name'), client);
}

function preparedText(name: unknown, { connection }: PgConnected): string {
  const text = typeof name === 'string' ? connection?.parsedStatements?.[name] : undefined;
  return typeof text === 'string' ? text : '';
}

/** What was given for values, whatever it is. */
export function valuesOf(query: unknown, second: unknown): unknown {
  return dataOf(query, 'values') ?? dataOf(dataOf(query, 'cursor'), 'values') ?? second;
}

/** Whether there may be a statement after the first one; only a text without parameters can have several. */
export function mayHoldSeveral(text: string): boolean {
  const at = text.indexOf(';');
  return at !== -1 && at < text.length - 1;
}

/** The arguments as they were given: wrappers hand on what they were not, and the last one may be the callback. */
export function givenArguments(args: unknown[]): unknown[] {
  if (args.at(-1) !== undefined) return args;
  return args.slice(0, args.findLastIndex((argument) => argument !== undefined) + 1);
}

/** The callback of a call: its last argument, or that of its config. */
export function callbackOf(args: readonly unknown[]): AnyFunction | undefined {
  const last = args.at(-1);
  if (typeof last === 'function') return last as AnyFunction;
  const [config] = args;
  const own = isSubmittable(config) ? undefined : dataOf(config, 'callback');
  return typeof own === 'function' ? (own as AnyFunction) : undefined;
}

/** The arguments with another callback in the place of theirs. */
export function withCallback(args: readonly unknown[], callback: AnyFunction): unknown[] {
  if (typeof args.at(-1) === 'function') return args.with(args.length - 1, callback);
  // NOTE: not by assignment: the config may be the application's, which may be frozen or used again.
  const value = { value: callback, writable: true, enumerable: true, configurable: true };
  return [Object.create(args[0] as object, { callback: value }), ...args.slice(1)];
}

/** What of pg's own query object is looked at. */
export interface PgQuery {
  readonly text?: unknown;
  readonly values?: unknown;
  callback?: AnyFunction;
  /** A result, or a list of them; those with a command are complete. */
  readonly _results?: unknown;
}

/**
 * The query that waits as the last one of its client. Undefined where none waits, or pg does not show it.
 *
 * NOTE: the names with an underscore are those of pg 8.17 and later, where the others warn when they are read.
 */
export function queuedQuery(client: object): PgQuery | undefined {
  const name = Object.hasOwn(client, '_queryQueue') ? '_queryQueue' : 'queryQueue';
  return (dataOf(client, name) as PgQuery[] | undefined)?.at(-1);
}
