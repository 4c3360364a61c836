import { Buffer } from 'node:buffer';
import { types } from 'node:util';
import { CAPTURED_CHARACTERS } from '../../record/redaction/redact.js';
import { isArray, isPlainArray } from './plain-data.js';

/**
 * A value as a database gets it: text, NULL, or an array in PostgreSQL's notation.
 *
 * None of this runs code of the application: a value that only its own code could describe has no text here.
 */
export type SentValue = string | null | ArrayLiteral | SentDate;

/** What stands for NULL. The text `NULL` itself stands in quotes, as it does in PostgreSQL's arrays. */
export const NULL_TEXT = 'NULL';

/** What stands for a value that its own code would have turned into text, and which was never sent. */
export const UNSERIALISED = '[unserialised]';

/** NOTE: more than a column holds: a value is redacted and hashed whole, and only then cut. */
const VALUE_CHARACTERS = CAPTURED_CHARACTERS;
const ARRAY_ITEMS = 256;
const ARRAY_DEPTH = 6;

/** An array as PostgreSQL writes it, such as `{"1",NULL,{"2"}}`. */
export class ArrayLiteral {
  readonly #text: string;

  constructor(text: string) {
    this.#text = keep(text, VALUE_CHARACTERS);
  }

  /** NOTE: `instanceof` would ask a proxy. */
  static is(value: unknown): value is ArrayLiteral {
    return typeof value === 'object' && value !== null && #text in value;
  }

  get text(): string {
    return this.#text;
  }

  /** The first items, those of inner arrays among them. */
  items(): SentValue[] {
    const items: SentValue[] = [];
    const item = /[{},]*(?:"((?:[^"\\]|\\[^])*)"|([^{},"]+))(?=[,}])/y;
    for (let found = item.exec(this.#text); found !== null; found = item.exec(this.#text)) {
      const [, quoted, bare] = found;
      const text = (quoted ?? bare ?? '').replace(/\\([^])/g, '$1');
      items.push(bare === NULL_TEXT ? null : text);
      if (items.length === ARRAY_ITEMS) break;
    }
    return items;
  }
}

/** A date as pg writes it, in the zone of the process. */
export class SentDate {
  readonly #sent: string;

  constructor(sent: string) {
    this.#sent = sent;
  }

  static is(value: unknown): value is SentDate {
    return typeof value === 'object' && value !== null && #sent in value;
  }

