import { writeTerm } from '../../../search/write-term.js';

/** The text of a search as terms, as far as completing, adding and removing them needs. What it means is the server's to say. */
export interface Term {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export interface Completing {
  /** What a completion replaces. */
  readonly start: number;
  readonly end: number;
  readonly isNegated: boolean;
  /** Undefined while the field's name is being written. */
  readonly field: string | undefined;
  readonly prefix: string;
}

/** Spaces divide, but not inside of quotes, where a backslash takes the next character as it is. */
export function splitTerms(text: string): readonly Term[] {
  const pattern = /(?:"(?:\\.|[^"\\])*"?|[^\s"])+/g;
  return [...text.matchAll(pattern)].map(({ 0: term, index }) => ({
    start: index,
    end: index + term.length,
    text: term,
  }));
}

/** What is being written at the caret. */
export function completingAt(text: string, caret: number): Completing {
  const term = splitTerms(text).find(({ start, end }) => start <= caret && caret <= end);
  if (term === undefined) return { start: caret, end: caret, isNegated: false, field: undefined, prefix: '' };
  const written = text.slice(term.start, caret);
  const [, minus = '', field, values = ''] = /^(-?)(?:([\w.]+):)?(.*)$/s.exec(written) ?? [];
  const begin = caret - values.length;
  const last = field === undefined ? 0 : lastOfList(values);
  return {
    start: field === undefined ? term.start : begin + last,
    end: term.end,
    isNegated: minus !== '',
    field,
    prefix: values.slice(last).replaceAll('"', ''),
  };
}

/** The search with a term more; without what says the opposite or the same. */
export function addTerm(search: string, field: string, value: string, isNegated = false): string {
  const wanted = writeTerm(field, value, { isExcluded: isNegated });
  const opposite = writeTerm(field, value, { isExcluded: !isNegated });
  const kept = splitTerms(search)
    .map(({ text }) => text)
    .filter((text) => text !== opposite && text !== wanted);
  return [...kept, wanted].join(' ');
}

function lastOfList(values: string): number {
  let isQuoted = false;
  let last = 0;
  for (const [index, character] of Array.from(values).entries()) {
    if (character === '"') isQuoted = !isQuoted;
    if (character === ',' && !isQuoted) last = index + 1;
  }
  return last;
}
