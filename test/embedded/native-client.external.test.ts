import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { useClickHouse } from '../support/clickhouse.ts';

const store = useClickHouse();
const run = promisify(execFile);

/** One statement by Debian's client, which speaks the native protocol and was written by nobody here. */
async function nativeClient(query: string, ...args: string[]): Promise<string> {
  const address = ['--host', '127.0.0.1', '--port', String(store().tcpPort)];
  const { stdout } = await run('clickhouse-client', [...address, ...args, '--query', query]);
  return stdout.trim();
}

beforeAll(async () => {
  try {
    await run('clickhouse-client', ['--version']);
  } catch (error) {
    throw new Error(
      'clickhouse-client is not installed: apt-get install -y --no-install-recommends clickhouse-client',
      { cause: error },
    );
  }
});

describe("Debian's clickhouse-client", () => {
  test('is answered over the native protocol', async () => {
    expect(await nativeClient('SELECT currentUser(), 1 + 1')).toBe('default\t2');
  });

  test('inserts and reads blocks', async () => {
    await nativeClient('CREATE TABLE audit.native (n UInt64, s String) ENGINE = MergeTree ORDER BY n');
    await nativeClient("INSERT INTO audit.native SELECT number, 'ü' FROM numbers(100000)");
    expect(await nativeClient('SELECT count(), sum(n), any(s) FROM audit.native')).toBe(
      '100000\t4999950000\tü',
    );
  });

  test('is let in with a password and refused with a wrong one', async () => {
    const { audit_reader: password } = store().engine.passwords;
    const user = ['--user', 'audit_reader'];
    expect(await nativeClient('SELECT count() FROM audit.changes', ...user, '--password', password)).toBe(
      '0',
    );
    await expect(nativeClient('SELECT 1', ...user, '--password', 'wrong')).rejects.toThrow(
      /Authentication failed/,
    );
  });

  test('is told of an exception', async () => {
    await expect(nativeClient('SELECT * FROM audit.nothing')).rejects.toThrow(/Code: 60/);
  });
});
