import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { run as runIn } from '../integrity/command.ts';
import type { Ended } from '../integrity/command.ts';
import { useClickHouse } from '../support/clickhouse.ts';

const CLI = join(import.meta.dirname, '../../dist/commands/cli.js');
/** Some windows of an export. */
const RECORDS = 45_000;
/** Several exports of them, on a machine that has other things to do. */
const TIMEOUT_MILLIS = 240_000;
const store = useClickHouse();
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'audit-register-resume-'));
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
async function begin(out: string, ...args: readonly string[]): Promise<Begun> {
  const child = spawn(process.execPath, [CLI, 'export', ...args, '--out', out], {
    cwd: directory,
    env: { PATH: process.env['PATH'], ...environment() },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(child, 'close');
  const stderr = text(child.stderr);
  await vi.waitUntil(() => recordsDone(out) > 0 || child.exitCode !== null, {
    timeout: TIMEOUT_MILLIS,
    interval: 20,
  });
  if (child.exitCode !== null) throw new Error(`it ended too early: ${await stderr}`);
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
    const [whole, killed] = [`whole.${format}`, `killed.${format}`];
    const args = [`tenant:${format}`, '--format', format];
    await addMany(RECORDS, format);
    expect((await run(...args, '--out', whole)).code).toBe(0);

    const { child, ended } = await begin(killed, ...args);
    child.kill('SIGKILL');
    await ended;
    const done = recordsDone(killed);
    expect(done).toBeGreaterThan(0);
    expect(done).toBeLessThan(RECORDS);
    // What follows the checkpoint may be there in part, and is no part of the file.
    writeFileSync(join(directory, `${killed}.partial`), 'torn', { flag: 'a' });

    await addMany(1_000, format);
    const { code, stdout, stderr } = await run(...args, '--out', killed);
    expect(stderr).toContain(`going on behind ${done} records`);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringContaining(`${RECORDS} records`) as string,
    });
    expect(bytesOf(killed).equals(bytesOf(whole))).toBe(true);
    expect((await readdir(directory)).filter((name) => name.startsWith(`${killed}.`))).toEqual([]);
  },
  TIMEOUT_MILLIS,
);

test(
  'an export that is interrupted says how it goes on; another search is refused, and so is a file that was changed',
  async () => {
    await addMany(RECORDS, 'kept');
    const { child, stderr, ended } = await begin('kept.jsonl', 'tenant:kept', '--format', 'jsonl');
    child.kill('SIGINT');
    const [code] = await ended;
    expect(code).toBe(1);
    expect(await stderr).toContain('kept.jsonl.partial is kept, and the same command goes on with it');
    const done = recordsDone('kept.jsonl');

    const other = await run('actor:alice', '--format', 'jsonl', '--out', 'kept.jsonl');
    expect(other.code).toBe(78);
    expect(other.stderr).toMatch(/is of another export \(the search was "tenant:kept", now "actor:alice"\)/);
    const format = await run('tenant:kept', '--format', 'ecs', '--out', 'kept.jsonl');
    expect(format.stderr).toMatch(/is of another export \(--format was "jsonl", now "ecs"\)/);
    expect(recordsDone('kept.jsonl')).toBe(done);

    const partial = join(directory, 'kept.jsonl.partial');
    const { size } = statSync(partial);
    truncateSync(partial, 100);
    truncateSync(partial, size);
    const changed = await run('tenant:kept', '--format', 'jsonl', '--out', 'kept.jsonl');
    expect(changed.code).toBe(78);
    expect(changed.stderr).toContain('is not what was written');

    const again = await run('tenant:kept', '--format', 'jsonl', '--out', 'kept.jsonl', '--restart');
    expect(again.code).toBe(0);
    expect(bytesOf('kept.jsonl').toString().trimEnd().split('\n')).toHaveLength(RECORDS);
  },
  TIMEOUT_MILLIS,
);
