import { types } from 'node:util';

/** Prototypes that are looked through for one property. */
const PROTOTYPES = 8;

/**
 * A property that can be read without running a line of the application's code; undefined where it cannot: behind a
 * getter, or on a proxy.
 */
export function dataOf(value: unknown, name: PropertyKey): unknown {
  let holder = value;
  for (let depth = 0; depth < PROTOTYPES && isObject(holder); depth++) {
    const property = Object.getOwnPropertyDescriptor(holder, name);
    if (property !== undefined) return property.value;
    holder = Object.getPrototypeOf(holder);
  }
  return undefined;
}

/** Whether reading a property runs code of the application. */
export function isOpaque(value: unknown, names: readonly PropertyKey[]): boolean {
  return names.some((name) => hasGetter(value, name));
}

function hasGetter(value: unknown, name: PropertyKey): boolean {
  let holder = value;
  for (let depth = 0; depth < PROTOTYPES && isObjectLike(holder); depth++) {
    if (types.isProxy(holder)) return true;
    const property = Object.getOwnPropertyDescriptor(holder, name);
    if (property !== undefined) return property.get !== undefined;
    holder = Object.getPrototypeOf(holder);
  }
  return false;
}

/** Whether copying an object runs code of the application. */
export function hasOwnGetters(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (types.isProxy(value)) return true;
  return Reflect.ownKeys(value).some(
    (name) => Object.getOwnPropertyDescriptor(value, name)?.get !== undefined,
  );
}

/** Items of an array without running code of its getters; undefined for what is no array, or a proxy of one. */
export function itemsOf(value: unknown, most: number): readonly unknown[] | undefined {
  if (!isPlainArray(value)) return undefined;
  if (value.length === 0) return NO_ITEMS;
  const items: unknown[] = [];
  const count = Math.min(value.length, most);
  for (let index = 0; index < count; index++) {
    items.push(Object.getOwnPropertyDescriptor(value, index)?.value);
  }
  return items;
}

const NO_ITEMS: readonly never[] = Object.freeze([]);

/** NOTE: the length of an array is never a getter; that of a proxy of one may be anything. */
export function lengthOf(value: unknown): number {
  return isPlainArray(value) ? value.length : 0;
}

/** NOTE: to ask whether a revoked proxy is an array throws. */
export function isPlainArray(value: unknown): value is readonly unknown[] {
  return !types.isProxy(value) && Array.isArray(value);
}

function isObject(value: unknown): value is object {
  return isObjectLike(value) && !types.isProxy(value);
}

function isObjectLike(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** Whether a value is an array or a proxy of one that still works. */
export function isArray(value: unknown): boolean {
  try {
    return Array.isArray(value);
  } catch {
    return false;
  }
}
