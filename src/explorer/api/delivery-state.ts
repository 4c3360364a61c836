import type { ClickHouseClient } from '../../store/client.js';
import { quoteName } from '../../store/migrations.js';
import { queryRows } from '../../store/query-rows.js';
import { performance } from '../../timers.js';

/** How far the register is. */
export interface DeliveryState {
  /** In ISO 8601; undefined where there is no record at all. */
  readonly newestAt?: string | undefined;
  /** How long the records that arrived in the last minute had been on their way, at most. */
  readonly delaySeconds: number;
  readonly isEmpty: boolean;
}

interface Row {
  readonly newest_at: string;
  readonly is_empty: number;
  readonly delay_seconds: number;
}

const KEPT_MILLIS = 4_000;

/** Asked by every live stream, and by the store only every few seconds. */
export class DeliveryWatch {
  readonly #client: ClickHouseClient;
  readonly #query: string;
  #asked: { readonly at: number; readonly state: Promise<DeliveryState> } | undefined;

  constructor(client: ClickHouseClient, database: string) {
    this.#client = client;
    this.#query = queryOf(quoteName(database));
  }

  read(): Promise<DeliveryState> {
    const now = performance.now();
    if (this.#asked === undefined || now - this.#asked.at > KEPT_MILLIS) {
      const state = this.#ask();
      this.#asked = { at: now, state };
      // NOTE: a failure is not kept; who awaits the promise hears of it.
      state.catch(() => (this.#asked = undefined));
    }
    return this.#asked.state;
  }

  async #ask(): Promise<DeliveryState> {
    const [row] = await queryRows<Row>(this.#client, this.#query);
    const isEmpty = row === undefined || row.is_empty === 1;
    return {
      ...(isEmpty ? {} : { newestAt: row.newest_at }),
      delaySeconds: row?.delay_seconds ?? 0,
      isEmpty,
    };
  }
}

/**
 * Both are the same however often a record is there, so the table itself is asked: the newest is then answered from what the
 * parts say of themselves.
 */
function queryOf(database: string): string {
  return `
    SELECT
      concat(replaceOne(toString(newest), ' ', 'T'), 'Z') AS newest_at,
      newest = toDateTime64(0, 9, 'UTC') AS is_empty,
      (
        SELECT toFloat64(greatest(0, max(dateDiff('millisecond', recorded_at, ingested_at)))) / 1000
        FROM ${database}.records
        WHERE occurred_at > now64(9, 'UTC') - INTERVAL 1 DAY AND ingested_at > now64(3, 'UTC') - INTERVAL 1 MINUTE
      ) AS delay_seconds
    FROM (SELECT max(occurred_at) AS newest FROM ${database}.records)`;
}
