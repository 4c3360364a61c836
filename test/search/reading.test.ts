import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { COLUMNS } from '../../src/record/columns.ts';
import { conditionOf } from '../../src/search/condition.ts';
import { createRegisterReader } from '../../src/search/register-reader.ts';
import type { RegisterReader } from '../../src/search/register-reader.ts';
import type { Cursor, FoundRecord, Search } from '../../src/search/search.ts';
import { createStoreClient } from '../../src/store/client.ts';
import { addRecords } from '../store/records.ts';
import { useClickHouse } from '../support/clickhouse.ts';
import { HISTORY, seedHistory } from '../support/seeded-history.ts';
import type { HistoryIds } from '../support/seeded-history.ts';

const store = useClickHouse();
let ids: HistoryIds;
let reader: RegisterReader;

/** Only what the history holds: tests add records of other services. */
const SEEDED: Search = { text: 'service:shop,billing', from: '', to: '' };

beforeAll(async () => {
  ids = await seedHistory(store());
  reader = createRegisterReader(createStoreClient(store().config('audit_reader')), 'audit');
});

function searchFor(text: string): Search {
  return { ...SEEDED, text };
}

function cursorOf(record: FoundRecord | undefined): Cursor {
  if (record === undefined) throw new Error('there is no record');
  return { occurredAt: record.occurred_at, recordId: record.record_id };
}

