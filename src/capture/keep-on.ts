/**
 * Keeps something of ours on an object of the application: a property is read much faster than a WeakMap.
 *
 * NOTE: not enumerable, so that neither a copy (`{ ...request }`) nor what is printed of the object shows it.
 */
export function keepOn(target: object, key: symbol, value: unknown): void {
  Object.defineProperty(target, key, { value, configurable: true, writable: true });
}

/**
 * Base of a class whose private fields are put on objects of the application: nobody sees them either, and they cost a
 * request much less. What inherits from such an object, or is a proxy of it, does not have them.
 */
export const Foreign = itself as unknown as new (target: object) => object;

function itself(target: object): object {
  return target;
}
