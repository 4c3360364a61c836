import { Buffer } from 'node:buffer';
import type { Agent } from 'node:http';
import type { ClickHouseClient } from '@clickhouse/client';
import type { ClickHouseConfig } from '../../config/config.js';
import { messageOf } from '../../errors.js';
import { certificateToken } from '../../integrity/certificate.js';
import type { Certificate } from '../../integrity/certificate.js';
import { loadLater } from '../../later.js';
import type { Log } from '../../log.js';
import { rowBounds } from '../../record/row-bounds.js';
import { RowBinaryWriter } from '../../record/row-binary-writer.js';
import { clientLibrary } from '../../store/client-library.js';
import { createStoreClient } from '../../store/client.js';
import { NewerDatabaseError } from '../../store/errors.js';
import { migrate } from '../../store/migrate.js';
import { quoteName } from '../../store/migrations.js';
import type { Segment } from '../segment.js';
import { partOf, partToken } from '../segment-part.js';
import { ACCESS_DENIED, codeOf, explain } from './clickhouse-errors.js';
import { Inserter } from './clickhouse-insert.js';
import { sequencesThere } from './clickhouse-presence.js';
import type { SendOptions, Sink, SinkResult } from './sink.js';
import { createWeakAgent } from './weak-agent.js';

/** Room for most certificates. */
const CERTIFICATE_BYTES = 4 * 1024;

/** One segment is one insert; its id is the deduplication token, so a second send adds nothing. */
export function createClickHouseSink(config: ClickHouseConfig, log: Log): Sink {
  loadLater(clientLibrary);
  return new ClickHouseSink(config, log);
}

interface Connection {
  readonly agent: Agent;
  readonly client: ClickHouseClient;
  readonly inserter: Inserter;
}

class ClickHouseSink implements Sink {
  readonly name: string;
  readonly mendOfRefusal =
    'the table is not the one this version needs: undo what was altered, or run `audit-register migrate`';
  readonly #config: ClickHouseConfig;
  readonly #log: Log;
  readonly #database: string;
  #isMigrated: boolean;
  #isSaidBlind = false;
  #connection: Connection | undefined;

  constructor(config: ClickHouseConfig, log: Log) {
    this.name = `ClickHouse at ${config.url}`;
    this.#config = config;
    this.#log = log;
    this.#isMigrated = config.migrate === 'off';
    this.#database = quoteName(config.database);
  }

  async send(segment: Segment, options: SendOptions): Promise<SinkResult> {
    try {
      await this.#migrateOnce();
      if (options.mayBeOld) await this.#sendMissing(segment, options);
      else await this.#sendRows(segment, options.token ?? segment.id);
      return { status: 'accepted' };
    } catch (error) {
      return explain(error);
    }
  }

  async certify(certificate: Certificate, segmentId: string): Promise<SinkResult> {
    try {
      await this.#migrateOnce();
      const writer = new RowBinaryWriter(Buffer.allocUnsafeSlow(CERTIFICATE_BYTES));
      const { seal, shortfall, signature, keyId } = certificate;
      for (const text of [seal, shortfall, signature, keyId]) writer.string(text);
      await this.#insert(
        `INSERT INTO ${this.#database}.segments (seal, shortfall, signature, key_id) FORMAT RowBinary`,
        [writer.take()],
        certificateToken(segmentId, certificate),
      );
      return { status: 'accepted' };
    } catch (error) {
      return explain(error);
    }
  }

  async close(): Promise<void> {
    const { agent, client } = this.#connection ?? {};
    await client?.close();
    agent?.destroy();
  }

  /** NOTE: the client is loaded for the first segment: no application waits for it at its start. */
  get #connected(): Connection {
    return (this.#connection ??= connect(this.#config));
  }

  /** A user that may only insert is no fault: somebody else brings the tables up to date. Neither is one who did so already. */
  async #migrateOnce(): Promise<void> {
    if (this.#isMigrated) return;
    try {
      const { database, cluster } = this.#config;
      await migrate(this.#connected.client, { database, cluster });
    } catch (error) {
      if (codeOf(error) !== ACCESS_DENIED && !(error instanceof NewerDatabaseError)) throw error;
      this.#log.info(`the tables are left as they are: ${messageOf(error)}`);
    }
    this.#isMigrated = true;
  }

  /** The server may have forgotten the token, so it is asked for the rows themselves. */
  async #sendMissing(segment: Segment, options: SendOptions): Promise<void> {
    const token = options.token ?? segment.id;
    const there = await sequencesThere(
      this.#connected.client,
      `${this.#database}.records`,
      segment,
      options.occurred,
      this.#config.timeoutMillis,
    );
    if (there === undefined) this.#sayBlind();
    // NOTE: an insert that is still under way has the token, so this one adds nothing.
    if (there === undefined || there.size === 0) return this.#sendRows(segment, token);
    const rows = rowBounds(segment.rows, segment.columns);
    // NOTE: columns of a version that is not known here; nothing lost is more than nothing twice.
    if (rows === undefined) return this.#sendRows(segment, token);
    const missing = rows.filter(({ sequence }) => !there.has(sequence));
    if (missing.length === 0) return;
    const part = partOf(segment, missing);
    const isWhole = missing.length === rows.length;
    await this.#sendRows(part, isWhole ? token : tokenOfRest(part));
  }

  #sayBlind(): void {
    if (this.#isSaidBlind) return;
    this.#isSaidBlind = true;
    this.#log.warn(
      `which records of an earlier attempt ${this.name} has cannot be asked, so they are sent again and may be there twice: ` +
        `grant SELECT(chain_id, segment_id, sequence, occurred_at) on ${this.#database}.records to AUDIT_REGISTER_CLICKHOUSE_USER`,
    );
  }

  /** The columns are those of the segment: another version may have written it. What it does not have gets its default. */
  #sendRows(segment: Segment, token: string): Promise<void> {
    const columns = segment.columns.map(([name]) => quoteName(name)).join(', ');
    return this.#insert(
      `INSERT INTO ${this.#database}.records (${columns}) FORMAT RowBinaryWithNamesAndTypes`,
      [segment.header, ...(segment.pieces ?? [segment.rows])],
      token,
    );
  }

  #insert(query: string, body: readonly Buffer[], token: string): Promise<void> {
    return this.#connected.inserter.insert({ query, body, token });
  }
}

function connect(config: ClickHouseConfig): Connection {
  const agent = createWeakAgent(config.url);
  const client = createStoreClient(config, agent);
  return { agent, client, inserter: new Inserter(client, config.timeoutMillis) };
}

/** Of rows that do not follow each other there may be several sets between the same two. */
function tokenOfRest(part: Segment): string {
  const isRun = part.rowCount === part.lastSequence - part.firstSequence + 1;
  return isRun ? partToken(part) : `${partToken(part)}/${part.rowCount}`;
}
