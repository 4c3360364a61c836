import { beforeAll, describe, expect, test } from 'vitest';
import { createRegisterReader } from '../../src/search/register-reader.ts';
import type { RegisterReader } from '../../src/search/register-reader.ts';
import { createStoreClient } from '../../src/store/client.ts';
import { useClickHouse } from '../support/clickhouse.ts';
import { seedHistory } from '../support/seeded-history.ts';
import type { HistoryIds } from '../support/seeded-history.ts';

const store = useClickHouse();
let ids: HistoryIds;
let reader: RegisterReader;

beforeAll(async () => {
  ids = await seedHistory(store());
  // As people have it: may read, and may not even send settings.
  reader = createRegisterReader(createStoreClient(store().config('audit_reader')), 'audit');
});

/** Names of what a search finds, the newest first; what has none stands as its action. */
async function find(text: string, period: { from?: string; to?: string } = {}): Promise<string[]> {
  const search = { text, from: '', to: '', ...period };
  const { records } = await reader.page(search, { limit: 100 });
  const names = new Map(Object.entries(ids).map(([name, id]) => [id, name]));
  return records.map(({ record_id: id, action }) => names.get(id) ?? action);
}

describe('a search finds', () => {
  test.each([
    ['actor:alice table:orders', ['late', 'deleted', 'paid', 'created']],
    ['actor:user-1 late:true', ['late']],
    ['outcome:rolled_back category:db', ['undoneBySavepoint', 'undoneLater', 'refundUndone']],
    ['ending:committed table:items', ['keptLater']],
    ['outcome:unknown', ['neverKnown']],
    ['row:orders/1042', ['deleted', 'refundUndone', 'paid', 'created']],
    ['row:orders/3', ['bulkDelete']],
    ['rows:>1000', ['undoneLater']],
    ['duration:>2s', ['paid']],
    ['address:192.0.2.0/24 category:auth', ['failedLogin']],
    ['address:2001:db8::7 status:403', ['refused']],
    ['assurance:claimed,expired', ['sneaky', 'impersonated', 'exported']],
    ['impersonator:*', ['impersonated']],
    ['new.status:paid', ['paid']],
    ['attribute.audit.gap.records:*', ['gap']],
    ['pkey', ['duplicate']],
    ['category:auth -action:identified', ['forged', 'failedLogin', 'login']],
    ['service:bill*', ['job']],
  ])('%s', async (text, expected) => {
    expect(await find(text)).toEqual(expected);
  });
});
