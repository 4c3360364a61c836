import { types } from 'node:util';

/** Reads a property of an object of the application; undefined where that is not possible in safety. */
export type PropertyReader = (target: unknown, name: string) => unknown;

/** Where Sequelize and Mongoose keep the values of which their objects show getters. */
const DATA_OF_MODELS = ['dataValues', '_doc'] as const;

/** Own data properties only: a getter may query a database, a proxy may do anything, and neither is run. */
export const readDataProperty: PropertyReader = ownData;

/** What a model keeps behind its getters; undefined for what is no model. */
export function dataOfModel(target: unknown): unknown {
  return ownData(target, DATA_OF_MODELS[0]) ?? ownData(target, DATA_OF_MODELS[1]);
}

/** Whatever code of the application that runs; only where it was asked for. */
export const readAnyProperty: PropertyReader = (target, name) => {
  if (typeof target !== 'object' || target === null) return undefined;
  try {
    const value: unknown = Reflect.get(target, name);
    return value instanceof Promise ? forget(value) : value;
  } catch {
    return undefined;
  }
};

/** Nobody waits for it, so nobody else would hear that it failed. */
function forget(promise: Promise<unknown>): undefined {
  promise.catch(() => {});
}

export function ownData(target: unknown, name: string | symbol): unknown {
  if (typeof target !== 'object' || target === null || types.isProxy(target)) return undefined;
  // NOTE: most are not there, and to ask for a descriptor first would cost an allocation where it is.
  return Object.hasOwn(target, name) ? valueIn(target, name) : undefined;
}

/** The same of what is certainly no proxy, and has the property. */
export function valueIn(target: object, name: string | symbol): unknown {
  return Object.getOwnPropertyDescriptor(target, name)?.value as unknown;
}

/** Looks a dotted path up; undefined as soon as a step is missing. */
export function readPath(read: PropertyReader, target: unknown, steps: readonly string[]): unknown {
  let value = target;
  for (const step of steps) {
    value = read(value, step);
    if (value === undefined || value === null) return undefined;
  }
  return value;
}
