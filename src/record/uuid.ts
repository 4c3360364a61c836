import { Buffer } from 'node:buffer';
import { createHash, randomUUID } from 'node:crypto';
import { epochMillis } from '../timers.js';

/** A random UUID, version 4. */
export const uuidV4: () => string = randomUUID;

/** Where the version and the random bits stand in the text of a UUID, behind 48 bits. */
const BEHIND_TIME = 14;

let lastMillis = -1;
let lastPrefix = '';

/**
 * A UUID version 7: 48 bits of milliseconds, then those of a random one.
 * Source: RFC 9562, section 5.7.
 */
export function uuidV7(nowMillis: number = epochMillis()): string {
  if (nowMillis !== lastMillis) {
    const time = nowMillis.toString(16).padStart(12, '0');
    lastPrefix = `${time.slice(0, 8)}-${time.slice(8)}-7`;
    lastMillis = nowMillis;
  }
  return lastPrefix + randomUUID().slice(BEHIND_TIME + 1);
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
