import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { failureOf } from '../../src/explorer/api/failure.ts';
import { createRegisterReader } from '../../src/search/register-reader.ts';
import { createStoreClient } from '../../src/store/client.ts';
import { useClickHouse } from '../support/clickhouse.ts';

const store = useClickHouse();
const ADDRESS = { url: 'http://clickhouse:8123', username: 'audit_reader' };

async function thrownBy(work: Promise<unknown>): Promise<unknown> {
  return await work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

function describeQuietly(error: unknown): ReturnType<typeof failureOf> {
  return failureOf(error, ADDRESS, (defect) => {
    throw new Error(defect);
  });
}

describe('what the engine answers', () => {
  test.each([
    [
      'a query that takes too long',
      'SELECT sleepEachRow(0.1) FROM numbers(50) SETTINGS max_execution_time = 0.2, max_block_size = 1',
      504,
      'ERR_AUDIT_EXPLORER_SLOW',
      /shorter period/,
    ],
    [
      'a query that needs too much memory',
      'SELECT groupArray(number) FROM numbers(100000000) SETTINGS max_memory_usage = 10000000',
      504,
      'ERR_AUDIT_EXPLORER_SLOW',
      /shorter period/,
    ],
    [
      'a table that is not there',
      'SELECT 1 FROM audit.nothing',
      502,
      'ERR_AUDIT_EXPLORER_TABLES',
      /audit-register migrate/,
    ],
    [
      'a database that is not there',
      'SELECT 1 FROM nothing.records',
      502,
      'ERR_AUDIT_EXPLORER_TABLES',
      /--database/,
    ],
  ])('to %s comes with what to do', async (_what, query, status, code, mend) => {
    const error = await thrownBy(store().query(query));

    const failure = describeQuietly(error);

    expect(failure).toMatchObject({ status, error: { code, mend: expect.stringMatching(mend) } });
  });

  test('to anything else is told in one line', async () => {
    const failure = describeQuietly(await thrownBy(store().query('SELECT nonsense(1)')));

    expect(failure).toMatchObject({ status: 502, error: { code: 'ERR_AUDIT_STORE_REFUSED' } });
    expect(failure.error.message).not.toContain('\n');
  });

  test('too late counts as slow', async () => {
    const client = createStoreClient({ ...store().config(), timeoutMillis: 200 });
    const slow = client.query({
      query: 'SELECT sleepEachRow(1) FROM numbers(3) SETTINGS max_block_size = 1',
    });

    expect(describeQuietly(await thrownBy(slow))).toMatchObject({ status: 504 });
    await client.close();
  });
});

describe('an answer that is not the one of a ClickHouse', () => {
  test.each([
    ['no JSON', '<!doctype html>'],
    ['no number where there should be one', '{"first":"x","last":"x","rows":"x","nanos":"x"}'],
  ])('is said not to be understood: %s', async (_what, answer) => {
    const server = createServer((_request, response) => response.end(`${answer}\n`)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const config = { ...store().config(), url: `http://127.0.0.1:${port}`, timeoutMillis: 10_000 };
    const client = createStoreClient(config);
    const page = createRegisterReader(client, 'audit').page({ text: '', from: '', to: '' }, { limit: 1 });

    expect(describeQuietly(await thrownBy(page))).toMatchObject({
      status: 502,
      error: {
        code: 'ERR_AUDIT_STORE_REFUSED',
        message: expect.stringMatching(/was not understood .*AUDIT_REGISTER_CLICKHOUSE_URL/),
      },
    });

    await client.close();
    server.close();
  });
});

describe('a defect of the explorer', () => {
  test('is told to the command, not to the browser', () => {
    const told: string[] = [];
    const defect = new TypeError('secret internals');

    const failure = failureOf(defect, ADDRESS, (text) => told.push(text));

    expect(failure).toMatchObject({ status: 500, error: { code: 'ERR_AUDIT_EXPLORER_DEFECT' } });
    expect(JSON.stringify(failure)).not.toContain('secret internals');
    expect(told).toEqual([defect.stack]);
  });
});
