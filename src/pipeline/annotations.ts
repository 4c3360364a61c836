import { textOf } from '../identity/claims.js';
import type { Draft } from './blank-record.js';
import type { Annotations } from './facts.js';
import { valueText } from './values/value-text.js';

/** Names that one request or work may be given. */
const MOST_NAMES = 32;

/** What only this package says. */
const RESERVED = /^audit\./i;

/**
 * Names and values that code gave, as texts; what cannot be read is left out. Never throws.
 *
 * @param given Anything: code need not keep to the types.
 */
export function readAnnotations(given: unknown, most = MOST_NAMES): Annotations {
  const read: [string, string][] = [];
  for (const name of namesOf(given)) {
    if (read.length >= most) break;
    const value = propertyOf(given, name);
    const plain = textOf(name);
    if (plain !== '' && !RESERVED.test(plain) && value !== undefined) read.push([plain, valueText(value)]);
  }
  // NOTE: not by assignment, which would lose a name such as `__proto__`.
  return Object.fromEntries(read);
}

/** The later word counts, within the bound. */
export function mergeAnnotations(present: Annotations | undefined, added: Annotations): Annotations {
  const merged = { ...present, ...added };
  return Object.fromEntries(Object.entries(merged).slice(0, MOST_NAMES));
}

/** What is known from the request or the database comes before what code said. */
export function annotate(draft: Draft, annotations: Annotations | undefined): void {
  if (annotations !== undefined) draft.attributes = { ...annotations, ...draft.attributes };
}

function namesOf(given: unknown): readonly string[] {
  try {
    return typeof given === 'object' && given !== null ? Object.keys(given) : [];
  } catch {
    return [];
  }
}

/** A property whose getter may throw. */
export function propertyOf(given: unknown, name: string): unknown {
  try {
    return (given as Record<string, unknown> | null | undefined)?.[name];
  } catch {
    return undefined;
  }
}