describe('a page', () => {
  test('follows the one before it without a hole or a repetition, also within one instant', async () => {
    const service_name = randomUUID();
    const instants = ['12:00:00.000000001', '12:00:00.000000002', '12:00:00.000000002', '12:00:00.000000002'];
    await addRecords(
      store(),
      [...instants, '12:00:00.000000003', '12:00:05'].map((time) => ({
        service_name,
        occurred_at: `2026-11-19 ${time}`,
      })),
    );
    const seen: string[] = [];
    let after: Cursor | undefined;
    do {
      const page = await reader.page(searchFor(`service:${service_name}`), { limit: 2, after });
      expect(page.records).toHaveLength(2);
      seen.push(...page.records.map(({ record_id: id }) => id));
      after = page.next;
    } while (after !== undefined);

    expect(new Set(seen).size).toBe(6);
    expect(seen).toHaveLength(6);
  });

  test('goes back over years where there is little', async () => {
    const service_name = randomUUID();
    const times = ['2025-12-01 00:00:00', '2026-03-01 00:00:00', '2026-11-20 11:00:00'];
    await addRecords(
      store(),
      times.map((occurred_at) => ({ service_name, occurred_at })),
    );

    const { records, next } = await reader.page(searchFor(`service:${service_name}`), { limit: 10 });

    expect(records.map(({ occurred_at: at }) => at.slice(0, 10))).toEqual([
      '2026-11-20',
      '2026-03-01',
      '2025-12-01',
    ]);
    expect(next).toBeUndefined();
  });

  test('has every column by its name, exact to the last digit', async () => {
    const service_name = randomUUID();
    await addRecords(store(), [
      {
        service_name,
        occurred_at: '2026-11-19 12:00:00.123456789',
        recorded_at: '2026-11-19 12:00:01.654321',
        sequence: '18446744073709551615',
        new_values: { a: 'b' },
        source_address: '::ffff:10.0.0.1',
      },
    ]);
    const { records } = await reader.page(searchFor(`service:${service_name}`), { limit: 1 });

    expect(Object.keys(records[0] ?? {})).toEqual(expect.arrayContaining(COLUMNS.map(({ name }) => name)));
    expect(records[0]).toMatchObject({
      occurred_at: '2026-11-19T12:00:00.123456789Z',
      recorded_at: '2026-11-19T12:00:01.654321Z',
      sequence: '18446744073709551615',
      new_values: { a: 'b' },
      source_address: '10.0.0.1',
    });
  });

  test.each([
    ['2001:db8::ffff:1:2', '2001:db8::ffff:1:2'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['::ffff:0:7f00:1', '::ffff:0:7f00:1'],
    ['::', ''],
  ])('shows the address %s as %s, and as no other', async (source_address, shown) => {
    const service_name = randomUUID();
    await addRecords(store(), [{ service_name, source_address, occurred_at: '2026-11-19 12:00:00' }]);
    const { records } = await reader.page(searchFor(`service:${service_name}`), { limit: 1 });

    expect(records.map((record) => record['source_address'])).toEqual([shown]);
  });

  test('keeps to its period: from is in it, to is not', async () => {
    const period = { from: '2026-11-20T12:13:00.000000007Z', to: '2026-11-20T12:14:00.000000007Z' };
    const { records } = await reader.page({ ...SEEDED, ...period }, { limit: 10 });

    expect(records.map(({ record_id: id }) => id)).toEqual([ids.deleted]);
  });

  test('two records that share id and time are both shown, for one of them is not what it seems', async () => {
    const service_name = randomUUID();
    const twin = { record_id: randomUUID(), service_name, occurred_at: '2026-11-19 13:00:00' };
    await addRecords(store(), [
      { ...twin, action: 'delete' },
      { ...twin, action: 'read' },
      { service_name, occurred_at: '2026-11-19 12:00:00' },
    ]);
    const first = await reader.page(searchFor(`service:${service_name}`), { limit: 1 });
    const second = await reader.page(searchFor(`service:${service_name}`), { limit: 1, after: first.next });

    expect(first.records.map(({ action }) => action).sort()).toEqual(['delete', 'read']);
    expect(second.records).toHaveLength(1);
  });

  test('may be long, and goes on where it ends', async () => {
    const service_name = randomUUID();
    const request_id = randomUUID();
    const record = { service_name, request_id, category: 'db', occurred_at: '2026-11-17 12:00:00' };
    await addRecords(
      store(),
      Array.from({ length: 2_100 }, () => record),
    );
    const search = searchFor(`service:${service_name}`);
    const first = await reader.page(search, { limit: 5_000 });
    const second = await reader.page(search, { limit: 1_000, after: first.next });
    const third = await reader.page(search, { limit: 1_000, after: second.next });

    const pages = [first, second, third];
    expect(pages.map(({ records }) => records.length)).toEqual([1_000, 1_000, 100]);
    expect(new Set(pages.flatMap(({ records }) => records.map(({ record_id: id }) => id))).size).toBe(2_100);
    expect(third.next).toBeUndefined();
    expect(await reader.request(first.records[0] as FoundRecord)).toHaveLength(2_000);
  });

  test('of a store without tables says what to do', async () => {
    const other = createRegisterReader(createStoreClient(store().config()), 'nowhere');

    await expect(other.page(SEEDED, { limit: 1 })).rejects.toThrow('audit-register migrate');
  });

  test('ends when its reader does not wait any longer', async () => {
    const signal = AbortSignal.abort(new Error('gone'));

    await expect(reader.page(SEEDED, { limit: 1 }, signal)).rejects.toThrow('gone');
  });

  test('ends in the middle of a query with the reason that its reader gave', async () => {
    const controller = new AbortController();
    const page = reader.page(searchFor('outcome:rolled_back actor:alice'), { limit: 1 }, controller.signal);
    controller.abort(new Error('gone'));

    await expect(page).rejects.toThrow('gone');
  });
});

describe('a record is settled', () => {
  test('by whoever was identified when the request ended', async () => {
    expect(await reader.record(ids.late)).toMatchObject({
      actor_id: 'user-1',
      actor_name: 'alice',
      actor_assurance: 'verified',
      actor_roles: ['admin', 'support'],
      actor_late: true,
    });
  });

  test('by the end of its transaction, and nothing else of it changes', async () => {
    expect(await reader.record(ids.undoneLater)).toMatchObject({
      outcome: 'success',
      transaction_outcome: 'rolled_back',
      final_outcome: 'rolled_back',
      actor_late: false,
    });
    expect(await reader.record(ids.neverKnown)).toMatchObject({ final_outcome: 'unknown' });
  });

  test('by nobody but its own chain, whatever the others say of it', async () => {
    const [service_name, request_id, transaction_id] = [randomUUID(), randomUUID(), randomUUID()];
    const [own, other] = [randomUUID(), randomUUID()];
    const named = { service_name, category: 'auth', action: 'identified', actor_type: 'user', request_id };
    const end = {
      service_name,
      category: 'transaction',
      severity: 'notice',
      outcome: 'success',
      transaction_id,
    };
    const [at, later] = [{ occurred_at: '2026-11-20 12:00:00' }, { occurred_at: '2026-11-20 13:00:00' }];
    const statement = {
      category: 'db',
      action: 'update',
      outcome: 'success',
      transaction_outcome: 'unknown',
    };
    const nobody = { actor_type: 'anonymous', actor_assurance: 'none' };
    await addRecords(store(), [
      { service_name, ...at, ...statement, ...nobody, request_id, transaction_id, chain_id: own },
      { ...at, ...named, actor_id: 'mallory', chain_id: own },
      { ...later, ...named, actor_id: 'alice', chain_id: other },
      { ...at, ...end, action: 'commit', transaction_outcome: 'committed', chain_id: own },
      { ...later, ...end, action: 'rollback', transaction_outcome: 'rolled_back', chain_id: other },
    ]);
    const found = async (text: string): Promise<unknown[]> => {
      const { records } = await reader.page(searchFor(`service:${service_name} category:db ${text}`), {
        limit: 9,
      });
      return records.map((record) => [record['actor_id'], record.final_outcome]);
    };

    expect(await found('')).toEqual([['mallory', 'applied']]);
    expect(await found('actor:mallory final_outcome:applied')).toEqual([['mallory', 'applied']]);
    expect(await found('actor:alice')).toEqual([]);
    expect(await found('outcome:rolled_back')).toEqual([]);
    const { total, counts } = await reader.actor('mallory', searchFor(`service:${service_name} category:db`));
    expect([total, counts.ok]).toEqual([1, 1]);
  });

  test('as the same word that a search finds it by', async () => {
    const { records } = await reader.page(SEEDED, { limit: 100 });
    for (const outcome of new Set(records.map((record) => record.final_outcome))) {
      const found = await reader.page(searchFor(`final_outcome:${outcome} service:shop,billing`), {
        limit: 100,
      });
      const expected = records.filter((record) => record.final_outcome === outcome);

      expect(found.records.map(({ record_id: id }) => id)).toEqual(expected.map(({ record_id: id }) => id));
    }
  });

  test('and one that is not there is undefined', async () => {
    expect(await reader.record(randomUUID())).toBeUndefined();
  });
});

describe('a request', () => {
  test('is found from any of its records, in order', async () => {
    const expected = [ids.payRequest, ids.paid, ids.commit];
    for (const id of expected) {
      const record = (await reader.record(id)) as FoundRecord;

      expect((await reader.request(record)).map(({ record_id: id }) => id)).toEqual(expected);
    }
  });

  test('of a record of none is its transaction, or the record alone', async () => {
    const kept = (await reader.record(ids.keptLater)) as FoundRecord;
    const job = (await reader.record(ids.job)) as FoundRecord;

    expect((await reader.request(kept)).map(({ action }) => action)).toEqual([
      'update',
      'update',
      'rollback_to',
      'commit',
    ]);
    expect((await reader.request(job)).map(({ record_id: id }) => id)).toEqual([ids.job]);
  });
});

/** As the store writes it. */
function secondsAgo(seconds: number): string {
  return new Date(Date.now() - seconds * 1_000).toISOString().slice(0, -1).replace('T', ' ');
}

async function addArrivals(
  service: string,
  { count, millisBetween }: { count: number; millisBetween: number },
): Promise<void> {
  await store().client.command({
    query: `INSERT INTO audit.records (record_id, service_name, occurred_at, ingested_at)
      WITH now64(3) AS now
      SELECT generateUUIDv4(), {service:String}, '2026-11-18 12:00:00', now - toIntervalMillisecond(number * {between:UInt32})
      FROM numbers({count:UInt32})`,
    query_params: { service, count, between: millisBetween },
  });
}

describe('what arrives', () => {
  test('is given once each, in the order of arrival, however late it is and however little is asked for', async () => {
    const service_name = randomUUID();
    const search = searchFor(`service:${service_name}`);
    const add = async (id: string, minute: number, ingested: number): Promise<void> =>
      await addRecords(store(), [
        {
          record_id: id,
          service_name,
          occurred_at: `2026-11-18 12:0${minute}:00`,
          ingested_at: secondsAgo(60 - ingested),
        } as Parameters<typeof addRecords>[1][number],
      ]);
    const [first, late, slow, last] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
    await add(first, 5, 20);
    const shown = await reader.page(search, { limit: 10 });
    const cursor = cursorOf(shown.records[0]);
    expect(await reader.newerThan(search, cursor, 10)).toEqual([]);

    // One that occurred before; one whose insert had begun before and that could be seen only now.
    await add(late, 1, 30);
    const [given] = await reader.newerThan(search, cursor, 10);
    expect(given?.record_id).toBe(late);
    await add(slow, 2, 25);
    await add(last, 6, 40);
    const [next] = await reader.newerThan(search, cursorOf(given), 1);
    expect(next?.record_id).toBe(slow);
    const [end] = await reader.newerThan(search, cursorOf(next), 1);
    expect(end?.record_id).toBe(last);
    expect(await reader.newerThan(search, cursorOf(end), 10)).toEqual([]);
  });

  test('is nothing that was there before the first page, however little of it the page shows', async () => {
    const service_name = randomUUID();
    const search = searchFor(`service:${service_name}`);
    const arrived = (minutesAgo: number, occurred_at: string): Promise<void> =>
      addRecords(store(), [
        {
          service_name,
          occurred_at,
          ingested_at: new Date(Date.now() - minutesAgo * 60_000)
            .toISOString()
            .replace('T', ' ')
            .replace('Z', ''),
        } as Parameters<typeof addRecords>[1][number],
      ]);
    await arrived(30, '2026-11-18 12:00:00');
    await arrived(20, '2026-11-16 12:00:00');
    const { records } = await reader.page(search, { limit: 1 });

    expect(await reader.newerThan(search, cursorOf(records[0]), 10)).toEqual([]);
  });

  test('within one millisecond is given once each, however much it is', async () => {
    const service_name = randomUUID();
    const search = searchFor(`service:${service_name}`);
    await addRecords(store(), [{ service_name, occurred_at: '2026-11-18 12:00:00' }]);
    const { records } = await reader.page(search, { limit: 1 });
    await addArrivals(service_name, { count: 25_000, millisBetween: 0 });

    const given: string[] = [];
    let cursor = cursorOf(records[0]);
    for (;;) {
      const newer = await reader.newerThan(search, cursor, 1_000);
      if (newer.length === 0) break;
      given.push(...newer.map(({ record_id: id }) => id));
      cursor = cursorOf(newer.at(-1));
    }
    expect(given).toHaveLength(25_000);
    expect(new Set(given).size).toBe(25_000);
  }, 120_000);

  test('before the first page is never given as new, however much that was', async () => {
    const service_name = randomUUID();
    const search = searchFor(`service:${service_name}`);
    await addArrivals(service_name, { count: 15_000, millisBetween: 2 });
    const { records } = await reader.page(search, { limit: 10 });

    expect(await reader.newerThan(search, cursorOf(records[0]), 10)).toEqual([]);
  });

  test('is not looked for again where it had been looked for before', async () => {
    const asked: string[] = [];
    const client = createStoreClient(store().config('audit_reader'));
    const listening = new Proxy(client, {
      get: (target, name) =>
        name === 'query'
          ? async (query: Parameters<typeof client.query>[0]) => {
              const result = await target.query(query);
              asked.push(String(result.response_headers['x-clickhouse-summary']));
              return result;
            }
          : Reflect.get(target, name),
    });
    const watching = createRegisterReader(listening, 'audit');
    const [service_name, nothing] = [randomUUID(), searchFor(`service:${randomUUID()}`)];
    await store().client.command({
      query: `INSERT INTO audit.records (record_id, service_name, occurred_at, ingested_at)
        SELECT generateUUIDv4(), '${service_name}', '2026-11-18 12:00:00', now64(3) - 7200 FROM numbers(50000)`,
    });
    const rowsRead = async (): Promise<number> => {
      asked.length = 0;
      expect(await watching.newerThan(nothing, undefined, 10)).toEqual([]);
      return Math.max(
        ...asked.map((summary) => Number((JSON.parse(summary) as { read_rows: string }).read_rows)),
      );
    };

    expect(await rowsRead()).toBeGreaterThan(50_000);
    expect(await rowsRead()).toBeLessThan(50_000);
  });

  test('in a register that was empty is given from the beginning', async () => {
    const service_name = randomUUID();
    const search = searchFor(`service:${service_name}`);
    expect((await reader.page(search, { limit: 1 })).records).toEqual([]);
    await addRecords(store(), [{ service_name, occurred_at: '2026-11-18 12:00:00' }]);

    expect(await reader.newerThan(search, undefined, 10)).toHaveLength(1);
  });

  test('is found behind a cursor that only another process has known', async () => {
    const service_name = randomUUID();
    const search = searchFor(`service:${service_name}`);
    const [known, newer] = [randomUUID(), randomUUID()];
    const record = { service_name, occurred_at: '2026-11-18 12:00:00' };
    await addRecords(store(), [{ ...record, record_id: known }]);
    await addRecords(store(), [{ ...record, record_id: newer }]);
    const cursor = { occurredAt: '2026-11-18T12:00:00.000000000Z', recordId: known };

    expect((await reader.newerThan(search, cursor, 10)).map(({ record_id: id }) => id)).toContain(newer);
  });
});

describe('the histogram', () => {
  test('counts everything once, by how it ended in the end', async () => {
    const { bucketSeconds, buckets, total } = await reader.histogram({ ...SEEDED, ...HISTORY }, 8);

    expect(bucketSeconds).toBe(600);
    expect(buckets.map(({ at }) => at.slice(11, 16))).toEqual([
      '12:00',
      '12:10',
      '12:20',
      '12:30',
      '12:40',
      '12:50',
    ]);
    expect(buckets[2]?.counts).toEqual({ ok: 2, failed: 0, denied: 0, rolled_back: 4, unknown: 1 });
    expect(buckets[5]?.counts).toEqual({ ok: 0, failed: 0, denied: 0, rolled_back: 0, unknown: 0 });
    const { records } = await reader.page(SEEDED, { limit: 100 });
    expect(total).toBe(records.length);
  });

  test.each([1, 2, 10, 60, 100, 10_000])('has at most %i bars', async (most) => {
    const { buckets, total } = await reader.histogram({ ...SEEDED, ...HISTORY }, most);

    expect(buckets.length).toBeLessThanOrEqual(most);
    expect(buckets.length).toBeGreaterThan(0);
    expect(total).toBe(27);
  });

  test('of nothing has no bars', async () => {
    const period = { from: '2026-11-21T00:00:00Z', to: '2026-11-21T00:00:00Z' };

    expect(await reader.histogram({ ...SEEDED, ...period }, 10)).toMatchObject({ buckets: [], total: 0 });
  });
});

describe('suggestions', () => {
  test.each([
    ['actor', 'AL', ['alice']],
    ['actor', 'user-', ['user-2', 'user-1']],
    ['outcome', 'r', ['rolled_back']],
    ['table', 'shop', ['shop.orders']],
    ['address', '10.', ['10.1.2.3']],
    ['role', '', ['admin', 'support']],
    ['new', 's', ['status']],
    ['new.status', '', ['open', 'paid', 'refunded']],
    ['row', 'orders/10', ['orders/1042']],
    ['time', '', []],
  ])('for %s:%s', async (field, prefix, expected) => {
    const values = await reader.suggest(field, prefix, SEEDED, 10);

    expect(values.map(({ value }) => value)).toEqual(expected);
  });

  test('count within the search, and do without it while it is half written', async () => {
    const [value] = await reader.suggest('actor', 'ali', searchFor('service:shop category:auth'), 10);

    expect(value).toEqual({ value: 'alice', count: 2 });
    expect(await reader.suggest('actor', 'ali', searchFor('actor:'), 10)).toHaveLength(1);
  });

  test('for no field are an error that names the nearest', async () => {
    await expect(reader.suggest('actr', '', SEEDED, 10)).rejects.toThrow('did you mean actor?');
  });
});

// What was there before is only of the same table by its very name: nobody knows whether `orders` was that of another schema.
test('the history of a row tells each attempt with old and new values, whatever its table was called', async () => {
  const history = await reader.objectHistory('orders', '1042', SEEDED, { limit: 10 });

  expect(history.map(({ record_id: id, final_outcome: end, changes }) => [id, end, changes])).toEqual([
    [
      ids.deleted,
      'applied',
      [
        { field: 'total', before: '9.50' },
        { field: 'status', before: 'paid' },
      ],
    ],
    [ids.refundUndone, 'rolled_back', [{ field: 'status', before: 'paid', after: 'refunded' }]],
    [ids.paid, 'applied', [{ field: 'status', after: 'paid' }]],
    [
      ids.created,
      'applied',
      [
        { field: 'id', after: '1042' },
        { field: 'status', after: 'open' },
        { field: 'total', after: '9.50' },
      ],
    ],
  ]);
});

test('what a search leaves out of a history has changed the row all the same', async () => {
  const [undone, ...others] = await reader.objectHistory('orders', '1042', searchFor('new.status:refunded'), {
    limit: 10,
  });

  expect(others).toEqual([]);
  expect(undone?.changes).toEqual([{ field: 'status', before: 'paid', after: 'refunded' }]);
});

test('a person is known by habits, with what became known late, and with impersonations', async () => {
  const alice = await reader.actor('user-1', SEEDED);

  expect(alice).toMatchObject({
    total: 10,
    counts: { ok: 10, failed: 0, denied: 0, rolled_back: 0, unknown: 0 },
    firstAt: '2026-11-20T12:01:00.000000007Z',
    lastAt: '2026-11-20T12:41:00.000000007Z',
  });
  const valuesOf = (seen: readonly { value: string; count: number }[]): unknown =>
    seen.map(({ value, count }) => [value, count]);
  expect(valuesOf(alice.names)).toEqual([['alice', 10]]);
  expect(valuesOf(alice.assurances)).toEqual([
    ['verified', 9],
    ['claimed', 1],
  ]);
  expect(valuesOf(alice.addresses)).toEqual([
    ['10.1.2.3', 9],
    ['192.0.2.9', 1],
  ]);
  expect(valuesOf(alice.sessions)).toEqual([['session-alice', 10]]);
  expect(alice.hours).toEqual(Array.from({ length: 24 }, (_, hour) => (hour === 12 ? 10 : 0)));
  expect(valuesOf(alice.impersonated)).toEqual([['user-2', 1]]);
  expect(valuesOf((await reader.actor('user-2', SEEDED)).impersonatedBy)).toEqual([['user-1', 1]]);
});

test('nobody is known of whom there is nothing', async () => {
  expect(await reader.actor('nobody', SEEDED)).toMatchObject({
    total: 0,
    firstAt: '',
    lastAt: '',
    names: [],
  });
});

test('what was there before is never of another environment, database or schema', async () => {
  const service_name = randomUUID();
  const own = {
    environment: 'production',
    db_system: 'postgresql',
    db_namespace: 'shop',
    target_type: 'parcels',
  };
  const others = [
    { ...own, environment: 'staging' },
    { ...own, db_namespace: 'copy' },
    { ...own, db_system: 'mysql' },
    { ...own, target_type: 'archive.parcels' },
  ];
  const write = {
    service_name,
    category: 'db',
    outcome: 'success',
    transaction_outcome: 'autocommit',
    target_id: '7',
  };
  const values = [own, ...others, own].map((where, index) => ({
    ...write,
    ...where,
    action: 'update',
    occurred_at: `2026-11-19 12:00:0${index}`,
    changed_fields: ['status'],
    new_values: { status: String(index) },
  }));
  await addRecords(store(), values);
  const history = await reader.objectHistory('parcels', '7', searchFor(`service:${service_name}`), {
    limit: 10,
  });
  const views = await Promise.all(
    ['field_history', 'object_changes'].map((view) =>
      store().query(
        `SELECT value, previous_value FROM audit.${view} WHERE target_type IN ('parcels', 'archive.parcels') AND object_id = '7' AND value = '5'`,
      ),
    ),
  );

  expect(history.flatMap(({ changes }) => changes.map(({ before }) => before))).toEqual(['0', ...Array(5)]);
  const change = { value: '5', previous_value: '0' };
  expect(views).toEqual([[change], [change]]);
});

test('a record of a time before 1970 is on its page, and in its bar', async () => {
  const service_name = randomUUID();
  const search = searchFor(`service:${service_name}`);
  const times = [
    '1969-12-31 23:59:58.500000001',
    '1969-12-31 23:59:59.999999999',
    '1970-01-01 00:00:00.500000000',
  ];
  // Where nothing is ever deleted, it stays.
  await store().client.command({ query: 'ALTER TABLE audit.records REMOVE TTL' });
  await addRecords(
    store(),
    times.map((occurred_at) => ({ service_name, occurred_at })),
  );
  try {
    const first = await reader.page(search, { limit: 2 });
    const second = await reader.page(search, { limit: 2, after: first.next });
    const shown = [...first.records, ...second.records].map(({ occurred_at: at }) => at);
    expect(shown).toEqual(times.map((time) => `${time.replace(' ', 'T')}Z`).reverse());
    const period = { from: '1969-12-31T23:59:58Z', to: '1970-01-01T00:00:01Z' };
    const { buckets } = await reader.histogram({ ...search, ...period }, 10);
    expect(buckets.map(({ at, counts }) => [at, counts.unknown])).toEqual([
      ['1969-12-31T23:59:58Z', 1],
      ['1969-12-31T23:59:59Z', 1],
      ['1970-01-01T00:00:00Z', 1],
    ]);
  } finally {
    await store().client.command({
      query: "ALTER TABLE audit.records DELETE WHERE occurred_at < '1971-01-01' SETTINGS mutations_sync = 2",
    });
  }
});

test('the history of a row that is not there reads nearly nothing', async () => {
  await store().client.command({
    query: `INSERT INTO audit.records (record_id, category, action, target_type, target_id, target_ids, occurred_at)
      SELECT generateUUIDv4(), 'db', 'update', 'indexed', toString(number), [toString(number), 'x'], '2026-11-17 12:00:00' FROM numbers(50000)`,
  });
  const { sql, parameters } = conditionOf({ text: 'row:indexed/no-such-key', from: '', to: '' }, 'audit');
  const result = await createStoreClient(store().config('audit_reader')).query({
    query: `SELECT count() FROM audit.unique_records WHERE ${sql}`,
    query_params: parameters,
    format: 'JSONEachRow',
  });
  const summary = JSON.parse(String(result.response_headers['x-clickhouse-summary'])) as {
    read_rows: string;
  };

  expect(await result.json()).toEqual([{ 'count()': 0 }]);
  expect(Number(summary.read_rows)).toBeLessThan(25_000);
});
