import { statSync, writeFileSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startClickHouse } from '../../src/embedded/clickhouse.ts';
import type { EmbeddedClickHouse, EmbeddedClickHouseOptions } from '../../src/embedded/clickhouse.ts';
import { temporaryDirectory } from '../support/clickhouse.ts';
import { engineProcesses, isRunning, spawnNode } from './processes.ts';

const PARENT = resolve('test/embedded/fixtures/engine-parent.cjs');
/** More than the engine's own patience, and than that of the watch that ends it by force. */
const ORPHAN_DEADLINE = { timeout: 25_000, interval: 50 };

let directory: string;
let cleanups: (() => unknown)[];

beforeEach(async () => {
  cleanups = [];
  directory = await temporaryDirectory();
});

afterEach(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
  await rm(directory, { recursive: true, force: true });
});

async function start(options: Partial<EmbeddedClickHouseOptions> = {}): Promise<EmbeddedClickHouse> {
  const engine = await startClickHouse({ dataDirectory: directory, httpPort: 0, ...options });
  cleanups.push(() => engine.kill());
  return engine;
}

async function startParent(): Promise<{ parent: number; httpUrl: string; pid: number }> {
  const parent = spawnNode([PARENT, directory]);
  cleanups.push(() => parent.process.kill('SIGKILL'));
  const { httpUrl, pid } = JSON.parse(await parent.firstLine) as { httpUrl: string; pid: number };
  cleanups.push(() => isRunning(pid) && process.kill(pid, 'SIGKILL'));
  return { parent: parent.pid, httpUrl, pid };
}

async function sql(httpUrl: string, query: string): Promise<string> {
  const response = await fetch(httpUrl, { method: 'POST', body: query, headers: { connection: 'close' } });
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return text.trim();
}

async function occupyPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  cleanups.push(() => new Promise((done) => server.close(done)));
  return (server.address() as AddressInfo).port;
}

describe('the data', () => {
  const ROWS = 'SELECT count(), sum(n) FROM shop.kept';

  async function fill(engine: EmbeddedClickHouse): Promise<void> {
    await sql(engine.httpUrl, 'CREATE DATABASE shop');
    await sql(
      engine.httpUrl,
      'CREATE TABLE shop.kept (n UInt64) ENGINE = MergeTree ORDER BY n SETTINGS fsync_after_insert = 1, fsync_part_directory = 1',
    );
    await sql(engine.httpUrl, 'INSERT INTO shop.kept SELECT number FROM numbers(1000)');
  }

  test('is there again after an orderly stop', async () => {
    const first = await start();
    await fill(first);
    await first.stop();
    expect(isRunning(first.pid)).toBe(false);
    const second = await start();
    expect(await sql(second.httpUrl, ROWS)).toBe('1000\t499500');
  });

  test('is there again after kill -9 of the server', async () => {
    const first = await start();
    await fill(first);
    process.kill(first.pid, 'SIGKILL');
    await first.exited;
    const second = await start();
    expect(await sql(second.httpUrl, ROWS)).toBe('1000\t499500');
  });

  test.each([`o'neil "the\\ <x> & 50% ü 日本`, '${HOME} $(id) `id`; --path=x', ' leading and trailing '])(
    'may be in a directory called %j',
    async (name) => {
      const dataDirectory = join(directory, name);
      const first = await start({ dataDirectory });
      await fill(first);
      await first.kill();
      const second = await start({ dataDirectory });
      expect(await sql(second.httpUrl, ROWS)).toBe('1000\t499500');
      await second.kill();
      expect(readdirSync(directory)).toEqual([name]);
      expect(readdirSync(dataDirectory).sort()).toEqual(['clickhouse', 'credentials.json']);
    },
  );
});

describe('the server ends with the process that started it', () => {
  test('when that is killed with kill -9', async () => {
    const { parent, pid } = await startParent();
    process.kill(parent, 'SIGKILL');
    await expect.poll(() => isRunning(pid), ORPHAN_DEADLINE).toBe(false);
  });

  test('when that is killed while a query runs', async () => {
    const { parent, httpUrl, pid } = await startParent();
    const endless =
      'SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1 SETTINGS max_threads = 1';
    const query = sql(httpUrl, endless).catch(() => 'broken off');
    const running = "SELECT count() FROM system.processes WHERE query LIKE '%sipHash64(number)%'";
    await expect.poll(() => sql(httpUrl, running).then(Number)).toBeGreaterThan(1);
    process.kill(parent, 'SIGKILL');
    await expect.poll(() => isRunning(pid), ORPHAN_DEADLINE).toBe(false);
    expect(await query).toBe('broken off');
  });

  test('when that is killed while the server starts', async () => {
    const parent = spawnNode([PARENT, directory]);
    cleanups.push(() => parent.process.kill('SIGKILL'));
    const engines = (): string => engineProcesses(directory);
    await expect.poll(engines, { timeout: 10_000, interval: 5 }).not.toBe('');
    process.kill(parent.pid, 'SIGKILL');
    await expect.poll(engines, ORPHAN_DEADLINE).toBe('');
  });

  test('and tells it when the server itself is killed', async () => {
    const engine = await start();
    process.kill(engine.pid, 'SIGKILL');
    await engine.exited;
    expect(isRunning(engine.pid)).toBe(false);
    await engine.stop();
  });

  test('and a start that is broken off leaves nothing behind', async () => {
    const abort = new AbortController();
    const starting = start({ signal: abort.signal });
    await expect.poll(() => engineProcesses(directory), { timeout: 10_000, interval: 5 }).not.toBe('');
    abort.abort(new Error('changed my mind'));
    await expect(starting).rejects.toThrow('changed my mind');
    expect(engineProcesses(directory)).toBe('');
    expect(readdirSync(directory).filter((name) => name.startsWith('run-'))).toEqual([]);
  });
});

