import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run as runIn } from '../integrity/command.ts';
import type { Ended } from '../integrity/command.ts';
import { useClickHouse } from '../support/clickhouse.ts';

const CLI = join(import.meta.dirname, '../../dist/commands/cli.js');
/** Some windows of an export. */
const RECORDS = 70_000;
const store = useClickHouse();
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'audit-register-resume-'));
  await addMany(RECORDS, 'before');
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** Over an hour, many of them at the same instant. */
async function addMany(records: number, tenant: string): Promise<void> {
  await store().client.command({
    query: `INSERT INTO audit.records
        (record_id, occurred_at, recorded_at, category, action, outcome, severity, actor_type, actor_id, tenant_id, db_statement, target_type, target_id)
      SELECT generateUUIDv7(), toDateTime64('2026-11-20 12:00:00', 9, 'UTC') + toIntervalMillisecond(intDiv(number * 3600, ${records}) * 1000),
        now64(6), 'db', 'update', 'success', 'info', 'user', concat('user ', toString(number % 50)), {tenant:String},
        'UPDATE orders SET status = ? WHERE id = ?', 'orders', toString(number)
      FROM numbers(${records})`,
    query_params: { tenant },
  });
}

function environment(): Record<string, string> {
  return {
    AUDIT_REGISTER_CLICKHOUSE_URL: store().url,
    AUDIT_REGISTER_CLICKHOUSE_USER: 'audit_reader',
    AUDIT_REGISTER_CLICKHOUSE_PASSWORD: store().config('audit_reader').password,
  };
}

function run(...args: string[]): Promise<Ended> {
  return runIn(['export', ...args], directory, environment());
}

interface Begun {
  readonly child: ChildProcess;
  readonly stderr: Promise<string>;
  readonly ended: Promise<unknown[]>;
}

/** An export that has brought at least one window to the disk and has not ended. */
async function begin(out: string, format: string): Promise<Begun> {
  const child = spawn(process.execPath, [CLI, 'export', '--format', format, '--out', out], {
    cwd: directory,
    env: { PATH: process.env['PATH'], ...environment() },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(child, 'close');
  const stderr = text(child.stderr);
  while (recordsDone(out) === 0) {
    if (child.exitCode !== null) throw new Error(`it ended too early: ${await stderr}`);
    await setImmediate();
  }
  return { child, stderr, ended };
}

function recordsDone(out: string): number {
  try {
    const state = JSON.parse(readFileSync(join(directory, `${out}.partial.json`), 'utf8')) as {
      records: number;
    };
    return state.records;
  } catch {
    return 0;
  }
}

function bytesOf(name: string): Buffer {
  return readFileSync(join(directory, name));
}

test.each(['csv', 'ocsf'])(
  'a %s export that is killed goes on where it stopped and gives the same file, whatever arrived meanwhile',
  async (format) => {
    const whole = `whole.${format}`;
    const killed = `killed.${format}`;
    expect((await run('tenant:before', '--format', format, '--out', whole)).code).toBe(0);

    const child = spawn(
      process.execPath,
      [CLI, 'export', 'tenant:before', '--format', format, '--out', killed],
      {
        cwd: directory,
        env: { PATH: process.env['PATH'], ...environment() },
        stdio: 'ignore',
      },
    );
    const ended = once(child, 'close');
    while (recordsDone(killed) === 0 && child.exitCode === null) await setImmediate();
    child.kill('SIGKILL');
    await ended;
    const done = recordsDone(killed);
    expect(done).toBeGreaterThan(0);
    expect(done).toBeLessThan(RECORDS);
    // What follows the checkpoint may be there in part, and is no part of the file.
    const partial = join(directory, `${killed}.partial`);
    writeFileSync(partial, 'torn', { flag: 'a' });

    await addMany(1_000, 'before');
    const { code, stdout, stderr } = await run('tenant:before', '--format', format, '--out', killed);
    expect(stderr).toContain(`going on behind ${done} records`);
    expect(code).toBe(0);
    expect(stdout).toContain(`${RECORDS} records`);
    expect(bytesOf(killed).equals(bytesOf(whole))).toBe(true);
    expect((await readdir(directory)).filter((name) => name.startsWith(`${killed}.`))).toEqual([]);
    await store().client.command({
      query: `ALTER TABLE audit.records DELETE WHERE tenant_id = 'before' AND ingested_at > (SELECT min(ingested_at) + INTERVAL 0 SECOND FROM audit.records)`,
      clickhouse_settings: { mutations_sync: '2' },
    });
  },
);

test('an export that is interrupted says how it goes on; another search is refused, and so is a file that was changed', async () => {
  const { child, stderr, ended } = await begin('kept.jsonl', 'jsonl');
  child.kill('SIGINT');
  const [code] = await ended;
  expect(code).toBe(1);
  expect(await stderr).toContain('kept.jsonl.partial is kept, and the same command goes on with it');
  const done = recordsDone('kept.jsonl');

  const other = await run('actor:alice', '--format', 'jsonl', '--out', 'kept.jsonl');
  expect(other.code).toBe(78);
  expect(other.stderr).toMatch(/is of another export \(the search was "", now "actor:alice"\)/);
  const format = await run('--format', 'ecs', '--out', 'kept.jsonl');
  expect(format.stderr).toMatch(/is of another export \(--format was "jsonl", now "ecs"\)/);
  expect(recordsDone('kept.jsonl')).toBe(done);

  const partial = join(directory, 'kept.jsonl.partial');
  const { size } = statSync(partial);
  truncateSync(partial, 100);
  truncateSync(partial, size);
  const changed = await run('--format', 'jsonl', '--out', 'kept.jsonl');
  expect(changed.code).toBe(78);
  expect(changed.stderr).toContain('is not what was written');

  const again = await run('--format', 'jsonl', '--out', 'kept.jsonl', '--restart');
  expect(again.code).toBe(0);
  expect(bytesOf('kept.jsonl').toString().trimEnd().split('\n')).toHaveLength(RECORDS);
});
