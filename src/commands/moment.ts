import { isAfter } from '../search/quantities.js';
import type { Search } from '../search/search.js';
import { UsageError } from './usage-error.js';

const SECOND_MILLIS = 1_000;
const MINUTE_MILLIS = 60 * SECOND_MILLIS;
const HOUR_MILLIS = 60 * MINUTE_MILLIS;
const DAY_MILLIS = 24 * HOUR_MILLIS;

const UNIT_MILLIS: Readonly<Record<string, number>> = {
  ms: 1,
  s: SECOND_MILLIS,
  m: MINUTE_MILLIS,
  min: MINUTE_MILLIS,
  h: HOUR_MILLIS,
  d: DAY_MILLIS,
  w: 7 * DAY_MILLIS,
};

const DURATION = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|min|h|d|w)$/;
const WRITTEN =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?\s?(Z|UTC|[+-]\d{2}:?\d{2})?)?$/i;
const DAYS_AGO: Readonly<Record<string, number>> = { today: 0, yesterday: 1 };

/** Milliseconds of `500ms`, `2s`, `2h`, `7d`; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit] = DURATION.exec(text) ?? [];
  const unitMillis = UNIT_MILLIS[unit ?? ''];
  return unitMillis === undefined ? undefined : Number(amount) * unitMillis;
}

/**
 * A point in time as people say it, in ISO 8601: `2h` and `7d` ago, `yesterday`, a date, a time. Where it has no zone it is
 * meant as times are shown: local, or UTC.
 *
 * @throws UsageError naming the option.
 */
export function parseMoment(option: string, text: string, { isUtc = false, now = new Date() } = {}): string {
  const said = text.trim();
  if (said === 'now') return now.toISOString();
  const ago = parseDuration(said);
  if (ago !== undefined) return new Date(now.getTime() - ago).toISOString();
  const daysAgo = Object.hasOwn(DAYS_AGO, said) ? DAYS_AGO[said] : undefined;
  return (
    (daysAgo === undefined ? parseWritten(said, isUtc) : startOfDay(now, daysAgo, isUtc)) ??
    refuse(option, text)
  );
}

/** A search for everything within `--from` and `--to`. */
export function parsePeriod(options: {
  readonly from: string;
  readonly to: string;
  readonly utc: boolean;
}): Search {
  const bound = (name: string, said: string): string =>
    said === '' ? '' : parseMoment(name, said, { isUtc: options.utc });
  const [from, to] = [bound('--from', options.from), bound('--to', options.to)];
  if (isAfter(from, to)) throw new UsageError(`--from is after --to: ${from} is later than ${to}.`);
  return { text: '', from, to };
}

function startOfDay(now: Date, daysAgo: number, isUtc: boolean): string {
  // NOTE: by the calendar and not by 24 hours: some days have 23 or 25.
  const start = isUtc
    ? new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() - daysAgo))
    : new Date(now.getFullYear(), now.getMonth(), now.getDate() - daysAgo);
  return start.toISOString();
}

function parseWritten(text: string, isUtc: boolean): string | undefined {
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '', zone] =
    WRITTEN.exec(text) ?? [];
  if (year === undefined || !isOnCalendar(Number(year), Number(month), Number(day))) return undefined;
  // Without a zone Date takes a date with a time as local.
  const millis = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}${inFull(zone, isUtc)}`);
  if (Number.isNaN(millis)) return undefined;
  return new Date(millis).toISOString().replace(/000Z$/, `${fraction.padEnd(3, '0')}Z`);
}

function inFull(zone: string | undefined, isUtc: boolean): string {
  if (zone === undefined) return isUtc ? 'Z' : '';
  return zone.toUpperCase() === 'UTC' ? 'Z' : zone.toUpperCase().replace(/^(...)(\d\d)$/, '$1:$2');
}

/** Date would take 31 November for 1 December. */
function isOnCalendar(year: number, month: number, day: number): boolean {
  return new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day;
}

function refuse(option: string, text: string): never {
  throw new UsageError(
    `${option} ${JSON.stringify(text)} is no time. Give 2026-11-01, "2026-11-01 12:00", 2026-11-01T12:00:00Z, or how long ago: 2h, 7d, today, yesterday.`,
  );
}
