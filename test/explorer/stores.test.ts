import { afterAll, describe, expect, test } from 'vitest';
import { openStore } from '../../src/explorer/store-access.ts';
import { migrate } from '../../src/store/migrate.ts';
import { queryRows } from '../../src/store/query-rows.ts';
import { startTestClickHouse, useClickHouse } from '../support/clickhouse.ts';
import { open } from './exchange.ts';
import { explore } from './explorer-under-test.ts';
import type { ExplorerUnderTest } from './explorer-under-test.ts';
import { Listener } from './listener.ts';
import { addRecords, visit } from './records.ts';

const store = useClickHouse();
const started: ExplorerUnderTest[] = [];

async function start(...args: Parameters<typeof explore>): Promise<ExplorerUnderTest> {
  const explorer = await explore(...args);
  started.push(explorer);
  return explorer;
}

afterAll(async () => {
  await Promise.all(started.map((explorer) => explorer.close()));
});

interface Found {
  readonly records: readonly { record: { target_id: string } }[];
}

describe('explorers of two stores', () => {
  test('in one process each show their own', async () => {
    const other = await startTestClickHouse();
    try {
      await addRecords(store(), visit(1, 'here'));
      await addRecords(other, visit(1, 'there'));
      const [here, there] = [await start(store()), await start(other)];
      const found = async (explorer: ExplorerUnderTest): Promise<string[]> => {
        const { records } = await explorer.json<Found>('/api/records?search=table:orders');
        return records.map(({ record }) => record.target_id);
      };

      expect(await Promise.all([found(here), found(there)])).toEqual([['here'], ['there']]);
    } finally {
      await other.stop();
    }
  });
});

describe('a store', () => {
  test('that goes away is said with what to do and without its password, and is asked again', async () => {
    const other = await startTestClickHouse();
    const explorer = await start(other);
    expect((await explorer.get('/api/records')).status).toBe(200);
    await other.stop();

    const { status, text } = await explorer.get('/api/records');

    expect(status).toBe(502);
    expect(JSON.parse(text)).toMatchObject({
      error: { code: 'ERR_AUDIT_STORE_UNREACHABLE', message: expect.stringContaining('audit-register dev') },
    });
    expect(text).not.toContain(other.engine.passwords.audit_reader);
  });

  test('that goes away is said to whoever watches, without ending what he watches', async () => {
    const other = await startTestClickHouse();
    const { origin, token } = await start(other);
    const headers = { Authorization: `Bearer ${token}` };
    const listener = new Listener(await open(origin, '/api/live', { headers }));
    const heard = (name: string) => listener.events.filter((event) => event.name === name);
    await expect.poll(() => heard('state').length, { timeout: 20_000 }).toBeGreaterThan(0);

    await other.stop();

    await expect.poll(() => heard('failure').length, { timeout: 20_000 }).toBeGreaterThan(1);
    expect(heard('failure')[0]?.data.error?.code).toBe('ERR_AUDIT_STORE_UNREACHABLE');
    listener.close();
  });

  test('that is not there lets no explorer start', async () => {
    const nowhere = { ...store().config('audit_reader'), url: 'http://127.0.0.1:1' };

    await expect(explore(store(), { store: nowhere })).rejects.toMatchObject({
      code: 'ERR_AUDIT_STORE_UNREACHABLE',
    });
  });

  test('that does not take the password says so, and does not repeat it', async () => {
    const wrong = { ...store().config('audit_reader'), password: 'a-wrong-one' };

    const refusal = await explore(store(), { store: wrong }).catch((error: unknown) => error);

    expect(refusal).toMatchObject({ code: 'ERR_AUDIT_STORE_CREDENTIALS' });
    expect(String(refusal)).not.toContain('a-wrong-one');
  });

  test('without tables says how to make them', async () => {
    await store().client.command({ query: 'CREATE DATABASE empty_one' });
    const explorer = await start(store(), { store: { ...store().config(), database: 'empty_one' } });

    for (const path of ['/api/session', '/api/records', '/api/histogram']) {
      const { status, text } = await explorer.get(path);
      expect(status, text).toBe(502);
      expect(text).toContain('audit-register migrate');
    }
  });

  test('without records says that it is empty', async () => {
    await migrate(store().client, { database: 'blank' });
    const explorer = await start(store(), { store: { ...store().config(), database: 'blank' } });

    const session = await explorer.json<Record<string, unknown>>('/api/session');

    expect(session).toMatchObject({ isEmpty: true, delaySeconds: 0, store: { database: 'blank' } });
    expect(session).not.toHaveProperty('newestAt');
    expect(await explorer.json('/api/records')).toEqual({ records: [] });
  });
});

describe('a user', () => {
  test('who only reads is what it wants', async () => {
    expect((await start(store())).warnings).toEqual([]);
  });

  test('who may write is warned of, and held to reading', async () => {
    const explorer = await start(store(), { store: store().config() });

    expect(explorer.warnings).toEqual([expect.stringMatching(/^User "default" may write .*audit_reader/)]);
    expect((await explorer.get('/api/records')).status).toBe(200);
    expect(await explorer.get('/api/export?format=jsonl')).toMatchObject({ status: 200, isWhole: true });
  });

  test('who may write cannot do so through the explorer', async () => {
    const { client } = await openStore(store().config());
    try {
      await expect(client.command({ query: 'TRUNCATE TABLE audit.records' })).rejects.toMatchObject({
        code: '164',
      });
      const [bound] = await queryRows<{ seconds: number }>(
        client,
        "SELECT toFloat64(getSetting('max_execution_time')) AS seconds",
      );
      expect(bound).toEqual({ seconds: 60 });
    } finally {
      await client.close();
    }
  });

  test('who may not even read is told what is missing', async () => {
    const explorer = await start(store(), { store: store().config('audit_writer') });

    const { status, text } = await explorer.get('/api/records');

    expect(status).toBe(502);
    expect(JSON.parse(text)).toMatchObject({ error: { code: 'ERR_AUDIT_STORE_DENIED' } });
  });
});
