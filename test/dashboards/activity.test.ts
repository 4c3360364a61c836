import { beforeAll, describe, expect, test } from 'vitest';
import {
  didWhat,
  fromWhere,
  throughWhat,
  toWhat,
  whoIs,
  withWhichOutcome,
} from '../../dashboards/src/phrases.ts';
import type { FoundRecord } from '../../src/search/search.ts';
import { describeRecord } from '../../src/search/sentence.ts';
import { useClickHouse } from '../support/clickhouse.ts';
import {
  ACTIVITY_HOUR,
  NASTY,
  OTHER_REQUEST_ID,
  REQUEST_ID,
  TRACE_ID,
  addActivity,
  addSavepoint,
} from './activity-history.ts';
import { findQuery, numbersOf, useAsker } from './asking.ts';
import type { Surroundings } from './data-source.ts';
import { addHistory } from './history.ts';

const store = useClickHouse();
const asker = useAsker(store);

type Row = Readonly<Record<string, unknown>>;
type Values = Surroundings['variables'];

const UNNARROWED: Values = {
  environment: ['activity'],
  service: 'all',
  actor: 'all',
  target: 'all',
  search: [''],
  rows: ['100'],
  id: [''],
  trace: [''],
};

function ask(dashboard: string, title: string, variables: Values = {}) {
  const surroundings = {
    ...ACTIVITY_HOUR,
    intervalMillis: 60_000,
    variables: { ...UNNARROWED, ...variables },
  };
  return asker().ask(findQuery(title, dashboard), surroundings);
}

async function rowsOf(dashboard: string, title: string, variables?: Values): Promise<readonly Row[]> {
  return (await ask(dashboard, title, variables)).data;
}

async function numbers(dashboard: string, title: string, variables?: Values) {
  return numbersOf(await ask(dashboard, title, variables));
}

/** Rows as texts of some of their columns. */
const tell = (rows: readonly Row[], ...columns: readonly string[]) =>
  rows.map((row) => columns.map((column) => String(row[column])).join(' | '));

const minute = (time: unknown) => String(time).slice(11, 16);

beforeAll(async () => {
  await addActivity(store());
  await addHistory(store());
});

test('a sentence has the same words in Grafana as everywhere else', async () => {
  const rows = await store().query(`SELECT
      *,
      [${whoIs()}, ${didWhat()}, ${toWhat()}, ${withWhichOutcome('transaction_outcome')}, ${throughWhat()}, ${fromWhere()}] AS sentence
    FROM audit.activity`);
  expect(rows.length).toBeGreaterThan(30);
  for (const { sentence, ...record } of rows) {
    const isUnknown = record['source_address'] === '::';
    const found = { ...record, ...(isUnknown && { source_address: '' }) } as unknown as FoundRecord;
    const { who, did, what, ending, way, address } = describeRecord(found);
    expect(sentence).toEqual([who, did, what, ending, way, address]);
  }
});

test('the overview says of every record what the register says of it, savepoints included', async () => {
  await addSavepoint(store());
  const shown = await rowsOf('Overview', 'What happened last', { environment: ['savepoint'] });
  const stored = await store().query(`SELECT ${withWhichOutcome('transaction_outcome')} AS ending
    FROM audit.activity WHERE environment = 'savepoint' AND category != 'transaction' ORDER BY occurred_at DESC`);
  expect(tell(shown, 'ending')).toEqual(['unknown', 'rolled back', 'committed']);
  expect(tell(shown, 'ending')).toEqual(tell(stored, 'ending'));
});

