import type { ClickHouseClient } from '@clickhouse/client';
import { afterAll, beforeAll } from 'vitest';
import { createStoreClient } from '../../src/store/client.ts';
import type { TestClickHouse } from '../support/clickhouse.ts';
import { expandQuery } from './data-source.ts';
import type { Surroundings } from './data-source.ts';
import { queriesOf, readDashboards } from './read-dashboards.ts';
import type { DashboardQuery } from './read-dashboards.ts';

export interface Answer {
  readonly meta: readonly { readonly name: string; readonly type: string }[];
  readonly data: readonly Record<string, unknown>[];
}

export const QUERIES = readDashboards().flatMap(queriesOf);

/** Nothing is narrowed down. */
export const EVERYTHING: Surroundings['variables'] = new Proxy(
  { search: [''] } as Record<string, 'all' | readonly string[]>,
  { get: (own, name) => own[String(name)] ?? 'all' },
);

export interface Asker {
  readonly ask: (query: DashboardQuery, surroundings: Surroundings) => Promise<Answer>;
  /** A query as it stands, such as an alert's. */
  readonly askSql: (sql: string) => Promise<Answer>;
}

/** Asks as the data source does: by the user that may only read, with a time limit. Call it at the top of a file. */
export function useAsker(store: () => TestClickHouse): () => Asker {
  let client: ClickHouseClient | undefined;
  beforeAll(() => {
    client = createStoreClient(store().config('audit_reader'));
  });
  afterAll(() => client?.close());
  return () => {
    if (client === undefined) throw new Error('ClickHouse is only there inside of tests');
    return askerOf(client);
  };
}

function askerOf(client: ClickHouseClient): Asker {
  const askSql = async (query: string): Promise<Answer> => {
    const result = await client.query({
      query,
      format: 'JSON',
      clickhouse_settings: { max_execution_time: 60 },
    });
    return (await result.json<Record<string, unknown>>()) as Answer;
  };
  return { askSql, ask: (query, surroundings) => askSql(expandQuery(query.rawSql, surroundings)) };
}

export function findQuery(title: string, dashboard = 'Overview'): DashboardQuery {
  const query = QUERIES.find(
    (candidate) => candidate.title === title && candidate.dashboard.endsWith(dashboard),
  );
  if (query === undefined) throw new Error(`No panel or variable of ${dashboard} is called ${title}`);
  return query;
}

/** What a number shows: of the time before, and of this time. */
export function numbersOf({ data }: Answer): [before: unknown, now: unknown] {
  const count = (value: unknown) => (value === null || value === undefined ? null : Number(value));
  return [count(data[0]?.['value']), count(data[1]?.['value'])];
}
