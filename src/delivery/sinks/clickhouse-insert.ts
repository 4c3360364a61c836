import type { Buffer } from 'node:buffer';
import type { ClickHouseClient } from '../../store/client.js';
import { codeOf } from './clickhouse-errors.js';
import { exchange } from './clickhouse-exchange.js';

export interface Insert {
  /** `INSERT INTO … FORMAT …`. */
  readonly query: string;
  readonly body: readonly Buffer[];
  /** By which the server knows the insert again. */
  readonly token: string;
}

/**
 * One insert is one block, taken once: sent whole or not at all, known by its token, in every table it reaches.
 *
 * NOTE: what a profile of the user says otherwise is overruled here: blocks of few rows would be taken by halves, and the
 * queue of asynchronous inserts answers before it knows.
 */
const SETTINGS = {
  async_insert: 0,
  wait_for_async_insert: 1,
  async_insert_deduplicate: 1,
  insert_deduplicate: 1,
  deduplicate_blocks_in_dependent_materialized_views: 1,
  // Above any segment: 10,000 rows, and 4 MiB with one record on top.
  max_insert_block_size: '1000000',
  input_format_max_block_size_bytes: '0',
  min_insert_block_size_rows: '1000000',
  min_insert_block_size_bytes: '0',
  // A clock that jumped may spread few rows over many months.
  max_partitions_per_insert_block: '0',
  // On a cluster: answered when all shards have their rows, which then know the token.
  distributed_foreground_insert: 1,
  wait_end_of_query: 1,
  // Made by the first merge instead: half of what a small segment costs the server, and only the newest parts lack them.
  materialize_skip_indexes_on_insert: 0,
} as const;

/** Overrules `insert_deduplicate` where it is known. Source: ClickHouse, settings; since 26.3. */
const SINCE_26_3 = { deduplicate_insert: 'enable' } as const;
const UNKNOWN_SETTING = '115';

/** Inserts with one client, in the words of the server it speaks to. */
export class Inserter {
  readonly #client: ClickHouseClient;
  readonly #timeoutMillis: number;
  #isOld = false;

  constructor(client: ClickHouseClient, timeoutMillis: number) {
    this.#client = client;
    this.#timeoutMillis = timeoutMillis;
  }

  /** @throws What {@link exchange} throws. */
  async insert(insert: Insert): Promise<void> {
    try {
      await this.#insert(insert);
    } catch (error) {
      if (this.#isOld || codeOf(error) !== UNKNOWN_SETTING) throw error;
      this.#isOld = true;
      await this.#insert(insert);
    }
  }

  async #insert({ query, body, token }: Insert): Promise<void> {
    const newest = this.#isOld ? undefined : SINCE_26_3;
    const settings = { ...SETTINGS, ...newest, insert_deduplication_token: token };
    await exchange(this.#client, { query, body, settings }, this.#timeoutMillis);
  }
}
