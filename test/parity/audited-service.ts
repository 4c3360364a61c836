import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { useClickHouse } from '../support/clickhouse.ts';
import type { TestClickHouse } from '../support/clickhouse.ts';
import { startPostgres } from '../support/postgres.ts';
import type { Postgres } from '../support/postgres.ts';
import { recordsInClickHouse, startPreloaded } from '../support/preloaded.ts';
import type { PreloadedApp, PreloadedEnd, RecordRow } from '../support/preloaded.ts';

const FIXTURE = join(import.meta.dirname, 'fixtures/app.cjs');

export interface Statement {
  readonly text: string;
  readonly values?: readonly unknown[];
}

/** What the application got for a statement. */
export interface Answer {
  readonly rowCount?: number | null;
  readonly rows?: readonly Record<string, unknown>[];
  /** SQLSTATE of a failure. */
  readonly code?: string;
}

/** A service under the preload, whose records are in ClickHouse. */
export interface AuditedService {
  readonly name: string;
  readonly url: string;
  ask(path: string, init?: RequestInit): Promise<Response>;
  /** Statements, one after the other on one connection, within one request. */
  sql(statements: readonly Statement[], headers?: Readonly<Record<string, string>>): Promise<Answer[]>;
  /** Ends it; nothing is on its way any more. */
  end(): Promise<PreloadedEnd>;
  /** Ends it; its records of statements, in order. */
  statements(): Promise<RecordRow[]>;
  /** Ends it; its records of requests, in order. */
  requests(): Promise<RecordRow[]>;
}

export interface Audited {
  readonly start: (env?: Readonly<Record<string, string>>) => Promise<AuditedService>;
  readonly store: () => TestClickHouse;
  readonly postgres: () => Postgres;
  /** Rows of a query on PostgreSQL, past the service. */
  readonly query: (text: string) => Promise<Record<string, unknown>[]>;
}

/** PostgreSQL and ClickHouse for a file of tests, and services between them. */
export function useAuditedServices(): Audited {
  const store = useClickHouse();
  const running: PreloadedApp[] = [];
  let postgres: Postgres | undefined;
  let owner: Client | undefined;
  beforeAll(async () => {
    postgres = await startPostgres();
    owner = new Client({ connectionString: postgres.url });
    await owner.connect();
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((app) => app.end()));
  });
  afterAll(async () => {
    await owner?.end();
    await postgres?.stop();
  });
  return {
    store,
    postgres: () => postgres as Postgres,
    query: async (text) => (await (owner as Client).query<Record<string, unknown>>(text)).rows,
    start: async (env = {}) => {
      const name = `parity-${randomUUID()}`;
      const records = recordsInClickHouse(store(), name);
      const app = await startPreloaded(FIXTURE, {
        store: records,
        env: { DATABASE_URL: (postgres as Postgres).url, AUDIT_REGISTER_FLUSH_INTERVAL_MS: '20', ...env },
      });
      running.push(app);
      return serviceOf(app, name);
    },
  };
}

function serviceOf(app: PreloadedApp, name: string): AuditedService {
  const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`${app.url}${path}`, { signal: AbortSignal.timeout(20_000), redirect: 'manual', ...init });
  const recordsOf = async (category: string): Promise<RecordRow[]> => {
    const { records } = await app.end();
    return records.filter((record) => record.category === category);
  };
  return {
    name,
    url: app.url,
    ask,
    sql: async (statements, headers = {}) => {
      const body = JSON.stringify(statements);
      const response = await ask('/sql', {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json', ...headers },
      });
      return (await response.json()) as Answer[];
    },
    end: () => app.end(),
    statements: () => recordsOf('db'),
    requests: () => recordsOf('http'),
  };
}
