import { types } from 'node:util';
import { dataOf } from '../../pipeline/values/plain-data.js';

/** Numbers of BSON's types. Source: bsonspec.org. */
const TYPES = { text: 2, object: 3, array: 4, int: 16, double: 1 } as const;

/** A reply of newer versions: bytes of which the driver reads a field when it is asked for it. */
interface LazyReply {
  has(name: string | number): boolean;
  get(name: string | number, type: number): unknown;
}

function lazy(reply: unknown): LazyReply | undefined {
  if (typeof reply !== 'object' || reply === null || types.isProxy(reply)) return undefined;
  const { get, has } = Object.getPrototypeOf(reply) as Partial<LazyReply>;
  return typeof get === 'function' && typeof has === 'function' ? (reply as LazyReply) : undefined;
}

function fieldOf(reply: unknown, name: string | number, ...kinds: readonly number[]): unknown {
  const own = dataOf(reply, name);
  const bytes = own === undefined ? lazy(reply) : undefined;
  if (bytes?.has(name) !== true) return own;
  for (const kind of kinds) {
    const value = bytes.get(name, kind);
    if (value !== undefined && value !== null) return value;
  }
  return undefined;
}

export function numberIn(reply: unknown, name: string): number | undefined {
  const value = fieldOf(reply, name, TYPES.int, TYPES.double);
  return typeof value === 'number' ? value : undefined;
}

export function textIn(reply: unknown, name: string): string {
  const value = fieldOf(reply, name, TYPES.text);
  return typeof value === 'string' ? value : '';
}

/** The first item of a list. */
export function firstIn(reply: unknown, name: string): unknown {
  const items = fieldOf(reply, name, TYPES.array);
  return items === undefined ? undefined : fieldOf(items, 0, TYPES.object);
}

/** Documents in the piece of a cursor. */
export function batchSizeOf(reply: unknown): number | undefined {
  const size = lazy(reply) === undefined ? undefined : (reply as { batchSize?: unknown }).batchSize;
  return typeof size === 'number' ? size : undefined;
}
