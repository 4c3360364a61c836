import type { ClickHouseClient } from '../store/client.js';
import { keptDaysOf } from '../integrity/table-retention.js';
import { readActor } from './actor-summary.js';
import type { ActorSummary } from './actor-summary.js';
import { Arrivals } from './arrivals.js';
import { createAsk } from './ask.js';
import { readHistogram } from './histogram.js';
import type { Histogram } from './histogram.js';
import { readObjectHistory } from './object-history.js';
import type { ChangedRecord } from './object-history.js';
import { PageReader } from './page-reader.js';
import type { PageOptions } from './page-reader.js';
import { RecordLoader } from './record-loader.js';
import { readRecord, readRequest } from './request-records.js';
import type { Cursor, FoundRecord, Page, Search } from './search.js';
import { SegmentStates } from './segment-states.js';
import type { SegmentState } from './segment-states.js';
import { readSuggestions } from './suggestions.js';
import type { Suggestion } from './suggestions.js';

export type { ActorSummary, ChangedRecord, Histogram, SegmentState, Suggestion };

/**
 * All reading for people: commands and explorer go through it. The rights of user `audit_reader` are enough. Every method
 * is bounded in what it gives back, ends with its signal, and throws SearchError for a search that cannot be read.
 */
export interface RegisterReader {
  /** The newest first, with what only later records tell. */
  page(search: Search, options: PageOptions, signal?: AbortSignal): Promise<Page>;
  /**
   * What arrived since, in the order of its arrival: late records are not missed, whenever they occurred.
   *
   * @param search The same, to the letter, that the first page was asked for.
   * @param cursor Newest record of the first page, then the last one that this method gave; undefined for the first ever.
   */
  newerThan(
    search: Search,
    cursor: Cursor | undefined,
    limit: number,
    signal?: AbortSignal,
  ): Promise<readonly FoundRecord[]>;
  histogram(search: Search, buckets: number, signal?: AbortSignal): Promise<Histogram>;
  /** Values of a field, the most frequent first. @param field Its name; `new.` and a name for values of one entry. */
  suggest(
    field: string,
    prefix: string,
    search: Search,
    limit: number,
    signal?: AbortSignal,
  ): Promise<readonly Suggestion[]>;
  record(recordId: string, signal?: AbortSignal): Promise<FoundRecord | undefined>;
  /** The request of a record and all its statements, logins and transaction ends, in the order in which they began. */
  request(record: FoundRecord, signal?: AbortSignal): Promise<readonly FoundRecord[]>;
  /** What was done to a row, the newest first, with old and new values. */
  objectHistory(
    targetType: string,
    id: string,
    search: Search,
    options: { readonly limit: number; readonly after?: Cursor | undefined },
    signal?: AbortSignal,
  ): Promise<readonly ChangedRecord[]>;
  actor(actorId: string, search: Search, signal?: AbortSignal): Promise<ActorSummary>;
  /** By `segment_id`. */
  integrity(
    records: readonly FoundRecord[],
    signal?: AbortSignal,
  ): Promise<Readonly<Record<string, SegmentState>>>;
}

export function createRegisterReader(client: ClickHouseClient, database: string): RegisterReader {
  const ask = createAsk(client, database);
  const loader = new RecordLoader(ask, database);
  const pages = new PageReader(ask, database, loader);
  const arrivals = new Arrivals(ask, database, loader, pages);
  const segments = new SegmentStates(ask, database, () => keptDaysOf(client, database));
  return {
    page: (search, options, signal) =>
      options.after === undefined
        ? arrivals.firstPage(search, options, signal)
        : pages.page(search, options, signal),
    newerThan: (search, cursor, limit, signal) => arrivals.newerThan(search, cursor, limit, signal),
    histogram: (search, buckets, signal) => readHistogram(ask, database, search, buckets, signal),
    suggest: (field, prefix, search, limit, signal) =>
      readSuggestions(ask, database, { field, prefix, search, limit }, signal),
    record: (recordId, signal) => readRecord(loader, recordId, signal),
    request: (record, signal) => readRequest(loader, record, signal),
    objectHistory: (table, key, search, options, signal) =>
      readObjectHistory(ask, database, loader, { table, key, search, ...options }, signal),
    actor: (actorId, search, signal) => readActor(ask, database, actorId, search, signal),
    integrity: (records, signal) => segments.statesOf(records, signal),
  };
}
