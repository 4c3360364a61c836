import { Buffer } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { parseError } from '@clickhouse/client';
import type { ClickHouseClient } from '../../store/client.js';
import { AnswerError, BusyError, codeOf } from './clickhouse-errors.js';
import { retryAfterMillis } from './retry-after.js';

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
  wait_end_of_query: 1,
} as const;

/** Overrules `insert_deduplicate` where it is known. Source: ClickHouse, settings; since 26.3. */
const SINCE_26_3 = { deduplicate_insert: 'enable' } as const;
const UNKNOWN_SETTING = '115';

/** Only ClickHouse answers with it: a proxy's friendly page must not pass for a stored segment. */
const SIGN_OF_CLICKHOUSE = 'x-clickhouse-query-id';
const TOO_BUSY = new Set([429, 503]);
const MOST_ANSWER_BYTES = 16 * 1024;

/** Inserts with one client, in the words of the server it speaks to. */
export class Inserter {
  readonly #client: ClickHouseClient;
  readonly #timeoutMillis: number;
  #isOld = false;

  /** @param timeoutMillis For one insert as a whole: an answer that comes drop by drop never falls silent. */
  constructor(client: ClickHouseClient, timeoutMillis: number) {
    this.#client = client;
    this.#timeoutMillis = timeoutMillis;
  }

  /** @throws ClickHouseError, AnswerError, BusyError, and what the connection throws. */
  async insert(insert: Insert): Promise<void> {
    try {
      await this.#insertInTime(insert);
    } catch (error) {
      if (this.#isOld || codeOf(error) !== UNKNOWN_SETTING) throw error;
      this.#isOld = true;
      await this.#insertInTime(insert);
    }
  }

  async #insertInTime(insert: Insert): Promise<void> {
    const deadline = AbortSignal.timeout(this.#timeoutMillis);
    try {
      await this.#insertBefore(insert, deadline);
    } catch (error) {
      throw deadline.aborted ? new Error('Timeout error.', { cause: error }) : error;
    }
  }

  async #insertBefore({ query, body, token }: Insert, deadline: AbortSignal): Promise<void> {
    const { response_headers, http_status_code, stream } = await this.#client.exec({
      query,
      values: Readable.from(body, { objectMode: false }),
      clickhouse_settings: {
        ...SETTINGS,
        ...(this.#isOld ? undefined : SINCE_26_3),
        insert_deduplication_token: token,
      },
      abort_signal: deadline,
      ignore_error_response: true,
    });
    // NOTE: an insert answers nothing, but an undrained answer keeps its connection.
    const text = await readText(stream, deadline);
    judge(http_status_code ?? 0, response_headers ?? {}, text);
  }
}

async function readText(stream: Readable, deadline: AbortSignal): Promise<string> {
  const pieces: Buffer[] = [];
  let length = 0;
  stream.on('data', (piece: Buffer) => {
    if (length < MOST_ANSWER_BYTES) pieces.push(piece);
    length += piece.length;
  });
  try {
    await finished(stream, { signal: deadline });
  } catch (error) {
    stream.destroy();
    throw error;
  }
  return Buffer.concat(pieces).toString('utf8', 0, MOST_ANSWER_BYTES).trim();
}

function judge(status: number, headers: IncomingHttpHeaders, text: string): void {
  const isGood = status >= 200 && status < 300 && headers['x-clickhouse-exception-code'] === undefined;
  if (isGood && headers[SIGN_OF_CLICKHOUSE] === undefined) throw new Error('what answers is not ClickHouse');
  if (isGood) return;
  const parsed = parseError(text);
  const error = 'code' in parsed ? parsed : new AnswerError(status, text);
  if (TOO_BUSY.has(status)) throw new BusyError(error, retryAfterMillis(headers['retry-after']));
  throw error;
}