describe('Actor', () => {
  const ANN = { actor: ['ann'] };

  test.each([
    ['Requests', [null, 3]],
    // What was rolled back is none, and what was written before she was known is hers.
    ['Changes', [null, 5]],
    ['Denied', [null, 0]],
    ['Failures', [null, 2]],
    ['Addresses', [null, 2]],
    ['Sessions', [null, 1]],
  ])('counts the %s of one person', async (title, expected) => {
    expect(await numbers('Actor', title, ANN)).toEqual(expected);
  });

  test('tells requests as sentences, with the statements that were written before it was known whose they are', async () => {
    const rows = await rowsOf('Actor', 'What they did, request by request', {
      ...ANN,
      target: ['route', 'accounts', 'payments'],
    });
    expect(tell(rows, 'who', 'way', 'did', 'ending', 'trouble', 'request')).toEqual([
      expect.stringMatching(/^Ann \| GET \/home → 200 \|  \| ok \|  \| /),
      `Ann | GET /other → 200 |  | ok |  | ${OTHER_REQUEST_ID}`,
      'Ann | POST /pay → 500 | changed accounts / a1 – rolled back · created payments / p1 – rolled back · ' +
        `tried to create payments (0 rows) – failed | failed | 23505 duplicate key | ${REQUEST_ID}`,
    ]);
  });

  test('gives work of no request a line for each record', async () => {
    const rows = await rowsOf('Actor', 'What they did, request by request', { actor: ['cleaner'] });
    expect(tell(rows, 'who', 'way', 'did', 'ending')).toEqual([
      'cleaner | by itself | emptied logs (0 rows) | committed',
      'cleaner | by itself | deleted invoices (500 rows) | committed',
      'cleaner | by itself | changed invoices / 6, 7, 8 | committed',
    ]);
  });

  test('knows since when the whole register knows them, and what is new about them', async () => {
    const [ann] = await rowsOf('Actor', 'Who this is', ANN);
    expect(ann).toMatchObject({ who: 'Ann', assurance: 'verified', roles: 'clerk', methods: 'jwt' });
    expect(ann?.['first']).toMatch(/^2026-10-30 12:00:00/);
    expect(minute(ann?.['last'])).toBe('12:34');
    const addresses = await rowsOf('Actor', 'From which addresses', ANN);
    expect(tell(addresses, 'origin', 'is_new')).toEqual(['203.0.113.9 | new', '10.0.0.1 | known']);
    const programs = await rowsOf('Actor', 'With which programs', ANN);
    expect(tell(programs, 'origin', 'is_new')).toEqual(['curl/8 | new', 'Firefox | known']);
  });

  test('shows the hours of a day', async () => {
    const [dayBefore, day, ...others] = await rowsOf('Actor', 'At which hours (UTC)', ANN);
    expect(others).toEqual([]);
    expect(dayBefore?.['time']).toMatch(/^2026-11-18/);
    expect(Number(dayBefore?.['12:00'])).toBe(0);
    expect(day?.['time']).toMatch(/^2026-11-19/);
    expect([day?.['11:00'], day?.['12:00'], day?.['13:00']].map(Number)).toEqual([0, 13, 0]);
  });

  test.each([['root'], ['bea']])(
    'finds impersonation by who really acted and by whose name it was: %s',
    async (actor) => {
      const rows = await rowsOf('Actor', 'Who acted as somebody else', { actor: [actor] });
      expect(tell(rows, 'impersonator', 'who', 'did', 'what')).toEqual([
        'root | Bea | changed | invoices / 9',
      ]);
    },
  );
});

