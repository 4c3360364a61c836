import type { ClickHouseClient } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createStoreClient } from '../../src/store/client.ts';
import { useClickHouse } from '../support/clickhouse.ts';
import { expandQuery } from './data-source.ts';
import type { Surroundings } from './data-source.ts';
import { FROM, SNEAKY, TO, addHistory } from './history.ts';
import { queriesOf, readDashboards } from './read-dashboards.ts';
import type { DashboardQuery } from './read-dashboards.ts';

const QUERIES = readDashboards().flatMap(queriesOf);
const ALL: Surroundings = {
  from: FROM,
  to: TO,
  intervalSeconds: 60,
  variables: { environment: 'all', service: 'all', actor: 'all', target: 'all', search: [''] },
};

interface Answer {
  readonly meta: readonly { readonly name: string; readonly type: string }[];
  readonly data: readonly Record<string, unknown>[];
}

const store = useClickHouse();
let reader: ClickHouseClient;

/** As the data source asks: by the user that may only read, with a time limit. */
async function ask(query: DashboardQuery, surroundings: Surroundings = ALL): Promise<Answer> {
  const result = await reader.query({
    query: expandQuery(query.rawSql, surroundings),
    format: 'JSON',
    clickhouse_settings: { max_execution_time: 60 },
  });
  return (await result.json<Record<string, unknown>>()) as Answer;
}

function find(title: string): DashboardQuery {
  const query = QUERIES.find((candidate) => candidate.title === title);
  if (query === undefined) throw new Error(`No panel or variable is called ${title}`);
  return query;
}

async function numberIn(
  title: string,
  surroundings?: Surroundings,
): Promise<[before: unknown, now: unknown]> {
  const { data } = await ask(find(title), surroundings);
  const count = (value: unknown) => (value === null ? null : Number(value));
  return [count(data[0]?.['value']), count(data[1]?.['value'])];
}

const chosen = (variables: Partial<Surroundings['variables']>): Surroundings => ({
  ...ALL,
  variables: { ...ALL.variables, ...variables } as Surroundings['variables'],
});

beforeAll(() => {
  reader = createStoreClient(store().config('audit_reader'));
});
afterAll(() => reader.close());

describe('on an empty store', () => {
  test.each(QUERIES)('$dashboard: $title gives the columns that it needs', async (query) => {
    expectColumns(query, await ask(query));
  });

  test('a number is zero, and there is nothing to compare it with', async () => {
    expect(await numberIn('Records')).toEqual([null, 0]);
  });
});

describe('on a history', () => {
  beforeAll(() => addHistory(store()));

  test.each(QUERIES)('$dashboard: $title gives the columns that it needs, and rows', async (query) => {
    const answer = await ask(query);
    expectColumns(query, answer);
    expect(answer.data).not.toEqual([]);
  });

  test.each(QUERIES)('$dashboard: $title can be narrowed down', async (query) => {
    const none = chosen({ environment: ['elsewhere'], service: ['elsewhere'], actor: ['nobody'] });
    const answer = await ask(query, none);
    expectColumns(query, answer);
    if (query.panelType === 'stat') expect(await numberIn(query.title, none)).toEqual([null, 0]);
    else if (query.filters.length > 0) expect(answer.data).toEqual([]);
  });

  test.each([
    ['Records', [2, 12]],
    ['Actors', [1, 4]],
    ['Denied', [null, 3]],
    ['Failures', [null, 2]],
    ['Writes', [null, 6]],
    ['Rolled back', [null, 2]],
  ])('the number of %s counts this time and the time before', async (title, expected) => {
    expect(await numberIn(title)).toEqual(expected);
  });

  test('the latest records are sentences, and a late rollback is told with its statement', async () => {
    const { data } = await ask(find('What happened last'));
    const sentences = data.map(({ who, did, what, ending, way, address }) =>
      [who, did, what, ending, way, address].join(' | '),
    );
    expect(sentences).toEqual([
      'not bob | tried to read | /orders | denied | GET /orders → 401 | 10.1.2.3',
      'mallory | tried to read | /orders | denied | GET /orders → 401 | 10.1.2.3',
      'anonymous | tried to read | /nowhere | failed | GET /nowhere → 404 | ',
      'shop | deleted | orders (9 rows) | committed | by itself | ',
      'bob | tried to create | orders (0 rows) | failed | POST /work | 10.1.2.3',
      'bob | deleted | items (2 rows) | rolled back | POST /work | 10.1.2.3',
      'bob | created | payments (1 rows) | rolled back | POST /work | 10.1.2.3',
      'bob | tried to read | /admin | denied | GET /admin → 403 | 10.1.2.3',
      'alice | deleted | orders / 1, 2, 3, … | committed | POST /work | 10.1.2.3',
      'alice | changed | orders / 7 | committed | POST /work | 10.1.2.3',
      'alice | read | /orders | ok | GET /orders → 200 | 10.1.2.3',
    ]);
  });

  test('who deleted most rows leaves out what was rolled back', async () => {
    const { data } = await ask(find('Who deleted most rows'));
    expect(data.map(({ who, target, rows_deleted: rows }) => [who, target, Number(rows)])).toEqual([
      ['shop', 'orders', 9],
      ['alice', 'orders', 4],
    ]);
  });

  test('an actor is found by the value that the list of actors offers, whatever he calls himself', async () => {
    const { data } = await ask(find('Actor'));
    const key = data.find(({ text }) => String(text).startsWith('mallory'))?.['value'] as string;
    expect(decodeURIComponent(key)).toBe(SNEAKY);
    expect(await numberIn('Records', chosen({ actor: [key] }))).toEqual([null, 1]);
    expect(await numberIn('Denied', chosen({ actor: [key, 'user-2'] }))).toEqual([null, 3]);
  });

  test('a forged token neither renames the person it claims nor counts for them', async () => {
    const options = await ask(find('Actor'));
    expect(options.data).toContainEqual({ value: 'user-2', text: 'bob (user-2)' });
    const active = await ask(find('Who was most active'));
    const bobs = active.data.filter(({ actor_key: key }) => key === 'user-2');
    expect(bobs.map(({ who, assurance, requests }) => [who, assurance, Number(requests)])).toEqual([
      ['bob', 'verified', 1],
      ['not bob', 'invalid', 1],
    ]);
  });

  test('records of nobody and of no environment can be chosen', async () => {
    const { data } = await ask(find('Environment'));
    expect(data).toContainEqual({ value: '%', text: '(none)' });
    expect(await numberIn('Records', chosen({ environment: ['%'] }))).toEqual([null, 1]);
    expect(await numberIn('Records', chosen({ actor: ['%'] }))).toEqual([null, 1]);
  });
});

/** What each kind of panel makes its picture from. */
function expectColumns(query: DashboardQuery, { meta }: Answer): void {
  const names = meta.map(({ name }) => name);
  const isNumber = ({ type }: { type: string }) => /^(Nullable\()?U?Int\d+/.test(type);
  for (const name of query.namedColumns) expect(names).toContain(name);
  if (query.panelType === 'stat') expect(meta.slice(1).every(isNumber)).toBe(true);
  if (query.panelType === 'stat' || query.panelType === 'timeseries') {
    expect(meta[0]?.name).toBe('time');
    expect(meta[0]?.type).toMatch(/^DateTime/);
    expect(meta.filter(isNumber)).not.toEqual([]);
  }
  if (query.panelType === 'table') expect(query.namedColumns.toSorted()).toEqual(names.toSorted());
  if (query.panelType === 'variable') expect(names).toEqual(['value', 'text']);
}
