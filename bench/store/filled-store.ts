import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startClickHouse } from '../../dist/embedded/clickhouse.js';
import type { EmbeddedClickHouse } from '../../dist/embedded/clickhouse.js';
import { createStoreClient } from '../../dist/store/client.js';
import { migrate } from '../../dist/store/migrate.js';

export type StoreClient = ReturnType<typeof createStoreClient>;

/** A register of its own, for nothing that is measured beside it may be in the same engine. */
export interface FilledStore {
  readonly engine: EmbeddedClickHouse;
  /** Of user `default`. */
  readonly writer: StoreClient;
  /** Of user `audit_reader`, as everybody who asks. */
  readonly reader: StoreClient;
  stop(): Promise<void>;
}

export const DAY_ROWS = 1_000_000;
/** A Monday at eight, in UTC. */
const BEGIN = Date.UTC(2026, 10, 2, 8);
const DAY_MILLIS = 86_400_000;
/** What merges a large history takes long. */
const TIMEOUT_MILLIS = 1_800_000;
/** Of one insert. What is merged later is part of what a store has to do. */
const BATCH_ROWS = 500_000;

const [HISTORY, CERTIFICATES] = ['history.sql', 'certificates.sql'].map((file) =>
  readFileSync(join(import.meta.dirname, file), 'utf8'),
) as [string, string];

export async function startStore(): Promise<FilledStore> {
  const directory = await mkdtemp(join(tmpdir(), 'audit-register-store-'));
  const engine = await startClickHouse({ dataDirectory: directory, httpPort: 0 });
  const access = { url: engine.httpUrl, timeoutMillis: TIMEOUT_MILLIS };
  const writer = createStoreClient({ ...access, username: 'default', password: '' });
  const password = engine.passwords.audit_reader;
  const reader = createStoreClient({ ...access, username: 'audit_reader', password });
  const stop = async (): Promise<void> => {
    await Promise.all([writer.close(), reader.close()]);
    await engine.kill();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await migrate(writer, { database: 'audit' });
  } catch (error) {
    await stop();
    throw error;
  }
  return { engine, writer, reader, stop };
}

/** Adds rows to the history, from where it stands. @returns Milliseconds of the inserts of records. */
export async function fill(store: FilledStore, from: number, to: number): Promise<number> {
  let millis = 0;
  for (let first = from; first < to; first += BATCH_ROWS) {
    const began = performance.now();
    await store.writer.command({
      query: HISTORY,
      query_params: {
        first,
        rows: Math.min(BATCH_ROWS, to - first),
        day_rows: DAY_ROWS,
        begin: String(BEGIN * 1_000),
      },
      // NOTE: what is generated in one block would be dropped as a copy of the part before, were it the same.
      clickhouse_settings: { insert_deduplicate: 0, max_threads: 2 },
    });
    millis += performance.now() - began;
  }
  return millis;
}

/** Certifies all that is there, day by day. */
export async function certify(store: FilledStore, rows: number): Promise<void> {
  await store.writer.command({ query: 'TRUNCATE TABLE audit.segments' });
  for (let day = 0; day * DAY_ROWS < rows; day++) {
    const { from, to } = dayOf(day);
    await store.writer.command({
      query: CERTIFICATES,
      query_params: {
        from: String(from * 1_000),
        to: String(to * 1_000),
        asked: String(asked(rows).from * 1_000),
      },
      clickhouse_settings: { max_threads: 2, max_memory_usage: '8000000000' },
    });
  }
}

/** All merges made, so that a figure does not depend on when it was taken. */
export async function settle({ writer }: FilledStore): Promise<void> {
  for (const table of ['records', 'segments']) {
    await writer.command({ query: `OPTIMIZE TABLE audit.${table} FINAL` });
  }
}

function dayOf(day: number): { from: number; to: number } {
  const from = BEGIN - (BEGIN % DAY_MILLIS) + day * DAY_MILLIS;
  return { from, to: from + DAY_MILLIS };
}

/** The period that questions are about: the last day, in milliseconds since the epoch. */
export function asked(rows: number): { from: number; to: number } {
  return dayOf(Math.ceil(rows / DAY_ROWS) - 1);
}