describe('a start that cannot succeed says why', () => {
  test('when another server has the directory, which is not disturbed', async () => {
    const first = await start({ readerPassword: 'first' });
    const before = readFileSync(join(directory, 'credentials.json'), 'utf8');
    await expect(start({ readerPassword: 'second' })).rejects.toMatchObject({
      code: 'ERR_AUDIT_ENGINE_DIRECTORY_IN_USE',
      message: `Another embedded ClickHouse runs on the data directory ${directory}. Stop it, or choose another directory with --data-dir.`,
    });
    expect(readFileSync(join(directory, 'credentials.json'), 'utf8')).toBe(before);
    expect(await sql(`${first.httpUrl}/?user=audit_reader&password=first`, 'SELECT 1')).toBe('1');
  });

  test.each([
    ['httpPort', '--port'],
    ['tcpPort', '--tcp-port'],
  ])('when the %s is in use', async (option, flag) => {
    const port = await occupyPort();
    await expect(start({ [option]: port })).rejects.toMatchObject({
      code: 'ERR_AUDIT_ENGINE_PORT',
      message: `Port ${port} on 127.0.0.1 is in use by another program. Choose another with ${flag} (0 takes any that is free).`,
    });
    expect(readdirSync(directory)).toEqual([]);
  });

  test('when both interfaces are given one port', async () => {
    await expect(start({ httpPort: 4711, tcpPort: 4711 })).rejects.toThrow(
      /already taken by the HTTP interface/,
    );
  });

  test('when the directory cannot be made', async () => {
    const file = join(directory, 'file');
    writeFileSync(file, '');
    await expect(start({ dataDirectory: join(file, 'data') })).rejects.toMatchObject({
      code: 'ERR_AUDIT_ENGINE_DIRECTORY',
      message: expect.stringMatching(/^The data directory .*file\/data cannot be used: ENOTDIR.*--data-dir/),
    });
  });

  test('when the kept passwords cannot be read', async () => {
    writeFileSync(join(directory, 'credentials.json'), '{"audit_writer": 5}');
    await expect(start()).rejects.toThrow(/credentials\.json does not hold the passwords/);
  });

  test('when the library of the engine is not there', async () => {
    process.env['CHDB_LIBCHDB_PATH'] = join(directory, 'libchdb.so');
    cleanups.push(() => delete process.env['CHDB_LIBCHDB_PATH']);
    await expect(start()).rejects.toMatchObject({
      code: 'ERR_AUDIT_ENGINE_LIBRARY',
      message: expect.stringContaining(`no library that works on ${process.platform}-${process.arch}`),
    });
  });

  test('when the library of the engine is for another platform', async () => {
    const library = join(directory, 'libchdb.so');
    writeFileSync(library, 'not a library');
    process.env['CHDB_LIBCHDB_PATH'] = library;
    cleanups.push(() => delete process.env['CHDB_LIBCHDB_PATH']);
    await expect(start()).rejects.toMatchObject({ code: 'ERR_AUDIT_ENGINE_LIBRARY' });
  });
});

describe('the passwords', () => {
  test('are made at the first start, kept for the owner alone, and used again', async () => {
    const first = await start();
    expect(first.madePasswords).toEqual(['audit_writer', 'audit_reader']);
    expect(statSync(join(directory, 'credentials.json')).mode & 0o777).toBe(0o600);
    await first.kill();
    const second = await start();
    expect(second.madePasswords).toEqual([]);
    expect(second.passwords).toEqual(first.passwords);
  });

  test('that are given take the place of the kept ones', async () => {
    const first = await start();
    await first.kill();
    const second = await start({ writerPassword: `'"<&> ü` });
    expect(second.passwords).toEqual({ ...first.passwords, audit_writer: `'"<&> ü` });
    const password = encodeURIComponent(`'"<&> ü`);
    expect(
      await sql(`${second.httpUrl}/?user=audit_writer&password=${password}`, 'SELECT currentUser()'),
    ).toBe('audit_writer');
  });
});

test('what a killed start left behind is removed by the next', async () => {
  const { parent, pid } = await startParent();
  process.kill(parent, 'SIGKILL');
  await expect.poll(() => isRunning(pid), ORPHAN_DEADLINE).toBe(false);
  mkdirSync(join(directory, 'run-1-alive'));
  await start();
  const left = readdirSync(directory).filter((name) => name.startsWith('run-'));
  expect(left.some((name) => name.startsWith(`run-${parent}-`))).toBe(false);
  expect(left).toContain('run-1-alive');
});

test('the server does not load what NODE_OPTIONS asks for', async () => {
  const trap = join(directory, 'trap.cjs');
  writeFileSync(trap, "require('node:fs').writeFileSync(__dirname + '/loaded', '')");
  process.env['NODE_OPTIONS'] = `--require ${trap}`;
  cleanups.push(() => delete process.env['NODE_OPTIONS']);
  await start();
  expect(readdirSync(directory)).not.toContain('loaded');
});
