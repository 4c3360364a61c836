import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { describeFileError } from '../../src/export/file-error.ts';
import { csvHeader } from '../../src/search/csv.ts';
import { run as runIn } from '../integrity/command.ts';
import type { Ended } from '../integrity/command.ts';
import { addRecords } from '../store/records.ts';
import { useClickHouse } from '../support/clickhouse.ts';
import { csvRows } from './csv-rows.ts';
import { addHistory } from './history.ts';

const CLI = join(import.meta.dirname, '../../dist/commands/cli.js');
const store = useClickHouse();
let directory: string;
let count = 0;

beforeAll(async () => {
  count = await addHistory(store());
});
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'audit-register-export-'));
  return () => rm(directory, { recursive: true, force: true });
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** By the user who may only read. */
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

function contentOf(name: string): string {
  return readFileSync(join(directory, name), 'utf8');
}

function sha256(content: string): string {
  return createHash('sha256').update(content).digest('hex');
}

function linesOf(content: string): Record<string, unknown>[] {
  return content
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('a file', () => {
  test('of csv has every record once, the oldest first, times with nanoseconds and zone', async () => {
    expect((await run('--format', 'csv', '--out', 'all.csv')).code).toBe(0);
    const [header = [], ...rows] = csvRows(contentOf('all.csv'));
    expect(rows).toHaveLength(count);
    const times = rows.map((row) => row[header.indexOf('occurred_at')] ?? '');
    expect(times[0]).toBe('2026-11-20T10:00:00.123456789Z');
    expect(times).toEqual([...times].sort());
    expect(new Set(rows.map((row) => row[0])).size).toBe(count);
    expect(await readdir(directory)).toEqual(['all.csv']);
  });

  test('of csv has a byte order mark when it is asked for', async () => {
    await run('--format', 'csv', '--bom', '--out', 'bom.csv');
    expect(contentOf('bom.csv').startsWith(`\uFEFF${csvHeader()}`)).toBe(true);
  });

  test('of jsonl has the values of every record as the register has them', async () => {
    await run('--format', 'jsonl', '--out', 'all.jsonl');
    const records = linesOf(contentOf('all.jsonl'));
    expect(records).toHaveLength(count);
    const stored = await store().query<Record<string, unknown>>(
      'SELECT record_id, new_values, target_ids, error_message, url_path FROM audit.unique_records ORDER BY occurred_at, record_id',
    );
    expect(
      records.map(({ record_id, new_values, target_ids, error_message, url_path }) => {
        return { record_id, new_values, target_ids, error_message, url_path };
      }),
    ).toEqual(stored);
  });

  test.each(['ocsf', 'ecs'])('of %s has the events of the view, in the order of time', async (format) => {
    await run('--format', format, '--out', 'events.jsonl');
    const events = linesOf(contentOf('events.jsonl'));
    const stored = await store().query<{ event: string }>(
      `SELECT event FROM audit.${format} ORDER BY occurred_at, record_id`,
    );
    expect(events).toEqual(stored.map(({ event }) => JSON.parse(event) as unknown));
  });

  test('has only what the search finds, in the period', async () => {
    await run('category:http', '-outcome:success', '--format', 'jsonl', '--out', 'found.jsonl');
    const records = linesOf(contentOf('found.jsonl'));
    expect(records.length).toBeGreaterThan(0);
    for (const { category, outcome } of records) {
      expect(category).toBe('http');
      expect(outcome).not.toBe('success');
    }
    // What begins like an option is still a word of the search.
    const { code } = await run('-host:web-1', '--format', 'jsonl', '--out', 'elsewhere.jsonl');
    expect(code).toBe(0);
    expect(contentOf('elsewhere.jsonl')).toBe('');
    const from = '2026-11-20T10:00:10Z';
    const to = '2026-11-20T10:00:20Z';
    await run('--format', 'jsonl', '--from', from, '--to', to, '--out', 'period.jsonl');
    expect(linesOf(contentOf('period.jsonl'))).toHaveLength(10);
  });

  test('of nothing is still a file, with the names of the columns', async () => {
    const { code, stdout } = await run('actor:nobody-at-all', '--format', 'csv', '--out', 'none.csv');
    expect(code).toBe(0);
    expect(stdout).toContain('none.csv: 0 records');
    expect(contentOf('none.csv')).toBe(csvHeader());
  });

  test('is only read by its owner', async () => {
    await run('--format', 'csv', '--out', 'own.csv');
    const { mode } = statSync(join(directory, 'own.csv'));
    expect(mode & 0o077).toBe(0);
  });
});

describe('the proof', () => {
  test('says how much it is, of what and when, and the digest of the file', async () => {
    const { stdout } = await run('category:db', '--format', 'csv', '--out', 'db.csv', '--manifest');
    const content = contentOf('db.csv');
    const manifest = JSON.parse(contentOf('db.csv.manifest.json')) as Record<string, unknown>;
    const [first] = await store().query<{ records: number; first: string }>(
      "SELECT count() AS records, toString(min(occurred_at)) AS first FROM audit.unique_records WHERE category = 'db'",
    );
    expect(manifest).toMatchObject({
      file: 'db.csv',
      format: 'csv',
      bytes: Buffer.byteLength(content),
      sha256: sha256(content),
      records: Number(first?.records),
      recordsInStore: Number(first?.records),
      first: `${first?.first.replace(' ', 'T')}Z`,
      search: 'category:db',
      store: store().url,
      database: 'audit',
    });
    expect(stdout).toContain(`sha256: ${sha256(content)}`);
    expect(stdout).toContain('export --format archive');
  });

  test('is checked by the command that it names', async () => {
    await run('--format', 'jsonl', '--out', 'all.jsonl', '--manifest', 'proof.json');
    const { check } = JSON.parse(contentOf('proof.json')) as { check: string };
    const verdict = (): Promise<string> => shell(check);
    expect(await verdict()).toBe('all.jsonl: OK\n');
    writeFileSync(join(directory, 'all.jsonl'), contentOf('all.jsonl').replace('Alice', 'Mallory'));
    expect(await verdict()).toContain('all.jsonl: FAILED');
  });

  test('holds no password', async () => {
    const { stdout } = await run('--format', 'csv', '--out', 'all.csv', '--manifest');
    const { password } = store().config('audit_reader');
    expect(stdout + contentOf('all.csv.manifest.json')).not.toContain(password);
  });
});

async function shell(command: string): Promise<string> {
  const child = spawn('sh', ['-c', command], { cwd: directory, stdio: ['ignore', 'pipe', 'ignore'] });
  return await text(child.stdout);
}

describe('standard output', () => {
  test('has the records and nothing else; what is said of them goes to standard error', async () => {
    const { code, stdout, stderr } = await run('--format', 'jsonl', '--out', '-');
    expect(code).toBe(0);
    expect(linesOf(stdout)).toHaveLength(count);
    expect(stderr).toContain(`sha256: ${sha256(stdout)}`);
  });

  test('that nobody reads any more ends the export without a word', async () => {
    await addRecords(
      store(),
      Array.from({ length: 2_000 }, (_, index) => ({
        category: 'app',
        tenant_id: 'many',
        occurred_at: `2026-11-19 00:00:00.${String(index).padStart(9, '0')}`,
        request_body: 'x'.repeat(1_000),
      })),
    );
    const child = spawn(
      'sh',
      ['-c', `"${process.execPath}" "${CLI}" export tenant:many --format jsonl --out - | head -n 1`],
      {
        cwd: directory,
        env: { PATH: process.env['PATH'], ...environment() },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    expect(linesOf(stdout)).toHaveLength(1);
    expect(stderr).toBe('');
    await store().client.command({
      query: "ALTER TABLE audit.records DELETE WHERE tenant_id = 'many'",
      clickhouse_settings: { mutations_sync: '2' },
    });
  });
});

describe('refuses', () => {
  test('to write over a file, unless it is told to', async () => {
    writeFileSync(join(directory, 'there.csv'), 'mine');
    const { code, stderr } = await run('--format', 'csv', '--out', 'there.csv');
    expect(code).toBe(78);
    expect(stderr).toContain('--force');
    expect(contentOf('there.csv')).toBe('mine');
    expect((await run('--format', 'csv', '--out', 'there.csv', '--force')).code).toBe(0);
    expect(contentOf('there.csv').startsWith('record_id,')).toBe(true);
  });

  test('a directory, also when it is forced', async () => {
    mkdirSync(join(directory, 'place'));
    const { code, stderr } = await run('--format', 'csv', '--out', 'place', '--force');
    expect(code).toBe(78);
    expect(stderr).toContain('is a directory');
  });

  test('a search that it does not understand, and makes no file of it', async () => {
    const { code, stderr } = await run('actr:alice', '--format', 'csv', '--out', 'none.csv');
    expect(code).toBe(2);
    expect(stderr).toContain('actor');
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(await readdir(directory)).toEqual([]);
  });

  test.each([
    ['a search of an archive', ['actor:alice', '--format', 'archive', '--out', 'a'], 'segments'],
    ['an archive on standard output', ['--format', 'archive', '--out', '-'], '--out'],
    ['a byte order mark in JSON', ['--format', 'jsonl', '--bom', '--out', 'a'], '--bom'],
    ['a manifest beside no file', ['--format', 'csv', '--out', '-', '--manifest'], '--manifest'],
    ['a time that is none', ['--from', 'someday', '--format', 'csv', '--out', 'a'], '--from'],
    ['an option that is none', ['--fromat', 'csv', '--format', 'csv', '--out', 'a'], '--fromat'],
  ])('%s', async (_name, args, word) => {
    const { code, stderr } = await run(...args);
    expect(code).toBe(2);
    expect(stderr).toContain(word);
    expect(await readdir(directory)).toEqual([]);
  });

  test('a directory that is not there, in one line that says what to do', async () => {
    const { code, stderr } = await run('--format', 'csv', '--out', 'no/such/place.csv');
    expect(code).toBe(78);
    expect(stderr).toMatch(
      /^audit-register: the export cannot be written: .*ENOENT.*Give another --out\.\n$/,
    );
  });
});

test.each(['jsonl', 'parquet'])(
  'without room for a file of %s says so, and writes it once there is room',
  async (format) => {
    // A limit on the size of files stands for a full disk: it stops the write at the same place, without a word to the process.
    const command = `ulimit -f 8; exec "${process.execPath}" "${CLI}" export --format ${format} --out all`;
    const child = spawn('bash', ['-c', command], {
      cwd: directory,
      env: { PATH: process.env['PATH'], ...environment() },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const stderr = await text(child.stderr);
    expect(stderr).toMatch(
      /^audit-register: the export cannot be written: .*(?:EFBIG|ENOSPC).*Make room and run the same command again\./,
    );
    expect(await readdir(directory)).not.toContain('all');
    expect((await run('--format', format, '--out', 'all')).code).toBe(0);
    if (format === 'jsonl') expect(linesOf(contentOf('all'))).toHaveLength(count);
    expect(await readdir(directory)).toEqual(['all']);
  },
);

test('without room behind a checkpoint says that it goes on', () => {
  const noRoom = Object.assign(new Error('no space left'), { code: 'ENOSPC' });
  expect(describeFileError(noRoom, true).message).toContain('again: it goes on where it stopped.');
  expect(describeFileError(noRoom, false).message).not.toContain('goes on');
});
