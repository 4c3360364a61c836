import { beforeAll, describe, expect, test } from 'vitest';
import { useClickHouse } from '../support/clickhouse.ts';
import { ACTIVITY_HOUR, TRACE_ID, addActivity } from './activity-history.ts';
import { EVERYTHING, QUERIES, findQuery, numbersOf, useAsker } from './asking.ts';
import { expectColumns } from './columns.ts';
import { expandQuery } from './data-source.ts';
import type { Surroundings } from './data-source.ts';
import { FROM, SNEAKY, TO, addHistory } from './history.ts';
import { addPipelineHistory, lastHour } from './pipeline-history.ts';
import type { DashboardQuery } from './read-dashboards.ts';
import { SECURITY_HOUR, addSecurityHistory } from './security-history.ts';

const ALL: Surroundings = { from: FROM, to: TO, intervalMillis: 60_000, variables: EVERYTHING };

const store = useClickHouse();
const asker = useAsker(store);

/** The history of some dashboards lies elsewhere. */
function surroundingsOf({ uid }: DashboardQuery): Surroundings {
  if (uid === 'audit-register-security') return { ...ALL, ...SECURITY_HOUR };
  if (uid === 'audit-register-pipeline') return { ...ALL, ...lastHour() };
  if (uid === 'audit-register-overview') return ALL;
  return { ...ALL, ...ACTIVITY_HOUR, variables: narrowed({ rows: ['100'], id: ['7'], trace: [TRACE_ID] }) };
}

const ask = (query: DashboardQuery, surroundings = surroundingsOf(query)) => asker().ask(query, surroundings);
const find = (title: string) => findQuery(title);

async function numberIn(title: string, surroundings?: Surroundings) {
  return numbersOf(await ask(find(title), surroundings));
}

const chosen = (variables: Record<string, readonly string[]>): Surroundings => ({
  ...ALL,
  variables: narrowed(variables),
});

function narrowed(variables: Record<string, readonly string[]>): Surroundings['variables'] {
  return new Proxy(EVERYTHING, { get: (all, name) => variables[String(name)] ?? all[String(name)] });
}

/** As any user: the reader may not set it. */
async function askIn(zone: string, query: string): Promise<unknown[]> {
  const result = await store().client.query({
    query,
    format: 'JSONEachRow',
    clickhouse_settings: { session_timezone: zone, date_time_output_format: 'unix_timestamp' },
  });
  return await result.json();
}

describe('on an empty store', () => {
  test.each(QUERIES)('$dashboard: $title gives the columns that it needs', async (query) => {
    expectColumns(query, await ask(query));
  });

  test.each(QUERIES.filter(({ panelType }) => panelType === 'stat'))(
    '$dashboard: $title is zero, and there is nothing to compare it with',
    async (query) => expect(numbersOf(await ask(query))).toEqual([null, 0]),
  );
});

describe('on a history', () => {
  beforeAll(async () => {
    await addHistory(store());
    await addActivity(store());
    await addSecurityHistory(store());
    await addPipelineHistory(store());
  });

  test.each(QUERIES)('$dashboard: $title gives the columns that it needs, and rows', async (query) => {
    const answer = await ask(query);
    expectColumns(query, answer);
    expect(answer.data).not.toEqual([]);
  });

  test.each(QUERIES)('$dashboard: $title can be narrowed down', async (query) => {
    const variables = narrowed({
      environment: ['elsewhere'],
      service: ['elsewhere'],
      actor: ['nobody'],
      target: ['nothing'],
      search: ['no such word'],
      id: ['none'],
      trace: ['none'],
    });
    const answer = await ask(query, { ...surroundingsOf(query), variables });
    expectColumns(query, answer);
    if (query.panelType === 'stat') expect(numbersOf(answer)).toEqual([null, 0]);
    else if (query.filters.length > 0) expect(answer.data).toEqual([]);
  });

  const overTime = new Set(['stat', 'timeseries', 'heatmap', 'state-timeline']);
  test.each(QUERIES.filter(({ panelType }) => overTime.has(panelType)))(
    '$dashboard: $title is the same whatever the time zone of the server',
    async (query) => {
      const sql = expandQuery(query.rawSql, surroundingsOf(query));
      expect(await askIn('Asia/Kathmandu', sql)).toEqual(await askIn('UTC', sql));
    },
  );

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
      'bob | created | payments (1 row) | rolled back | POST /work | 10.1.2.3',
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
      ['alice (user-1)', 'orders', 4],
    ]);
  });

  test('how it ended goes by what is known now, and counts nothing as a success that nobody knows', async () => {
    const endingsOf = async (surroundings: Surroundings) => {
      const { data } = await ask(find('How it ended'), surroundings);
      const sum = (name: string): number => data.reduce((all, row) => all + Number(row[name]), 0);
      return { success: sum('success'), rolled_back: sum('rolled_back'), unknown: sum('unknown') };
    };
    // One of them was told only by the end of its transaction.
    expect(await endingsOf(ALL)).toEqual({ success: 4, rolled_back: 2, unknown: 0 });
    const everything = { ...ALL, from: new Date('2020-01-01'), to: new Date() };
    expect((await endingsOf(everything)).unknown).toBeGreaterThan(0);
  });

  test('the routes that are used most are told with what became of the requests', async () => {
    const { data } = await ask(find('Which routes are used most'));
    expect(
      data.map(({ way, requests, denied, failed }) => [way, ...[requests, denied, failed].map(Number)]),
    ).toEqual(
      expect.arrayContaining([
        ['GET /orders', 3, 2, 0],
        ['GET /admin', 1, 1, 0],
        ['GET /nowhere', 1, 0, 1],
      ]),
    );
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
      ['bob (user-2)', 'verified', 1],
      ['not bob (user-2)', 'invalid', 1],
    ]);
  });

  test('records of nobody and of no environment can be chosen', async () => {
    const { data } = await ask(find('Environment'));
    expect(data).toContainEqual({ value: '%', text: '(none)' });
    expect(await numberIn('Records', chosen({ environment: ['%'] }))).toEqual([null, 1]);
    expect(await numberIn('Records', chosen({ actor: ['%'] }))).toEqual([null, 1]);
  });
});
