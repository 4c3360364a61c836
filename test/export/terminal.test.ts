import { createHash } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import { runCommand, startAtTerminal } from '../commands/command-process.ts';
import { readerEnv } from '../commands/reader-env.ts';
import { addRecords } from '../store/records.ts';
import { useClickHouse } from '../support/clickhouse.ts';
import { csvRows } from './csv-rows.ts';

const store = useClickHouse();
const EVIL = 'x\u001b[2J\u001b]0;owned\u0007\u009b31m\u202e\r\n12:00:00 "root", deleted\u007f';
/** Everything that acts, but the line end of the terminal. */
// oxlint-disable-next-line no-control-regex
const ACTS = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

beforeAll(async () => {
  await addRecords(store(), [
    {
      category: 'auth',
      action: 'login_failed',
      occurred_at: '2026-11-20 10:00:00',
      actor_name: EVIL,
      error_message: EVIL,
      user_agent: EVIL,
      new_values: { [EVIL]: EVIL },
    },
  ]);
});

async function at(...args: string[]): Promise<{ code: number | null; text: string; said: string }> {
  const shown = startAtTerminal(['export', '--out', '-', ...args], readerEnv(store()), 100);
  const code = await shown.ended;
  return { code, text: shown.shown(), said: shown.said() };
}

test.each(['csv', 'jsonl', 'ocsf', 'ecs'])(
  'a %s export at a terminal shows the values, and nothing in them reaches it',
  async (format) => {
    const { code, text, said } = await at('--format', format);
    expect(code).toBe(0);
    expect(text).toContain('root');
    expect(text.replaceAll('\n', '')).not.toMatch(ACTS);
    expect(text.trimEnd().split('\n')).toHaveLength(format === 'csv' ? 2 : 1);

    const piped = await runCommand(['export', '--out', '-', '--format', format], readerEnv(store()));
    expect(said).toContain(`sha256: ${createHash('sha256').update(piped.stdout).digest('hex')}`);
  },
);

test('JSON at a terminal is still the very value, and CSV still has its columns', async () => {
  const { text: json } = await at('--format', 'jsonl');
  expect(JSON.parse(json)).toMatchObject({ actor_name: EVIL });
  const { text: csv } = await at('--format', 'csv', '--bom');
  const [header = [], row = []] = csvRows(csv.replaceAll('\n', '\r\n'));
  expect(row).toHaveLength(header.length);
  expect(row[header.indexOf('actor_name')]).toBe(
    'x␛[2J␛]0;owned␇<U+009B>31m<U+202E>␍␊12:00:00 "root", deleted␡',
  );
});

test('a pipe gets the bytes as they are', async () => {
  const { stdout } = await runCommand(['export', '--out', '-', '--format', 'csv'], readerEnv(store()));
  expect(stdout).toContain('\u001b[2J');
});

test.each(['parquet', 'archive'])('a terminal gets no %s', async (format) => {
  const { code, text, said } = await at('--format', format);
  expect(said).toContain('--out');
  expect({ code, text }).toEqual({ code: 2, text: '' });
});
