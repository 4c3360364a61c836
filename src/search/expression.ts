import { SearchError } from './errors.js';
import { fieldNamed } from './fields.js';
import type { Field } from './fields.js';

/** One word of a search. All of them must hold. */
export interface Term {
  /** Undefined for a free word. */
  readonly field?: Field | undefined;
  /** Entry of a field that is a map: `paid` of `new.paid:true`. */
  readonly key?: string | undefined;
  readonly isExcluded: boolean;
  /** Any of these will do. */
  readonly values: readonly Value[];
  readonly position: number;
}

export interface Value {
  readonly text: string;
  /** In quotes, nothing in it has a meaning of its own. */
  readonly isQuoted: boolean;
  readonly position: number;
}

/** Longer ones are no search, and the store would have to read them all the same. */
const MOST_CHARACTERS = 4_000;
const MOST_TERMS = 50;
const MOST_VALUES = 100;

/** Reads what stands in the search box. @throws SearchError */
export function parseSearch(text: string): readonly Term[] {
  if (text.length > MOST_CHARACTERS) {
    throw new SearchError(`A search has at most ${MOST_CHARACTERS} characters.`, MOST_CHARACTERS);
  }
  const reader = new ExpressionReader(text);
  const terms: Term[] = [];
  for (let term = reader.term(); term !== undefined; term = reader.term()) {
    if (terms.length === MOST_TERMS) {
      throw new SearchError(`A search has at most ${MOST_TERMS} words.`, term.position);
    }
    terms.push(term);
  }
  return terms;
}

/** A name, perhaps with the key of a map, and the colon behind it. */
const NAME = /([A-Za-z]\w*)(?:\.([^\s:",]+))?:/y;
const BLANK = /\s*/y;
const FREE_WORD = /\S+/y;
/** A comma is the end of a value: one that holds a comma is written in quotes. */
const PLAIN_VALUE = /[^\s,]*/y;
const QUOTED_VALUE = /"((?:[^"\\]|\\[^])*)"/y;

class ExpressionReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  term(): Term | undefined {
    this.#take(BLANK);
    const position = this.#at;
    if (position === this.#text.length) return undefined;
    const isExcluded = this.#text[position] === '-';
    if (isExcluded) this.#at++;
    const name = this.#take(NAME);
    return name === undefined
      ? { isExcluded, values: [this.#word(isExcluded)], position }
      : { isExcluded, ...this.#fieldOf(name), values: this.#values(name[0]), position };
  }

  #fieldOf([, name = '', key]: RegExpExecArray): Pick<Term, 'field' | 'key'> {
    const position = this.#at - 1 - name.length - (key === undefined ? 0 : key.length + 1);
    const field = fieldNamed(name, position);
    if (key !== undefined && field.kind !== 'map') {
      throw new SearchError(`${name} has no entries: write ${name}:… without .${key}.`, position);
    }
    return { field, key };
  }

  #word(isExcluded: boolean): Value {
    const position = this.#at;
    const value = this.#quoted() ?? this.#plain(FREE_WORD);
    if (value.text !== '') return value;
    const mend = isExcluded ? 'a - stands before what is to be left out' : 'quotes hold nothing';
    throw new SearchError(`Nothing to look for: ${mend}.`, position);
  }

  #values(name: string): Value[] {
    const values: Value[] = [];
    do {
      if (values.length === MOST_VALUES) {
        throw new SearchError(`A field has at most ${MOST_VALUES} values.`, this.#at);
      }
      const value = this.#quoted() ?? this.#plain(PLAIN_VALUE);
      if (value.text === '' && !value.isQuoted) {
        throw new SearchError(
          `${name} needs a value: ${name}* for anything, ${name}"" for nothing.`,
          value.position,
        );
      }
      values.push(value);
    } while (this.#skip(','));
    this.#expectEnd();
    return values;
  }

  #quoted(): Value | undefined {
    const position = this.#at;
    if (this.#text[position] !== '"') return undefined;
    const match = this.#take(QUOTED_VALUE);
    if (match === undefined) throw new SearchError('The quote " is never closed.', position);
    return { text: (match[1] ?? '').replaceAll(/\\([^])/g, '$1'), isQuoted: true, position };
  }

  #plain(pattern: RegExp): Value {
    const position = this.#at;
    return { text: this.#take(pattern)?.[0] ?? '', isQuoted: false, position };
  }

  #expectEnd(): void {
    const next = this.#text[this.#at];
    if (next === undefined || /\s/.test(next)) return;
    throw new SearchError('A space or a comma belongs behind the closing quote.', this.#at);
  }

  #skip(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match === null) return undefined;
    this.#at = pattern.lastIndex;
    return match;
  }
}
