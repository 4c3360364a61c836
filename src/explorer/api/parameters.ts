import { isAfter } from '../../search/quantities.js';
import type { Cursor, Search } from '../../search/search.js';
import { Refusal } from '../refusal.js';

const MOST_SEARCH_CHARACTERS = 4_000;
const MOST_TEXT_CHARACTERS = 1_000;
const TIME = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})?)?$/;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** What ClickHouse can hold as a time with nanoseconds. */
const FIRST_YEAR = 1900;
const LAST_YEAR = 2261;

/** The query of a request, read under limits. All throw a Refusal that names the parameter. */
export class Parameters {
  readonly #given: URLSearchParams;

  /** @param known Names that this address has; another one would be a typing error that shows too much. */
  constructor(given: URLSearchParams, known: readonly string[]) {
    this.#given = given;
    for (const name of given.keys()) {
      if (!known.includes(name)) throw refuse(name, `is not known here; there are: ${known.join(', ')}`);
      if (given.getAll(name).length > 1) throw refuse(name, 'is given twice');
    }
  }

  get search(): Search {
    const [from, to] = [this.#time('from'), this.#time('to')];
    if (isAfter(from, to)) throw refuse('from', 'is after "to"');
    return { text: this.text('search', MOST_SEARCH_CHARACTERS), from, to };
  }

  /** Empty where it is not given. */
  text(name: string, most = MOST_TEXT_CHARACTERS): string {
    const text = this.#given.get(name) ?? '';
    if (text.length > most) throw refuse(name, `has ${text.length} characters; at most ${most} are read`);
    if (text.includes('\0')) throw refuse(name, 'holds a NUL character');
    return text;
  }

  required(name: string): string {
    const text = this.text(name);
    if (text === '') throw refuse(name, 'is needed');
    return text;
  }

  number(name: string, { most, otherwise }: { most: number; otherwise: number }): number {
    const text = this.text(name);
    if (text === '') return otherwise;
    const number = /^\d{1,9}$/.test(text) ? Number(text) : 0;
    if (number >= 1 && number <= most) return number;
    throw refuse(name, `must be a whole number from 1 to ${most}`);
  }

  choice<Choice extends string>(name: string, choices: readonly Choice[]): Choice {
    const text = this.text(name);
    const chosen = choices.find((choice) => choice === text);
    if (chosen === undefined) throw refuse(name, `must be one of ${choices.join(', ')}`);
    return chosen;
  }

  cursor(name: string): Cursor | undefined {
    const text = this.text(name);
    return text === '' ? undefined : parseCursor(text, name);
  }

  recordIds(name: string, most: number): readonly string[] {
    const text = this.text(name, most * 37);
    const ids = text === '' ? [] : text.split(',');
    if (ids.length > most) throw refuse(name, `names ${ids.length} records; at most ${most} are read`);
    for (const id of ids) if (!isRecordId(id)) throw refuse(name, 'must be record ids, with commas between');
    return ids;
  }

  #time(name: string): string {
    const text = this.text(name);
    if (text === '' || isTime(text)) return text;
    throw refuse(name, 'must be a time in ISO 8601, such as 2026-11-21T12:00:00Z');
  }
}

export function isRecordId(text: string): boolean {
  return UUID.test(text);
}

/** `<occurredAt>,<recordId>`, as `next` and the ids of live events are written. */
export function parseCursor(text: string, name: string): Cursor {
  const [occurredAt = '', recordId = '', ...rest] = text.split(',');
  if (isTime(occurredAt) && isRecordId(recordId) && rest.length === 0) return { occurredAt, recordId };
  throw refuse(name, 'must be what an earlier answer gave: a time and a record id');
}

export function formatCursor({ occurredAt, recordId }: Cursor): string {
  return `${occurredAt},${recordId}`;
}

function isTime(text: string): boolean {
  const year = new Date(TIME.test(text) ? text : Number.NaN).getUTCFullYear();
  return year >= FIRST_YEAR && year <= LAST_YEAR;
}

function refuse(parameter: string, problem: string): Refusal {
  return new Refusal(
    400,
    'ERR_AUDIT_EXPLORER_PARAMETER',
    `The parameter "${parameter.slice(0, 50)}" ${problem}.`,
    {
      details: { parameter: parameter.slice(0, 50) },
    },
  );
}
