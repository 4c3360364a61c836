import { describe, expect, test } from 'vitest';
import { failureOf } from '../../src/explorer/api/failure.ts';
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
