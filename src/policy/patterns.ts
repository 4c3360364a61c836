import { ConfigurationError } from '../errors.js';
import { compileGlobLate } from './glob.js';

/** Whether a thing is meant that goes by these names: a table with and without its schema, an actor by each role. */
export type NamesTest = (names: readonly string[]) => boolean;
export type NumberTest = (value: number) => boolean;
export type TextTest = (value: string) => boolean;

export interface CaseRules {
  /** Whether the wanted and the unwanted patterns take letters of either case. @default false */
  readonly wanted?: boolean;
  readonly unwanted?: boolean;
}

/** One of the patterns must match one of the names, and none of those that begin with `!` any. */
export function compilePatterns(patterns: readonly string[], ignoreCase: CaseRules = {}): NamesTest {
  const { isWanted, isUnwanted, hasWanted } = compileSides(patterns, ignoreCase);
  return (names) => {
    for (const name of names) if (isUnwanted(name)) return false;
    if (!hasWanted) return true;
    for (const name of names) if (isWanted(name)) return true;
    return false;
  };
}

/** The same of a thing that goes by one name. */
export function compileText(patterns: readonly string[], ignoreCase: CaseRules = {}): TextTest {
  const { isWanted, isUnwanted, hasWanted } = compileSides(patterns, ignoreCase);
  return (name) => !isUnwanted(name) && (!hasWanted || isWanted(name));
}

function compileSides(patterns: readonly string[], ignoreCase: CaseRules) {
  const wanted = patterns.filter((pattern) => !pattern.startsWith('!'));
  const unwanted = patterns.filter((pattern) => pattern.startsWith('!')).map((pattern) => pattern.slice(1));
  return {
    hasWanted: wanted.length > 0,
    isWanted: compileGlobs(wanted, ignoreCase.wanted === true),
    isUnwanted: compileGlobs(unwanted, ignoreCase.unwanted === true),
  };
}

/** NOTE: most patterns are plain words, and comparing those is much cheaper than a regular expression. */
function compileGlobs(globs: readonly string[], ignoresCase: boolean): TextTest {
  const isPlain = compileWords(
    globs.filter((glob) => !GLOB.test(glob)),
    ignoresCase,
  );
  const tests = globs.filter((glob) => GLOB.test(glob)).map((glob) => compileGlob(glob, ignoresCase));
  if (tests.length === 0) return isPlain;
  return (value) => {
    if (isPlain(value)) return true;
    for (const test of tests) if (test(value)) return true;
    return false;
  };
}

function compileWords(words: readonly string[], ignoresCase: boolean): TextTest {
  if (words.length === 0) return () => false;
  const known = new Set(ignoresCase ? words.map((word) => word.toLowerCase()) : words);
  if (ignoresCase) return (value) => known.has(value.toLowerCase());
  const [first] = words;
  return words.length === 1 ? (value) => value === first : (value) => known.has(value);
}

/** One of the patterns must match one of the names; nothing does where there are none. */
export function compileNames(patterns: readonly string[]): NamesTest {
  return patterns.length === 0 ? () => false : compilePatterns(patterns);
}

/** `*`, `?`, `[a-z]`, `{a,b}` and `@(a|b)`; a name may hold any other character. */
const GLOB = /[*?[{]|[?*+@!]\(/;

function compileGlob(glob: string, ignoresCase: boolean): TextTest {
  const test = compileGlobLate(glob, { dot: true, nonegate: true, nocase: ignoresCase });
  const needed = neededText(glob, ignoresCase);
  // NOTE: a route of Next.js, `/orders/[id]`, has the signs of a glob.
  return (value) => value === glob || (value.includes(needed) && test(value));
}

/** Pieces of a glob: alternatives, and characters that stand for themselves. */
const PIECES = /\{[^{}]*\}|[\w.-]+/g;
const PLAIN_GLOB = /^[/*][\w.*/-]*(?:\{[\w.,-]*\})?[\w.*/-]*$/;

/** The longest text that everything has which a glob of the usual kind matches: most values are done with by that. */
function neededText(glob: string, ignoresCase: boolean): string {
  if (!PLAIN_GLOB.test(glob)) return '';
  const texts = (glob.match(PIECES) ?? []).filter((piece) => !piece.startsWith('{'));
  const usable = texts.filter((text) => !ignoresCase || !/[a-z]/i.test(text));
  return usable.reduce((longest, text) => (text.length > longest.length ? text : longest), '');
}

const COMPARISONS: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '': (value, bound) => value === bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
};

/**
 * `404`, `4xx`, `>=400`; one of them is enough.
 *
 * @throws ConfigurationError for anything else
 */
export function compileNumbers(patterns: readonly string[]): NumberTest {
  const tests = patterns.map(compileNumber);
  return (value) => tests.some((test) => test(value));
}

function compileNumber(pattern: string): NumberTest {
  const family = /^([1-5])xx$/i.exec(pattern);
  if (family !== null) return (value) => Math.floor(value / 100) === Number(family[1]);
  const parts = /^(>=|<=|>|<|)\s*(\d+)$/.exec(pattern);
  const compare = COMPARISONS[parts?.[1] ?? '?'];
  if (parts === null || compare === undefined) {
    throw new ConfigurationError(
      `"policy": ${JSON.stringify(pattern)} is no number, comparison (>=400) or family (4xx).`,
    );
  }
  const bound = Number(parts[2]);
  return (value) => compare(value, bound);
}
