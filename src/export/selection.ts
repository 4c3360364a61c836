import { conditionOf } from '../search/condition.js';
import type { Search } from '../search/search.js';
import type { RowPeriod } from '../search/settled.js';
import type { ClickHouseClient } from '../store/client.js';
import { quoteName } from '../store/migrations.js';
import { queryRows } from '../store/query-rows.js';
import type { QueryParameters } from '../store/query-rows.js';

/** Which records an export holds. It stays the same set however long the export takes and however often it is begun. */
export interface Selection {
  readonly search: Search;
  /** What the store took in later belongs to no export that was begun before. By its clock, `2026-11-20 12:00:00.000`. */
  readonly takenInBy: string;
}

/** A part of time, in nanoseconds since the epoch; the end is excluded. */
export interface Span {
  readonly from: bigint;
  readonly to: bigint;
}

export interface Extent {
  readonly records: number;
  /** Of the first and the last record; undefined without records. */
  readonly span?: Span;
}

/** Reads what a selection names. Everything it asks, `audit_reader` may ask. */
export interface Source {
  readonly client: ClickHouseClient;
  readonly database: string;
  readonly selection: Selection;
  /** Ends the questions that come before the records. */
  readonly signal?: AbortSignal | undefined;
}

export async function storeTime(client: ClickHouseClient, signal?: AbortSignal): Promise<string> {
  const query = "SELECT toString(now64(3, 'UTC')) AS now";
  const [row] = await queryRows<{ now: string }>(client, query, {}, signal);
  return row?.now ?? '';
}

/** The condition on rows of `unique_records`, with what it binds. */
export function conditionWithin(
  { database, selection }: Source,
  span?: Span,
): { readonly sql: string; readonly parameters: QueryParameters } {
  const { sql, parameters } = conditionOf(selection.search, database);
  const isTakenIn = "ingested_at <= {taken_in_by:DateTime64(3, 'UTC')}";
  const conditions = [
    ...(span === undefined ? [] : [BOUND_SPAN.isWithin('occurred_at')]),
    isTakenIn,
    `(${sql})`,
  ];
  return {
    sql: conditions.join(' AND '),
    parameters: {
      ...parameters,
      taken_in_by: selection.takenInBy,
      ...(span && { span_from: String(span.from), span_to: String(span.to) }),
    },
  };
}

/** The span that a query binds. */
export const BOUND_SPAN: RowPeriod = {
  isBegun: (column) => `${column} >= fromUnixTimestamp64Nano({span_from:Int64}, 'UTC')`,
  isWithin: (column) =>
    `${BOUND_SPAN.isBegun(column)} AND ${column} < fromUnixTimestamp64Nano({span_to:Int64}, 'UTC')`,
};

/** How much it is, and from when to when. */
export async function readExtent(source: Source): Promise<Extent> {
  const { sql, parameters } = conditionWithin(source);
  const [row] = await queryRows<{ records: string; first: string; last: string }>(
    source.client,
    `SELECT
       toString(count()) AS records,
       toString(toUnixTimestamp64Nano(min(occurred_at))) AS first,
       toString(toUnixTimestamp64Nano(max(occurred_at))) AS last
     FROM ${quoteName(source.database)}.unique_records WHERE ${sql}`,
    parameters,
    source.signal,
  );
  const records = Number(row?.records ?? 0);
  if (row === undefined || records === 0) return { records: 0 };
  return { records, span: { from: BigInt(row.first), to: BigInt(row.last) + 1n } };
}
