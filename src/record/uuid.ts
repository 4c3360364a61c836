import { randomUUID } from 'node:crypto';

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
export function uuidV7(nowMillis: number = Date.now()): string {
  if (nowMillis !== lastMillis) {
    const time = nowMillis.toString(16).padStart(12, '0');
    lastPrefix = `${time.slice(0, 8)}-${time.slice(8)}-7`;
    lastMillis = nowMillis;
  }
  return lastPrefix + randomUUID().slice(BEHIND_TIME + 1);
}
