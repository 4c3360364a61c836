import { COLUMNS } from './columns.js';

/** A record as one line of JSON, columns in order, times in ISO 8601 with all their digits. */
export function toJsonLine(record: Readonly<Record<string, unknown>>): string {
  const row: Record<string, unknown> = {};
  for (const { name } of COLUMNS) row[name] = record[name];
  row['occurred_at'] = isoTime(record['occurred_at'] as bigint, 9);
  row['recorded_at'] = isoTime(record['recorded_at'] as bigint, 6);
  return `${JSON.stringify(row)}\n`;
}

/** @param digits Digits after the point that one tick of `ticks` stands for. */
export function isoTime(ticks: bigint, digits: 6 | 9): string {
  const perSecond = 10n ** BigInt(digits);
  // NOTE: BigInt division truncates towards zero; an audit log has no times before 1970.
  const seconds = new Date(Number(ticks / perSecond) * 1000).toISOString().slice(0, -5);
  return `${seconds}.${(ticks % perSecond).toString().padStart(digits, '0')}Z`;
}