describe('Object history', () => {
  const SEVEN = { target: ['invoices'], id: ['7'] };

  test.each([
    ['Changes', [1, 3]],
    ['People', [1, 2]],
    ['Fields', [1, 1]],
    ['Deletions', [null, 1]],
    ['Rolled back', [null, 1]],
    ['Failed', [null, 0]],
  ])('counts the %s of one row', async (title, [, now]) => {
    expect((await numbers('Object history', title, SEVEN))[1]).toBe(now);
  });

  test('tells every change from what to what, where what was rolled back was never there', async () => {
    const rows = await rowsOf('Object history', 'Who changed what, from what to what', SEVEN);
    expect(tell(rows, 'who', 'did', 'field', 'before', 'after', 'ending')).toEqual([
      'Ann | deleted |  |  |  | committed',
      'cleaner | changed | status | sent | paid | committed',
      'Ann | changed | total | 12 | 99 | rolled back',
      'Ann | changed | status | draft | sent | committed',
    ]);
  });

  test('shows what was in each field and when, from the beginning of the time range to the deletion', async () => {
    const rows = await rowsOf('Object history', 'What was in the row, and when', SEVEN);
    const statesOf = (label: string) =>
      rows
        .filter((row) => row['label'] === label)
        .map((row) => `${minute(row['time'])} ${String(row['value'])}`);
    expect(statesOf('status')).toEqual(['12:00 draft', '12:20 sent', '12:22 paid', '12:23 ✗ deleted']);
    expect(statesOf('total')).toEqual(['12:00 12', '12:23 ✗ deleted']);
    expect(statesOf('the row')).toEqual([
      '12:00 changed',
      '12:20 changed',
      '12:22 changed',
      '12:23 ✗ deleted',
    ]);
  });

  test('keeps rows of other tables with the same key apart', async () => {
    const rows = await rowsOf('Object history', 'What was in the row, and when', { id: ['7'] });
    expect(new Set(rows.map(({ label }) => label))).toEqual(
      new Set([
        'invoices: the row',
        'invoices: status',
        'invoices: total',
        'receipts: the row',
        'receipts: status',
      ]),
    );
  });

  test('says what is in the row, and nothing of a row that is gone', async () => {
    expect(await rowsOf('Object history', 'What was in the row at the end of the time range', SEVEN)).toEqual(
      [],
    );
    const other = { target: ['receipts'], id: ['7'] };
    const rows = await rowsOf('Object history', 'What was in the row at the end of the time range', other);
    expect(tell(rows, 'target', 'field', 'value', 'who')).toEqual(['receipts | status | other | Ann']);
  });

  test('names the statements that may have touched the row without naming it', async () => {
    const title = 'Which statements may have touched it without naming it';
    expect(tell(await rowsOf('Object history', title, SEVEN), 'who', 'did', 'rows')).toEqual([
      'cleaner | deleted | 500',
    ]);
    // TRUNCATE of two tables stands under the first.
    const second = await rowsOf('Object history', title, { target: ['log_lines'] });
    expect(tell(second, 'did', 'target')).toEqual(['emptied | logs']);
  });

  test('offers every row that was named, alone or among others', async () => {
    const rows = await rowsOf('Object history', 'Which rows were changed last', { target: ['invoices'] });
    expect(tell(rows, 'object_id', 'writes', 'kept', 'people')).toEqual([
      '9 | 1 | 1 | 1',
      `${NASTY} | 1 | 1 | 1`,
      '7 | 4 | 3 | 2',
      '6 | 1 | 1 | 1',
      '8 | 1 | 1 | 1',
    ]);
  });
});

describe('Database changes', () => {
  test.each([
    ['Changes', [null, 9]],
    ['Rows', [null, 509]],
    ['Mass changes', [null, 2]],
    ['Schema and rights', [null, 1]],
    ['Rolled back', [null, 3]],
    ['Of no request', [null, 10]],
  ])('counts %s', async (title, expected) => {
    expect(await numbers('Database changes', title)).toEqual(expected);
  });

  test.each([
    ['501', 1],
    ['500', 2],
    ['3', 3],
    ['no number', 2],
    [`1') OR 1=1 -- `, 2],
  ])('takes %j for how many rows are many', async (rows, expected) => {
    expect((await numbers('Database changes', 'Mass changes', { rows: [rows] }))[1]).toBe(expected);
    const statements = await rowsOf('Database changes', 'Which statements touched many rows', {
      rows: [rows],
    });
    expect(statements).toHaveLength(expected);
  });

  test('shows the schema, roles and grants that were changed', async () => {
    const rows = await rowsOf('Database changes', 'Who changed the schema or rights');
    expect(tell(rows, 'who', 'did', 'target', 'ending', 'statement')).toEqual([
      'Ann | redefined | invoices | committed | ALTER TABLE invoices ADD COLUMN x int',
    ]);
  });

  test('tells what was tried in a transaction that was rolled back, and why it was', async () => {
    const rows = await rowsOf('Database changes', 'What was rolled back, and what was tried');
    expect(tell(rows, 'who', 'tried', 'cause', 'message')).toEqual([
      'Ann | changed invoices / 7 |  | ',
      'Ann | changed accounts / a1 · created payments / p1 · tried to create payments (0 rows) | 23505 | duplicate key',
    ]);
  });

  test('sums up what belongs to no request by who does it, without the rows that were taken back', async () => {
    const rows = await rowsOf('Database changes', 'Which writes belong to no request', {
      target: ['invoices'],
    });
    expect(tell(rows, 'who', 'did', 'target', 'writes', 'rows', 'lost')).toEqual(
      expect.arrayContaining([
        'Ann (ann) | update | invoices | 3 | 2 | 1',
        'cleaner | delete | invoices | 1 | 500 | 0',
        'cleaner | update | invoices | 1 | 3 | 0',
      ]),
    );
  });

  test('shows who read or exported a table', async () => {
    const rows = await rowsOf('Database changes', 'Who read or exported', { target: ['invoices'] });
    expect(tell(rows, 'who', 'did', 'tables', 'rows', 'way')).toEqual([
      'Ann | copied out | invoices | 1000 | GET /export',
    ]);
  });
});

