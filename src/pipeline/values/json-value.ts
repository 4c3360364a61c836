import { types } from 'node:util';
import { isPlainArray, itemsOf } from './plain-data.js';
import { plainValue, UNSERIALISED } from './value-text.js';

/** Documents are not followed deeper, and of their members and items no more are looked at. */
const DEPTH = 16;
const MEMBERS = 256;

/** Prototypes of what a driver makes of JSON. */
const PLAIN: ReadonlySet<unknown> = new Set([Object.prototype, null]);

/**
 * A value that a driver made of an answer, as JSON can hold it. Runs no code of the application: a type parser of its own
 * may make anything of a value.
 */
export function jsonValue(value: unknown, depth = 0): unknown {
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) return value;
  if (isPlainArray(value)) return depth === DEPTH ? UNSERIALISED : jsonItems(value, depth);
  return isDocument(value) ? jsonMembers(value, depth) : textValue(value);
}

function textValue(value: unknown): unknown {
  const text = plainValue(value);
  return text === null || typeof text === 'string' ? text : text.text;
}

function isDocument(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || types.isProxy(value)) return false;
  return PLAIN.has(Object.getPrototypeOf(value));
}

function jsonItems(value: readonly unknown[], depth: number): unknown {
  return (itemsOf(value, MEMBERS) ?? []).map((item) => jsonValue(item, depth + 1));
}

function jsonMembers(value: object, depth: number): unknown {
  if (depth === DEPTH) return UNSERIALISED;
  const names = Object.keys(value).slice(0, MEMBERS);
  const members = names.map((name) => {
    const property = Object.getOwnPropertyDescriptor(value, name);
    const isData = property !== undefined && property.get === undefined;
    return [name, isData ? jsonValue(property.value, depth + 1) : UNSERIALISED] as const;
  });
  // NOTE: a member may be called `__proto__`.
  return Object.fromEntries(members);
}
