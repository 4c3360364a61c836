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

/** A file that declares a function, wherever in it; left alone where it does not. */
export interface FunctionFile extends Pick<WatchedFile, 'file' | 'watch'> {
  /** The function's name. Assigned where it is declared, which all see who import it or call it within the file. */
  readonly declares: string;
  /** A file with this in it needs no watching. */
  readonly unless?: RegExp;
}

const HOOK = Symbol.for('audit-register.framework-file');

/**
 * Shows us single files of frameworks while they load. ES modules cannot be patched from outside, and a wrapper for ES
 * modules hides a CommonJS package from hooks on `require`; a line at the end of the file itself works for both.
 */
export function watchFiles(files: readonly (WatchedFile | FunctionFile)[], guard: Guard): void {
  const show = (index: number, value: unknown): unknown =>
    guard('a framework', () => files[index]?.watch(value as never, guard)) ?? value;
  Object.defineProperty(globalThis, HOOK, { value: show, configurable: true });
  const mayBeWatched = filesByPackage(files);
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      if (!mayBeWatched(url).some(({ file }) => file.test(url))) return loaded;
      if (loaded.source === undefined || loaded.source === null) return loaded;
      const source = Buffer.from(loaded.source as Buffer).toString('utf8');
      const isModule = loaded.format === 'module';
      const lines = files.map((watched, index) =>
        watched.file.test(url) ? lineFor(watched, `${SHOW}(${index}, `, source, isModule) : '',
      );
      return { ...loaded, source: source + lines.join('') };
    },
  });
}

const FOLDER = '/node_modules/';

/**
 * Of a URL, the files that it could be: most files of an application are of packages, or of itself, where there are none.
 *
 * NOTE: asked for every file that is loaded, so an expression is tried only where it has the name of the package in it.
 */
function filesByPackage<File extends { readonly file: RegExp }>(
  files: readonly File[],
): (url: string) => readonly File[] {
  const known = new Map<string, readonly File[]>();
  return (url) => {
    const name = packageOf(url);
    if (name === '') return [];
    let found = known.get(name);
    if (found === undefined) {
      const inSource = name.replaceAll('/', '\\/');
      found = files.filter(({ file }) => file.source.includes(inSource));
      known.set(name, found);
    }
    return found;
  };
}

/** The innermost package that a file is of; empty for one of the application itself. */
function packageOf(url: string): string {
  const at = url.lastIndexOf(FOLDER);
  if (at === -1) return '';
  const start = at + FOLDER.length;
  const end = url.indexOf('/', url[start] === '@' ? url.indexOf('/', start) + 1 : start);
  return url.slice(start, end === -1 ? url.length : end);
}

const SHOW = `globalThis[Symbol.for(${JSON.stringify(HOOK.description)})]`;

/** @param show The beginning of the call that gives what takes a value's place. */
function lineFor(
  watched: WatchedFile | FunctionFile,
  show: string,
  source: string,
  isModule: boolean,
): string {
  if ('declares' in watched) return lineForFunction(watched, show, source, isModule);
  const { expression } = watched;
  if (isModule && expression.startsWith('module.')) return '';
  return assignment(expression, show);
}

/**
 * NOTE: another version of the package may have nothing by that name, or a constant, and a realm of its own has no hook: then the
 * file stays as it is. In these a line that throws would end the application where it loads.
 */
function assignment(expression: string, show: string): string {
  return `\n;try { ${expression} = ${show}${expression}); } catch {}\n`;
}

/** NOTE: what CommonJS exports is a copy, or a getter that sees the change. */
function lineForFunction(
  { declares: name, unless }: FunctionFile,
  show: string,
  source: string,
  isModule: boolean,
): string {
  const isDeclared = new RegExp(`^(?:export )?(?:async )?function ${name}\\(`, 'm').test(source);
  if (!isDeclared || unless?.test(source) === true) return '';
  const assigned = assignment(name, show);
  if (isModule) return assigned;
  return `${assigned}if (Object.getOwnPropertyDescriptor(exports, '${name}')?.writable) exports.${name} = ${name};\n`;
}
