import { Buffer } from 'node:buffer';
import { createHash, randomUUID } from 'node:crypto';
import { epochMillis } from '../timers.js';

/** A random UUID, version 4. */
export const uuidV4: () => string = randomUUID;

/** Where the digits of the variant stand in the text of a UUID, with the hyphen before them. */
const BEHIND_COUNT = 18;
const MOST_IN_A_MILLI = 4_096;

/** Numbers as texts of three digits, as far as they were needed. */
const NTHS: string[] = [];

/** Bytes in hexadecimal digits: to write a whole number in them takes longer than all else of an id. */
const BYTES = Array.from({ length: 0x100 }, (_, byte) => byte.toString(16).padStart(2, '0'));
/** Of the milliseconds, what changes within a minute. */
const LATE = 0x1_0000;

let lastEarly = -1;
let earlyDigits = '';
let lastMillis = -1;
let prefix = '';
let count = 0;
let ofProcess = '';

/**
 * A UUID version 7: 48 bits of milliseconds, 12 that count within them, and 62 that were drawn once for this process, so that the
 * store can keep many of them in little room. They are names, no secrets: who knows one can guess others.
 * Source: RFC 9562, sections 5.7, 6.2 (method 1) and 6.4.
 */
export function uuidV7(nowMillis: number = epochMillis()): string {
  if (nowMillis !== lastMillis || count === MOST_IN_A_MILLI) begin(nowMillis);
  const nth = (NTHS[count] ??= (MOST_IN_A_MILLI + count).toString(16).slice(1));
  count += 1;
  return prefix + nth + ofProcess;
}

function begin(millis: number): void {
  // NOTE: where the clock was set back, and where a millisecond has had all its numbers, only other bits keep an id from coming again.
  if (millis <= lastMillis || ofProcess === '') ofProcess = randomUUID().slice(BEHIND_COUNT);
  const late = millis % LATE;
  const early = (millis - late) / LATE;
  if (early !== lastEarly) earlyDigits = early.toString(16).padStart(8, '0');
  prefix = `${earlyDigits}-${BYTES[late >>> 8] as string}${BYTES[late & 0xff] as string}-7`;
  lastEarly = early;
  lastMillis = millis;
  count = 0;
}

/**
 * The same UUID for the same name, version 5.
 * Source: RFC 9562, section 5.5.
 */
export function uuidV5(namespace: string, name: string): string {
  const hash = createHash('sha1')
    .update(Buffer.from(namespace.replaceAll('-', ''), 'hex'))
    .update(name);
  return withVersion(hash.digest('hex').slice(0, 32), '5');
}

/** A UUID of version 7 that is the same for the same time and name, for records that may be made again. */
export function uuidV7Of(millis: number, name: string): string {
  const time = millis.toString(16).padStart(12, '0');
  return withVersion(time + createHash('sha256').update(name).digest('hex').slice(0, 20), '7');
}

/** @param hex 32 digits, of which version and variant take the place of their bits. */
function withVersion(hex: string, version: '5' | '7'): string {
  const variant = ((Number.parseInt(hex[16] as string, 16) & 0x3) | 0x8).toString(16);
  const text = `${hex.slice(0, 12)}${version}${hex.slice(13, 16)}${variant}${hex.slice(17)}`;
  return text.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
