import { Buffer } from 'node:buffer';
import { createHash, randomFillSync, randomUUID } from 'node:crypto';
import { epochMillis } from '../timers.js';

/** A random UUID, version 4. */
export const uuidV4: () => string = randomUUID;

/** Random bytes of one UUID, and of as many as are asked for at once. */
const RANDOM_BYTES = 10;
const random = Buffer.allocUnsafeSlow(RANDOM_BYTES * 400);
let taken = random.length;

const DIGITS = Buffer.from('0123456789abcdef', 'latin1');

/** The last one as text, of which the next keeps the time where it is the same, and the hyphens. */
const last = Buffer.from('00000000-0000-7000-8000-000000000000', 'latin1');
let lastMillis = -1;
const TIME_DIGITS = 12;
/** Where the bytes behind version and variant stand. */
const RANDOM_PLACES = Uint8Array.of(16, 21, 24, 26, 28, 30, 32, 34);

/**
 * A UUID version 7: 48 bits of milliseconds, then random ones.
 * Source: RFC 9562, section 5.7.
 * NOTE: every record has one; made of bytes and read as one text it costs a third of texts that are joined.
 */
export function uuidV7(nowMillis: number = epochMillis()): string {
  if (nowMillis !== lastMillis) writeTime(nowMillis);
  if (taken === random.length) {
    randomFillSync(random);
    taken = 0;
  }
  const [version, variant] = [random[taken++] as number, random[taken++] as number];
  last[15] = DIGITS[version & 0xf] as number;
  last[19] = DIGITS[0x8 | (variant & 0x3)] as number;
  last[20] = DIGITS[variant >> 4] as number;
  for (let index = 0; index < RANDOM_PLACES.length; index++) {
    const byte = random[taken++] as number;
    const place = RANDOM_PLACES[index] as number;
    last[place] = DIGITS[byte >> 4] as number;
    last[place + 1] = DIGITS[byte & 0xf] as number;
  }
  return last.toString('latin1');
}

function writeTime(millis: number): void {
  const time = millis.toString(16).padStart(TIME_DIGITS, '0');
  last.write(time.slice(0, 8), 0, 'latin1');
  last.write(time.slice(8), 9, 'latin1');
  lastMillis = millis;
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
