import { randomBytes, randomUUID } from 'node:crypto';

/** Bytes of randomness fetched at a time: one call of the generator serves many records. */
const POOL_BYTES = 4096;

let pool = randomBytes(POOL_BYTES);
let used = 0;

/** A random UUID, version 4. */
export const uuidV4: () => string = randomUUID;

/**
 * A UUID version 7: 48 bits of milliseconds, then random bits.
 * Source: RFC 9562, section 5.7.
 */
export function uuidV7(nowMillis: number = Date.now()): string {
  if (used + 10 > POOL_BYTES) {
    pool = randomBytes(POOL_BYTES);
    used = 0;
  }
  const random = pool.toString('hex', used, used + 10);
  used += 10;
  const time = nowMillis.toString(16).padStart(12, '0');
  const variant = '89ab'[Number.parseInt(random[3] as string, 16) & 3] as string;
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-${variant}${random.slice(4, 7)}-${random.slice(8, 20)}`;
}
