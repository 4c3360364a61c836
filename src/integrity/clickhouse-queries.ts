import { quoteName } from '../store/migrations.js';
import { columnsOf } from './schema-columns.js';
import type { Period } from './report.js';

/** Values of a query's parameters. */
export type Parameters = Readonly<Record<string, string | number | readonly string[]>>;

/** Texts of the queries that verification makes. A user who may only read can make them: they set nothing. */
export class EvidenceQueries {
  readonly records: string;
  readonly segments: string;
  readonly purges: string;
  readonly #period: Period;

  constructor(database: string, period: Period) {
    const name = quoteName(database);
    this.records = `${name}.records`;
    this.segments = `${name}.segments`;
    this.purges = `${name}.purges`;
    this.#period = period;
  }

  get parameters(): Parameters {
    return { from: this.#period.from, to: this.#period.to, service: this.#period.service };
  }

  /** Entries of the period: begun, sealed or about something in it. */
  get isOfPeriod(): string {
    const { from, to, service } = this.#period;
    const bounds = [
      ...(from === '' ? [] : [`(sealed_at >= ${time('from')} OR occurred_to >= ${time('from')})`]),
      ...(to === ''
        ? []
        : [`(opened_at < ${time('to')} OR (row_count > 0 AND occurred_from < ${time('to')}))`]),
      ...(service === '' ? [] : ['service_name = {service:String}']),
    ];
    return bounds.length === 0 ? '1' : bounds.join(' AND ');
  }

  /** Entries with records of the period. */
  get hasRecordsOfPeriod(): string {
    return ['row_count > 0', ...this.#bounds('occurred_from', 'occurred_to')].join(' AND ');
  }

  get isRecordOfPeriod(): string {
    const bounds = this.#bounds('occurred_at', 'occurred_at');
    return bounds.length === 0 ? '1' : bounds.join(' AND ');
  }

  #bounds(first: string, last: string): string[] {
    const { from, to, service } = this.#period;
    return [
      ...(from === '' ? [] : [`${last} >= ${time('from')}`]),
      ...(to === '' ? [] : [`${first} < ${time('to')}`]),
      ...(service === '' ? [] : ['service_name = {service:String}']),
    ];
  }
}

/** NOTE: compared at the precision of the columns, which the text of a parameter may not have. */
function time(name: string): string {
  return `parseDateTime64BestEffort({${name}:String}, 9, 'UTC')`;
}

/** What an entry is read as: see `toEntry`. */
export const ENTRY_FIELDS = `
  seal, shortfall, signature, key_id,
  toString(chain_id) AS chain, toString(number) AS number_text, toString(segment_id) AS segment,
  toString(row_count) AS rows,
  toString(toUnixTimestamp64Nano(occurred_from)) AS occurred_from_nanos,
  toString(toUnixTimestamp64Nano(occurred_to)) AS occurred_to_nanos,
  toString(toUnixTimestamp64Micro(opened_at)) AS opened_at_micros,
  toString(toUnixTimestamp64Micro(sealed_at)) AS sealed_at_micros,
  service_name,
  toString(toUnixTimestamp64Milli(ingested_at)) AS ingested_at_millis`;

/** The bytes of a row as they were sent: ClickHouse writes them out as it took them in. */
export function rowBytes(schema: number): string {
  return `formatRow('RowBinary', ${(columnsOf(schema) ?? []).join(', ')})`;
}
