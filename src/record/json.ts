import { COLUMNS } from './columns.js';

type NamedTypes = readonly (readonly [name: string, type: string])[];

const OWN: NamedTypes = COLUMNS.map(({ name, type }) => [name, type]);

/** A record as one line of JSON, columns in order, times in ISO 8601 with all their digits. */
export function toJsonLine(record: Readonly<Record<string, unknown>>): string {
  return rowToJsonLine(record, OWN);
}

/** The same of a row of any version. */
export function rowToJsonLine(values: Readonly<Record<string, unknown>>, columns: NamedTypes): string {
  const row: Record<string, unknown> = {};
  for (const [name, type] of columns) row[name] = jsonOf(values[name], type);
  return `${JSON.stringify(row)}\n`;
}

function jsonOf(value: unknown, type: string): unknown {
  return typeof value === 'bigint' ? isoTime(value, type.startsWith('DateTime64(9') ? 9 : 6) : value;
}

/** @param digits Digits after the point that one tick of `ticks` stands for. */
export function isoTime(ticks: bigint, digits: 6 | 9): string {
  const perSecond = 10n ** BigInt(digits);
  // NOTE: BigInt division truncates towards zero; a clock that is wrong may well say a time before 1970.
  const fraction = ((ticks % perSecond) + perSecond) % perSecond;
  const seconds = new Date(Number((ticks - fraction) / perSecond) * 1000).toISOString().slice(0, -5);
  return `${seconds}.${fraction.toString().padStart(digits, '0')}Z`;
}
