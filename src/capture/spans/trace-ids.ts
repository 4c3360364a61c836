import { randomFillSync } from 'node:crypto';
import { Buffer } from 'node:buffer';

/** Random bytes that are fetched at once: one call for each id would cost more than all else of a span. */
const POOL_BYTES = 4_096;
const TRACE_DIGITS = 32;
const SPAN_DIGITS = 16;

const bytes = Buffer.allocUnsafeSlow(POOL_BYTES);
let pool = '';
let at = 0;

function digits(count: number): string {
  if (at + count > pool.length) {
    pool = randomFillSync(bytes).toString('hex');
    at = 0;
  }
  const end = at + count;
  const taken = pool.slice(at, end);
  at = end;
  return taken;
}

export function newTraceId(): string {
  return digits(TRACE_DIGITS);
}

export function newSpanId(): string {
  return digits(SPAN_DIGITS);
}