  /** In UTC; one before our era, or after the year 9999, as it was sent. */
  get text(): string {
    if (this.#sent.includes('NaN')) return 'Invalid Date';
    const isCommon = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d$/.test(this.#sent);
    return isCommon ? new Date(this.#sent).toISOString() : this.#sent;
  }
}

/** Whether a text may be the beginning of a longer one. */
export function isCutText(text: string): boolean {
  return text.length >= VALUE_CHARACTERS;
}

/** A value as text. Never throws, and never runs code of the application. */
export function valueText(value: unknown): string {
  const text = textIn(value);
  if (text === null) return NULL_TEXT;
  return text === NULL_TEXT ? `"${text}"` : text;
}

function textIn(value: unknown): string | null {
  const sent = plainValue(value);
  if (sent === null || typeof sent === 'string') return sent;
  return keep(sent.text, VALUE_CHARACTERS);
}

/** What a value says of rows by their key: each item of an array; nothing where it is NULL or cannot be read. */
export function keyTexts(value: unknown): string[] {
  if (ArrayLiteral.is(value)) return value.items().flatMap(keyTexts);
  const text = textIn(value);
  return text === null || text === UNSERIALISED ? [] : [text];
}

/** What pg would make of a value whose text is PostgreSQL's business, not the application's. */
export function plainValue(value: unknown): SentValue {
  switch (typeof value) {
    case 'string':
      return keep(value, VALUE_CHARACTERS);
    case 'number':
    case 'bigint':
    case 'boolean':
      return keep(String(value), VALUE_CHARACTERS);
    case 'undefined':
      return null;
    case 'object':
      return value === null ? null : (plainObject(value) ?? UNSERIALISED);
    default:
      return UNSERIALISED;
  }
}

/**
 * A value as pg sent it.
 *
 * @param given What the application gave.
 * @param sent What pg made of it: text, bytes or null.
 */
export function sentValue(given: unknown, sent: unknown): SentValue {
  if (typeof sent !== 'string') return plainValue(sent);
  if (typeof given !== 'object') return keep(sent, VALUE_CHARACTERS);
  if (types.isDate(given)) return new SentDate(keep(sent, VALUE_CHARACTERS));
  return sent.startsWith('{') && isArray(given) ? new ArrayLiteral(sent) : keep(sent, VALUE_CHARACTERS);
}

function plainObject(value: object): SentValue | undefined {
  if (ArrayLiteral.is(value) || SentDate.is(value)) return value;
  if (types.isDate(value)) return dateText(value);
  if (ArrayBuffer.isView(value)) return bytesText(value);
  const literal = arrayText(value, 0);
  return literal === undefined ? undefined : new ArrayLiteral(literal);
}

function dateText(date: Date): string {
  const millis = Date.prototype.getTime.call(date);
  return Number.isNaN(millis) ? 'Invalid Date' : new Date(millis).toISOString();
}

const TYPED_ARRAY = Object.getPrototypeOf(Uint8Array.prototype) as object;

/** NOTE: a class of the application may have its own `buffer`, `toString`, …; this is the engine's. */
function readView(view: ArrayBufferView, name: 'buffer' | 'byteOffset' | 'byteLength'): unknown {
  const owner = types.isDataView(view) ? DataView.prototype : TYPED_ARRAY;
  return Object.getOwnPropertyDescriptor(owner, name)?.get?.call(view);
}

/** Undefined where the memory of the view was given away. */
function bytesText(view: ArrayBufferView): string | undefined {
  try {
    const bytes = Math.min(readView(view, 'byteLength') as number, VALUE_CHARACTERS / 2);
    const buffer = readView(view, 'buffer') as ArrayBuffer;
    return `\\x${Buffer.from(buffer, readView(view, 'byteOffset') as number, bytes).toString('hex')}`;
  } catch {
    return undefined;
  }
}

/** Undefined unless all of it is plain: what pg would send, as far as it is kept. */
function arrayText(value: object, depth: number, room = { left: VALUE_CHARACTERS }): string | undefined {
  if (depth === ARRAY_DEPTH || !isPlainArray(value)) return undefined;
  const texts: string[] = [];
  const count = Math.min(value.length, ARRAY_ITEMS);
  for (let index = 0; index < count && room.left > 0; index++) {
    const text = itemText(Object.getOwnPropertyDescriptor(value, index)?.value, depth, room);
    if (text === undefined) return undefined;
    texts.push(text);
  }
  return `{${texts.join(',')}}`;
}

function itemText(item: unknown, depth: number, room: { left: number }): string | undefined {
  // NOTE: of items in items, or what is never shown of a large one would be read at great cost.
  room.left -= 1;
  if (item === null || item === undefined) return NULL_TEXT;
  if (isPlainArray(item)) return arrayText(item, depth + 1, room);
  const text = plainValue(item);
  if (typeof text !== 'string' || text === UNSERIALISED) return undefined;
  room.left -= text.length;
  return `"${text.replace(/[\\"]/g, '\\$&')}"`;
}

/**
 * NOTE: a slice of a long text keeps the whole of it in memory, therefore what is cut is copied; the copy, as all text
 * that leaves here, has no half characters.
 */
export function keep(text: string, characters: number): string {
  if (text.length <= characters) return text.isWellFormed() ? text : text.toWellFormed();
  return Buffer.from(text.slice(0, characters)).toString();
}
