/** Times as they are shown: short in lists, whole with zone in detail. */
export interface Zone {
  readonly name: string;
  readonly isUtc: boolean;
}

export function zoneOf(isUtc: boolean): Zone {
  return { isUtc, name: isUtc ? 'UTC' : Intl.DateTimeFormat().resolvedOptions().timeZone };
}

const RECENT_MILLIS = 3_600_000;

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** `2 min ago` within the hour, `13:12:07` of today, `Nov 20 13:12:07` of this year, else `2025-11-20 13:12`. */
export function shortTime(iso: string, zone: Zone, nowMillis: number): string {
  const at = Date.parse(iso);
  const age = nowMillis - at;
  if (age >= 0 && age < RECENT_MILLIS) return agoOf(age);
  const [day, clock] = [dayOf(at, zone), clockOf(at, zone)];
  const today = dayOf(nowMillis, zone);
  if (day === today) return clock;
  const [year = '', month, date] = day.split('-');
  const name = MONTHS[Number(month) - 1];
  return name === undefined || !today.startsWith(year)
    ? `${day} ${clock.slice(0, 5)}`
    : `${name} ${date} ${clock}`;
}

/** `2026-11-21 17:42:03.123456 +01:00`: every digit that the record has. */
export function wholeTime(iso: string, zone: Zone): string {
  const at = Date.parse(iso);
  const fraction = /\.\d+/.exec(iso)?.[0].replace(/0+$/, '').replace(/^\.$/, '') ?? '';
  return `${dayOf(at, zone)} ${clockOf(at, zone)}${fraction} ${offsetOf(at, zone)}`;
}

export function dayOf(millis: number, zone: Zone): string {
  const { year, month, day } = partsOf(millis, zone);
  return `${year}-${month}-${day}`;
}

export function clockOf(millis: number, zone: Zone): string {
  const { hour, minute, second } = partsOf(millis, zone);
  return `${hour}:${minute}:${second}`;
}

export function agoOf(ageMillis: number): string {
  const seconds = Math.max(0, Math.floor(ageMillis / 1_000));
  if (seconds < 5) return 'just now';
  return `${spanOf(seconds)} ago`;
}

/** `40 s`, `4 min`, `2 h`, `3 days`. */
export function spanOf(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3_600)} h`;
  return `${Math.floor(seconds / 86_400)} days`;
}

export function durationOf(micros: number): string {
  if (micros < 1_000) return `${micros} µs`;
  if (micros < 1_000_000) return `${Number((micros / 1_000).toPrecision(3))} ms`;
  return `${Number((micros / 1_000_000).toPrecision(3))} s`;
}

/** The value of a `datetime-local` input, and back. */
export function toInput(iso: string, zone: Zone): string {
  if (iso === '') return '';
  const at = Date.parse(iso);
  return `${dayOf(at, zone)}T${clockOf(at, zone)}`;
}

export function fromInput(text: string, zone: Zone): string {
  if (text === '') return '';
  const date = new Date(zone.isUtc ? `${text}Z` : text);
  return Number.isNaN(date.getTime()) ? '' : date.toISOString();
}

type Parts = Record<'year' | 'month' | 'day' | 'hour' | 'minute' | 'second', string>;

function partsOf(millis: number, zone: Zone): Parts {
  const date = new Date(zone.isUtc ? millis : millis - new Date(millis).getTimezoneOffset() * 60_000);
  const text = Number.isNaN(date.getTime()) ? '????-??-??T??:??:??' : date.toISOString();
  return {
    year: text.slice(0, 4),
    month: text.slice(5, 7),
    day: text.slice(8, 10),
    hour: text.slice(11, 13),
    minute: text.slice(14, 16),
    second: text.slice(17, 19),
  };
}

function offsetOf(millis: number, zone: Zone): string {
  if (zone.isUtc) return 'UTC';
  const minutes = -new Date(millis).getTimezoneOffset();
  const two = (value: number): string => String(Math.floor(Math.abs(value))).padStart(2, '0');
  return `${minutes < 0 ? '-' : '+'}${two(minutes / 60)}:${two(minutes % 60)}`;
}
