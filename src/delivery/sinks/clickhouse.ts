import { Readable } from 'node:stream';
import { ClickHouseError } from '@clickhouse/client';
import type { ClickHouseClient } from '@clickhouse/client';
import type { ClickHouseConfig } from '../../config/config.js';
import { messageOf } from '../../errors.js';
import { COLUMNS } from '../../record/columns.js';
import type { Log } from '../../log.js';
import { createStoreClient } from '../../store/client.js';
import { migrate } from '../../store/migrate.js';
import type { Segment } from '../segment.js';
import type { Sink, SinkResult } from './sink.js';

/**
 * Server errors that speak of the bytes: sending them again cannot help. Everything else may be mended outside
 * (a grant, a disk, a missing table), so it is tried again.
 * Source: ClickHouse, src/Common/ErrorCodes.cpp.
 */
const CONTENT_ERRORS = new Set([
  '6',
  '26',
  '27',
  '33',
  '38',
  '41',
  '53',
  '69',
  '70',
  '72',
  '117',
  '131',
  '321',
  '432',
]);

/** What an operator can do about the usual refusals. */
const MENDS: Readonly<Record<string, string>> = {
  '60': 'run `audit-register migrate`',
  '81': 'run `audit-register migrate`, or set AUDIT_REGISTER_CLICKHOUSE_DATABASE',
  '192': 'set AUDIT_REGISTER_CLICKHOUSE_USER and AUDIT_REGISTER_CLICKHOUSE_PASSWORD',
  '193': 'set AUDIT_REGISTER_CLICKHOUSE_PASSWORD',
  '497': 'grant INSERT on the table to AUDIT_REGISTER_CLICKHOUSE_USER',
  '516': 'set AUDIT_REGISTER_CLICKHOUSE_USER and AUDIT_REGISTER_CLICKHOUSE_PASSWORD',
};

const ACCESS_DENIED = '497';

/** One segment is one insert; its id is the deduplication token, so a second send adds nothing. */
export function createClickHouseSink(config: ClickHouseConfig, log: Log): Sink {
  return new ClickHouseSink(config, log);
}

class ClickHouseSink implements Sink {
  readonly name: string;
  readonly #client: ClickHouseClient;
  readonly #config: ClickHouseConfig;
  readonly #log: Log;
  readonly #insert: string;
  #isMigrated: boolean;

  constructor(config: ClickHouseConfig, log: Log) {
    this.name = `ClickHouse at ${config.url}`;
    this.#config = config;
    this.#log = log;
    this.#client = createStoreClient(config);
    this.#isMigrated = config.migrate === 'off';
    const columns = COLUMNS.map((column) => column.name).join(', ');
    this.#insert = `INSERT INTO ${config.database}.records (${columns}) FORMAT RowBinaryWithNamesAndTypes`;
  }

  async send(segment: Segment): Promise<SinkResult> {
    try {
      await this.#migrateOnce();
      await this.#send(segment);
      return { status: 'accepted' };
    } catch (error) {
      return explain(error);
    }
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  /** A user that may only insert is no fault: somebody else brings the tables up to date. */
  async #migrateOnce(): Promise<void> {
    if (this.#isMigrated) return;
    try {
      await migrate(this.#client, { database: this.#config.database });
    } catch (error) {
      if (codeOf(error) !== ACCESS_DENIED) throw error;
      this.#log.info(`the tables are left as they are: ${messageOf(error)}`);
    }
    this.#isMigrated = true;
  }

  async #send(segment: Segment): Promise<void> {
    const { stream } = await this.#client.exec({
      query: this.#insert,
      values: Readable.from([segment.header, segment.rows], { objectMode: false }),
      clickhouse_settings: {
        async_insert: 0,
        insert_deduplicate: 1,
        insert_deduplication_token: segment.id,
        wait_end_of_query: 1,
      },
    });
    // NOTE: an insert answers nothing, but an undrained answer keeps its connection.
    stream.resume();
    await new Promise<void>((resolve, reject) => stream.once('end', resolve).once('error', reject));
  }
}

function codeOf(error: unknown): string | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof ClickHouseError) return cause.code;
  }
  return undefined;
}

function explain(error: unknown): SinkResult {
  const code = codeOf(error);
  if (code === undefined)
    return { status: 'retry', reason: `${messageOf(error)} (AUDIT_REGISTER_CLICKHOUSE_URL)` };
  const message = messageOf(error).slice(0, 300);
  if (CONTENT_ERRORS.has(code)) return { status: 'refused', reason: `code ${code}: ${message}` };
  const mend = MENDS[code];
  return { status: 'retry', reason: `code ${code}: ${message}${mend === undefined ? '' : ` (${mend})`}` };
}
