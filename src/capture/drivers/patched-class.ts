import type { WatchedFile } from '../frameworks/module-hook.js';

export type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;
export type Patch = (original: AnyFunction) => AnyFunction;

interface AnyClass {
  readonly prototype: Record<string, AnyFunction>;
}

/**
 * Replaces methods of a class that a CommonJS file of a driver exports.
 *
 * @param name Of the export; left out, the file exports the class itself.
 */
export function patchClass(
  file: RegExp,
  patches: Readonly<Record<string, Patch>>,
  name?: string,
): WatchedFile {
  return {
    file,
    expression: 'module.exports',
    watch: (exported: AnyClass & Record<string, AnyClass | undefined>) => {
      const prototype = (name === undefined ? exported : exported[name])?.prototype;
      if (prototype !== undefined) patchMethods(prototype, patches);
    },
  };
}

export function patchMethods(
  prototype: Record<string, AnyFunction>,
  patches: Readonly<Record<string, Patch>>,
): void {
  for (const [name, patch] of Object.entries(patches)) {
    // NOTE: an inherited one is replaced where it stands.
    if (Object.hasOwn(prototype, name)) prototype[name] = patch(prototype[name] as AnyFunction);
  }
}
