/**
 * Keeps something of ours on an object of the application: a property is read much faster than a WeakMap.
 *
 * NOTE: not enumerable, so that neither a copy (`{ ...request }`) nor what is printed of the object shows it.
 */
export function keepOn(target: object, key: symbol, value: unknown): void {
  Object.defineProperty(target, key, { value, configurable: true, writable: true });
}
