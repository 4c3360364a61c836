import type { WatchedFile } from '../frameworks/module-hook.js';
import type { AnyFunction } from './pg-query.js';

export type Patch = (original: AnyFunction) => AnyFunction;

/** Replaces methods of the class that a file of pg exports. */
export function watchMethods(file: RegExp, patches: Readonly<Record<string, Patch>>): WatchedFile {
  return {
    file,
    expression: 'module.exports',
    watch: ({ prototype }: { prototype?: Record<string, AnyFunction> }) => {
      if (prototype !== undefined) replace(prototype, patches);
    },
  };
}

/** Replaces functions of the object that a file of pg exports. */
export function watchFunctions(file: RegExp, patches: Readonly<Record<string, Patch>>): WatchedFile {
  return {
    file,
    expression: 'module.exports',
    watch: (exported: Record<string, AnyFunction>) => replace(exported, patches),
  };
}

function replace(target: Record<string, AnyFunction>, patches: Readonly<Record<string, Patch>>): void {
  for (const [name, patch] of Object.entries(patches)) {
    const original = target[name];
    if (typeof original === 'function') target[name] = patch(original);
  }
}
