import type { Agent } from 'node:http';
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { ClickHouseError } from '@clickhouse/client';
import type { ClickHouseClient } from '@clickhouse/client';
import type { ClickHouseConfig } from '../../config/config.js';
import { messageOf } from '../../errors.js';
import { COLUMNS } from '../../record/columns.js';
import type { Log } from '../../log.js';
import { createStoreClient } from '../../store/client.js';
import { MigrationError } from '../../store/errors.js';
import { migrate } from '../../store/migrate.js';
import type { Segment } from '../segment.js';
import type { Sink, SinkResult } from './sink.js';
import { createWeakAgent } from './weak-agent.js';

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

/** Only ClickHouse answers with it: a proxy's friendly page must not pass for a stored segment. */
const SIGN_OF_CLICKHOUSE = 'x-clickhouse-query-id';

const MOST_REASON_CHARACTERS = 300;

/** One segment is one insert; its id is the deduplication token, so a second send adds nothing. */
export function createClickHouseSink(config: ClickHouseConfig, log: Log): Sink {
  return new ClickHouseSink(config, log);
}

class ClickHouseSink implements Sink {
  readonly name: string;
  readonly #agent: Agent;
  readonly #client: ClickHouseClient;
  readonly #config: ClickHouseConfig;
  readonly #log: Log;
  readonly #insert: string;
  #isMigrated: boolean;

  constructor(config: ClickHouseConfig, log: Log) {
    this.name = `ClickHouse at ${config.url}`;
    this.#config = config;
    this.#log = log;
    this.#agent = createWeakAgent(config.url);
    this.#client = createStoreClient(config, this.#agent);
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
    this.#agent.destroy();
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
    const { response_headers, stream } = await this.#client.exec({
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
    await finished(stream.resume());
    if (response_headers?.[SIGN_OF_CLICKHOUSE] === undefined)
      throw new Error('what answers is not ClickHouse');
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
  const message = messageOf(error).slice(0, MOST_REASON_CHARACTERS);
  if (code === undefined) return { status: 'retry', reason: `${message} (${mendOfConnection(error)})` };
  // NOTE: tables that cannot be brought up to date are no fault of the records.
  if (CONTENT_ERRORS.has(code) && !(error instanceof MigrationError))
    return { status: 'refused', reason: `code ${code}: ${message}` };
  const mend = MENDS[code];
  return { status: 'retry', reason: `code ${code}: ${message}${mend === undefined ? '' : ` (${mend})`}` };
}

/** What an operator can do where no ClickHouse has answered. */
function mendOfConnection(error: unknown): string {
  const message = messageOf(error);
  if (/Timeout error/.test(message))
    return 'check AUDIT_REGISTER_CLICKHOUSE_URL, or raise AUDIT_REGISTER_CLICKHOUSE_TIMEOUT_MS';
  if (/certificate|altname/i.test(message))
    return 'name its authority in NODE_EXTRA_CA_CERTS, or correct AUDIT_REGISTER_CLICKHOUSE_URL';
  return 'check AUDIT_REGISTER_CLICKHOUSE_URL';
}