describe('Trace', () => {
  test.each([
    ['its trace id', TRACE_ID, 2],
    ['its own identifier', REQUEST_ID, 1],
    ['its correlation id', 'nightly-1', 1],
    ['nothing', '', 0],
    ['the identifier of no request', '00000000-0000-0000-0000-000000000000', 0],
    ['a wild text', NASTY, 0],
  ])('finds a request by %s', async (_what, trace, expected) => {
    expect((await numbers('Trace', 'Requests', { trace: [trace] }))[1]).toBe(expected);
  });

  test.each([
    ['Duration', 60_000_000],
    ['Statements', 3],
    ['Rows written', 0],
    ['Rolled back', 2],
    ['Failed or denied', 2],
  ])('counts the %s of a request', async (title, expected) => {
    expect(await numbers('Trace', title, { trace: [REQUEST_ID] })).toEqual([null, expected]);
  });

  test('puts the steps of each request beneath it, in order, with what became of them', async () => {
    const spans = await rowsOf('Trace', 'What this request did, and when', { trace: [TRACE_ID] });
    expect(tell(spans, 'operationName', 'statusCode')).toEqual([
      'POST /pay → 500 – failed | 2',
      'changed accounts / a1 – rolled back | 0',
      'created payments / p1 – rolled back | 0',
      'tried to create payments (0 rows) – failed | 2',
      'rolled back a transaction | 0',
      'GET /other → 200 | 0',
    ]);
    const [request, ...steps] = spans;
    expect(request).toMatchObject({ traceID: TRACE_ID, spanID: REQUEST_ID, parentSpanID: '' });
    expect(steps.map(({ parentSpanID }) => parentSpanID)).toEqual([...Array(4).fill(REQUEST_ID), '']);
    expect(Number(steps[0]?.['startTime'])).toBe(ACTIVITY_HOUR.from.getTime() + 10.1 * 60_000);
    expect(Number(steps[0]?.['duration'])).toBe(4);
    expect(steps[0]?.['tags']).toContainEqual({ key: 'who', value: 'Ann' });
    expect(steps[2]?.['tags']).toContainEqual({ key: 'error', value: 'true' });
  });

  test('says who did each step, also where that was known only later', async () => {
    const rows = await rowsOf('Trace', 'Step by step: who did what to what', { trace: [REQUEST_ID] });
    expect(new Set(rows.map(({ who }) => who))).toEqual(new Set(['Ann']));
    expect(tell(rows, 'did', 'what', 'ending', 'changed')).toContain(
      'created | payments / p1 | rolled back | amount = 10',
    );
  });

  test('offers the requests of whoever was chosen', async () => {
    const rows = await rowsOf('Trace', 'Which requests there were', { actor: ['ann'], search: ['OTHER'] });
    expect(tell(rows, 'who', 'way', 'trace', 'request')).toEqual([
      `Ann | GET /other → 200 | ${TRACE_ID} | ${OTHER_REQUEST_ID}`,
    ]);
  });
});

describe('what somebody writes into a box', () => {
  const key = encodeURIComponent(NASTY).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);

  test('is a key of a row and nothing else, whatever is in it', async () => {
    const variables = { target: ['invoices'], id: [NASTY] };
    const rows = await rowsOf('Object history', 'Who changed what, from what to what', variables);
    expect(tell(rows, 'field', 'after')).toEqual([`note | ${NASTY}`]);
  });

  test.each([
    ['a text with quotes, backslashes and brackets', `\\' "%_$& <img`, 1],
    ['words in any order, in small letters', 'ANN invoices onerror', 1],
    ['a percent sign, which stands for itself', '%', 1],
    ['an underscore, which stands for itself', '_$', 1],
    ['words of which one is nowhere', 'ann nowhere', 0],
    ['a statement of SQL', `') OR 1=1 -- `, 0],
  ])('is searched for as %s', async (_what, search, expected) => {
    const rows = await rowsOf('Database changes', 'What was changed last', {
      actor: ['ann'],
      search: [search],
    });
    expect(rows).toHaveLength(expected);
  });

  test('is no actor, service, environment or table that there is', async () => {
    for (const name of ['actor', 'service', 'environment', 'target']) {
      expect(await rowsOf('Database changes', 'What was changed last', { [name]: [key] }), name).toEqual([]);
    }
  });
});
