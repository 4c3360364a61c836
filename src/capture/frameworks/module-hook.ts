import { Buffer } from 'node:buffer';
import { registerHooks } from 'node:module';
import type { Guard } from '../../guard.js';

/** A file of a framework, and what becomes of the thing it makes. */
export interface WatchedFile {
  /** The end of the file's URL, the package's name included. */
  readonly file: RegExp;
  /** What stands in the file: a name that can be assigned. */
  readonly expression: string;
  /** Given the value of the expression; what it returns takes its place. */
  readonly watch: (value: never, guard: Guard) => unknown;
}

const HOOK = Symbol.for('audit-register.framework-file');

/**
 * Shows us single files of frameworks while they load. ES modules cannot be patched from outside, and a wrapper for ES
 * modules hides a CommonJS package from hooks on `require`; a line at the end of the file itself works for both.
 */
export function watchFiles(files: readonly WatchedFile[], guard: Guard): void {
  const show = (index: number, value: unknown): unknown =>
    guard('a framework', () => files[index]?.watch(value as never, guard)) ?? value;
  Object.defineProperty(globalThis, HOOK, { value: show, configurable: true });
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      const index = files.findIndex(({ file }) => file.test(url));
      if (index === -1 || loaded.source === undefined || loaded.source === null) return loaded;
      const { expression } = files[index] as WatchedFile;
      if (loaded.format === 'module' && expression.startsWith('module.')) return loaded;
      const show = `globalThis[Symbol.for(${JSON.stringify(HOOK.description)})]`;
      const line = `\n;${expression} = ${show}(${index}, ${expression});\n`;
      return { ...loaded, source: Buffer.from(loaded.source as Buffer).toString('utf8') + line };
    },
  });
}
