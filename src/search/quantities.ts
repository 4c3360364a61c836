import { SearchError } from './errors.js';

const MOST = 2n ** 64n - 1n;

/** A whole number of up to 64 bits, as text: JavaScript's own numbers are not exact beyond 53. */
export function numberOf(text: string, position: number): string {
  if (!/^\d{1,20}$/.test(text) || BigInt(text) > MOST) {
    throw new SearchError(`${named(text)} is no whole number from 0 to ${MOST}.`, position);
  }
  return String(BigInt(text));
}

const MICROS: Readonly<Record<string, bigint>> = {
  us: 1n,
  ms: 1_000n,
  s: 1_000_000n,
  m: 60_000_000n,
  h: 3_600_000_000n,
  d: 86_400_000_000n,
};

/** `2s`, `1.5m`, `300ms`; a bare number is microseconds, as the column has them. */
export function durationMicros(text: string, position: number): string {
  const [, whole = '', fraction = '', unit = 'us'] =
    /^(\d{1,15})(?:\.(\d{1,6}))?(us|ms|s|m|h|d)?$/.exec(text) ?? [];
  if (whole === '')
    throw new SearchError(`${named(text)} is no duration: 300ms, 2s, 1.5m, 3h are.`, position);
  const factor = MICROS[unit] as bigint;
  const micros = BigInt(whole) * factor + (BigInt(fraction || '0') * factor) / 10n ** BigInt(fraction.length);
  if (micros > MOST) throw new SearchError(`${text} is too long.`, position);
  return String(micros);
}

/** In nanoseconds since the epoch; `to` is excluded. */
export interface TimeSpan {
  readonly from: bigint;
  readonly to: bigint;
}

const TIME = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:?\d{2})?)?$/i;
const NANOS_OF_MILLI = 1_000_000n;
/** What `DateTime64(9)` can hold. */
const EARLIEST = BigInt(Date.UTC(1900, 0, 1)) * NANOS_OF_MILLI;
const LATEST = 2n ** 63n - 1n;

/** The day, minute, second or instant that a text in ISO 8601 names; UTC where it has no zone. @throws SearchError */
export function timeSpan(text: string, position: number): TimeSpan {
  const [, day = '', minute, second, fraction = '', zone = 'Z'] = TIME.exec(text) ?? [];
  const millis = Date.parse(`${day}T${minute ?? '00:00'}:${second ?? '00'}${zone.toUpperCase()}`);
  const isReal = !Number.isNaN(millis) && isDay(day);
  const from = isReal ? BigInt(millis) * NANOS_OF_MILLI + BigInt(fraction.padEnd(9, '0')) : undefined;
  if (from === undefined || from < EARLIEST || from > LATEST - 86_400_000n * NANOS_OF_MILLI) {
    throw new SearchError(
      `${named(text)} is no time: 2026-11-20, 2026-11-20T12:00:00 (both UTC) and 2026-11-20T12:00:00+01:00 are.`,
      position,
    );
  }
  return { from, to: from + length(minute, second, fraction) };
}

function length(minute: string | undefined, second: string | undefined, fraction: string): bigint {
  if (fraction !== '') return 10n ** BigInt(9 - fraction.length);
  if (second !== undefined) return 1_000n * NANOS_OF_MILLI;
  return (minute === undefined ? 86_400_000n : 60_000n) * NANOS_OF_MILLI;
}

/** NOTE: JavaScript takes the 31st of February for the 3rd of March. */
function isDay(day: string): boolean {
  return new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
}

function named(text: string): string {
  return text === '' ? 'Nothing' : text;
}

/** Whether a period ends before it begins. @param from, to In ISO 8601; empty where it has no such end. */
export function isAfter(from: string, to: string): boolean {
  return from !== '' && to !== '' && timeSpan(from, 0).from > timeSpan(to, 0).from;
}
