import { beforeAll, describe, expect, test } from 'vitest';
import { didWhat, toWhat } from '../../dashboards/src/phrases.ts';
import { createRegisterReader } from '../../src/search/register-reader.ts';
import type { RegisterReader } from '../../src/search/register-reader.ts';
import type { FoundRecord } from '../../src/search/search.ts';
import { describeRecord } from '../../src/search/sentence.ts';
import { createStoreClient } from '../../src/store/client.ts';
import { addRecords } from '../store/records.ts';
import { useClickHouse } from '../support/clickhouse.ts';

const store = useClickHouse();
let reader: RegisterReader;

/** What was asked for at the same path, and what a sentence says of it. */
const ASKED: Readonly<Record<string, string>> = {
  'mutation.deleteOrder': 'mutation.deleteOrder',
  'query.order, query.orders': 'query.order, query.orders',
  'query.a, query.b, query.c, query.d': 'query.a, query.b, query.c, …',
  'query.orders.list, unknown': 'query.orders.list, unknown',
  unknown: '/graphql',
  '': '/graphql',
};

/** A request that the process makes itself. */
const CALL = {
  service_name: 'shop',
  occurred_at: '2026-11-20 12:00:00.000000007',
  category: 'call',
  action: 'create',
  outcome: 'success',
  target_type: 'host',
  target_id: 'payments.example',
  http_method: 'POST',
  url_path: '/v1/charges',
  http_status: 200,
};

beforeAll(async () => {
  const rows = Object.keys(ASKED).map((operations) => ({
    service_name: 'shop',
    occurred_at: '2026-11-20 12:00:00.000000007',
    category: 'http',
    action: 'create',
    outcome: operations.includes('unknown') ? 'failure' : 'success',
    http_method: 'POST',
    url_path: '/graphql',
    http_status: 200,
    attributes: operations === '' ? {} : { 'audit.operations': operations },
  }));
  await addRecords(store(), [...rows, CALL]);
  reader = createRegisterReader(createStoreClient(store().config('audit_reader')), 'audit');
});

/** By the method only where nothing else is known of it. */
function saidOf({ outcome }: FoundRecord, what: string): string {
  const action = what === '/graphql' ? ['created', 'tried to create'] : ['called', 'tried to call'];
  return action[outcome === 'success' ? 0 : 1] ?? '';
}

async function find(text: string): Promise<readonly FoundRecord[]> {
  return (await reader.page({ text, from: '', to: '' }, { limit: 100 })).records;
}

function asked(records: readonly FoundRecord[]): readonly string[] {
  return records
    .map(({ attributes }) => (attributes as Record<string, string>)['audit.operations'] ?? '')
    .toSorted();
}

describe('requests at one path are told apart by what they asked for', () => {
  test.each([
    ['operation:mutation.deleteOrder', ['mutation.deleteOrder']],
    ['operation:query.orders', ['query.order, query.orders']],
    ['operation:query.order*', ['query.order, query.orders', 'query.orders.list, unknown']],
    ['operation:unknown', ['query.orders.list, unknown', 'unknown']],
    ['operation:deleteOrder', []],
    ['operation:"" category:http', ['']],
    ['-operation:* category:http', ['']],
  ])('%s', async (text, expected) => {
    expect(asked(await find(text))).toEqual(expected);
  });

  test('by names that are suggested while they are typed', async () => {
    const found = await reader.suggest('operation', 'mut', { text: '', from: '', to: '' }, 10);

    expect(found).toEqual([{ value: 'mutation.deleteOrder', count: 1 }]);
  });

  test('in the sentence, which dashboards say in the same words', async () => {
    const records = await find('category:http');
    const rows = await store().query(
      `SELECT toString(record_id) AS id, ${didWhat()} AS did, ${toWhat()} AS what FROM audit.unique_records`,
    );

    expect(records).toHaveLength(Object.keys(ASKED).length);
    for (const record of records) {
      const { did, what, way } = describeRecord(record);
      expect(did).toBe(saidOf(record, what));
      expect(what).toBe(ASKED[asked([record])[0] ?? '']);
      expect(way).toBe('POST /graphql → 200');
      expect(rows).toContainEqual({ id: record.record_id, did, what });
    }
  });

  test('and of a request that the process makes itself, both name whom it asks', async () => {
    const [call] = await find('category:call');
    const rows = await store().query(
      `SELECT ${toWhat()} AS what FROM audit.unique_records WHERE category = 'call'`,
    );

    expect(call && describeRecord(call).what).toBe('payments.example');
    expect(rows).toEqual([{ what: 'payments.example' }]);
  });
});
