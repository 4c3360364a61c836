import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createStoreClient } from '../../src/store/client.ts';
import { temporaryDirectory } from '../support/clickhouse.ts';
import { engineProcesses, spawnNode } from './processes.ts';
import type { Spawned } from './processes.ts';

const CLI = resolve('dist/commands/cli.js');
const FREE_PORTS = ['--port', '0', '--tcp-port', '0', '--explorer-port', '0'];

let directory: string;
let started: Spawned[];

beforeEach(async () => {
  started = [];
  directory = await temporaryDirectory();
});

afterEach(async () => {
  for (const { process } of started) process.kill('SIGKILL');
  await expect.poll(() => engineProcesses(directory), { timeout: 20_000 }).toBe('');
  await rm(directory, { recursive: true, force: true });
});

function dev(args: readonly string[] = FREE_PORTS, cli = CLI): Spawned {
  const spawned = spawnNode([cli, 'dev', ...args], { cwd: directory });
  started.push(spawned);
  return spawned;
}

async function readyUrl({ firstLine }: Spawned): Promise<string> {
  return /^ready (http:\/\/127\.0\.0\.1:\d+)$/.exec(await firstLine)?.[1] ?? `no url in: ${await firstLine}`;
}

async function countRecords(url: string, username: string, password: string): Promise<unknown> {
  const client = createStoreClient({ url, username, password, timeoutMillis: 10_000 });
  try {
    const result = await client.query({
      query: 'SELECT count() AS records FROM audit.records',
      format: 'JSONEachRow',
    });
    return await result.json();
  } finally {
    await client.close();
  }
}

describe('audit-register dev', () => {
  test('prints one line once it can be used, and ends with 0 on Ctrl-C', async () => {
    const command = dev();
    const url = await readyUrl(command);
    expect(await countRecords(url, 'default', '')).toEqual([{ records: 0 }]);
    command.process.kill('SIGINT');
    expect(await command.exited).toEqual({ exitCode: 0, signal: null });
    expect(command.stdout()).toBe(`ready ${url}\n`);
    expect(engineProcesses(directory)).toBe('');
  });

  test('says at start what it is, and its passwords at the first start only', async () => {
    const first = dev();
    await first.firstLine;
    const kept = JSON.parse(readFileSync(join(directory, '.audit-register/credentials.json'), 'utf8')) as {
      audit_reader: string;
    };
    first.process.kill('SIGTERM');
    expect((await first.exited).exitCode).toBe(0);
    expect(first.stderr()).toContain('embedded for development');
    expect(first.stderr()).toContain(`Password made for audit_reader, told only now: ${kept.audit_reader}`);
    const second = dev();
    expect(await countRecords(await readyUrl(second), 'audit_reader', kept.audit_reader)).toEqual([
      { records: 0 },
    ]);
    expect(second.stderr()).toContain('audit_reader');
    expect(second.stderr()).not.toContain('Password made');
  });

  test('takes passwords and never shows them', async () => {
    const command = dev([...FREE_PORTS, '--writer-password', 'w-secret', '--reader-password', 'r-secret']);
    expect(await countRecords(await readyUrl(command), 'audit_reader', 'r-secret')).toEqual([{ records: 0 }]);
    expect(command.stdout() + command.stderr()).not.toMatch(/[wr]-secret/);
  });

  test('takes passwords from files', async () => {
    writeFileSync(join(directory, 'writer'), 'w-secret\n');
    writeFileSync(join(directory, 'reader'), 'r-secret\n');
    const files = ['--writer-password-file', 'writer', '--reader-password-file', 'reader'];
    const command = dev([...FREE_PORTS, ...files]);
    const url = await readyUrl(command);
    expect(await countRecords(url, 'audit_reader', 'r-secret')).toEqual([{ records: 0 }]);
    expect(await countRecords(url, 'audit_writer', 'w-secret')).toEqual([{ records: 0 }]);
    expect(command.stdout() + command.stderr()).not.toMatch(/[wr]-secret/);
  });

  test.each([
    ['no file', ['--reader-password-file', 'gone'], 78, /--reader-password-file gone cannot be read/],
    [
      'an empty file',
      ['--reader-password-file', 'empty'],
      78,
      /--reader-password-file empty holds no password/,
    ],
    [
      'two passwords',
      ['--reader-password', 'needle', '--reader-password-file', 'empty'],
      2,
      /cannot be used with/,
    ],
  ])('does not start with %s for a password', async (_what, args, exitCode, says) => {
    writeFileSync(join(directory, 'empty'), '\n');
    const command = dev([...FREE_PORTS, ...args]);
    expect((await command.exited).exitCode).toBe(exitCode);
    expect(command.stderr()).toMatch(says);
    expect(command.stderr()).not.toContain('needle');
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('ends with 0 when %s comes while it starts', async (signal) => {
    const command = dev();
    await expect.poll(() => engineProcesses(directory), { timeout: 10_000, interval: 5 }).not.toBe('');
    command.process.kill(signal);
    expect(await command.exited).toEqual({ exitCode: 0, signal: null });
    expect(engineProcesses(directory)).toBe('');
  });

  test('says so and ends when its server is killed', async () => {
    const command = dev();
    await command.firstLine;
    const pid = Number(engineProcesses(directory).trim().split(' ')[0]);
    process.kill(pid, 'SIGKILL');
    expect((await command.exited).exitCode).toBe(78);
    expect(command.stderr()).toMatch(/audit-register: The embedded ClickHouse .*ended by itself/);
  });

  test('refuses a directory that another one has', async () => {
    await dev().firstLine;
    const second = dev();
    expect((await second.exited).exitCode).toBe(78);
    expect(second.stderr()).toMatch(
      /^audit-register: Another embedded ClickHouse runs on the data directory .*--data-dir\.\n$/,
    );
    expect(second.stdout()).toBe('');
  });

  test('refuses a port in use by the name of its flag', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((done) => server.once('listening', done));
    const { port } = server.address() as AddressInfo;
    const command = dev(['--port', String(port), '--tcp-port', '0', '--no-explorer']);
    expect((await command.exited).exitCode).toBe(78);
    expect(command.stderr()).toBe(
      `audit-register: Port ${port} on 127.0.0.1 is in use by another program. Choose another with --port (0 takes any that is free).\n`,
    );
    server.close();
  });

  test('serves the explorer as the user that only reads, and ends with it open', async () => {
    const command = dev();
    await command.firstLine;
    await expect.poll(command.stderr).toMatch(/^Explorer: \S+$/m);
    const [, address = ''] = /^Explorer: (\S+)$/m.exec(command.stderr()) ?? [];
    const { origin, searchParams } = new URL(address);
    const headers = { Authorization: `Bearer ${searchParams.get('token')}` };
    expect((await fetch(`${origin}/api/session`)).status).toBe(401);
    const session = await fetch(`${origin}/api/session`, { headers });
    expect(await session.json()).toMatchObject({ store: { user: 'audit_reader', database: 'audit' } });
    const live = await fetch(`${origin}/api/live`, { headers });
    expect(live.status).toBe(200);

    command.process.kill('SIGINT');

    expect(await command.exited).toEqual({ exitCode: 0, signal: null });
    await expect(live.text()).rejects.toThrow();
  });

  test('serves no explorer where it was told so', async () => {
    const command = dev([...FREE_PORTS, '--no-explorer']);
    await command.firstLine;
    expect(command.stderr()).not.toMatch(/Explorer|token/);
  });

  test('refuses a port of the explorer in use, before it starts anything', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((done) => server.once('listening', done));
    const { port } = server.address() as AddressInfo;
    const command = dev(['--port', '0', '--tcp-port', '0', '--explorer-port', String(port)]);
    expect((await command.exited).exitCode).toBe(78);
    expect(command.stderr()).toBe(
      `audit-register: Port ${port} on 127.0.0.1 is in use by another program. Choose another with --explorer-port (0 takes any that is free).\n`,
    );
    server.close();
  });

  test('refuses one port for ClickHouse and the explorer', async () => {
    const command = dev(['--port', '18123', '--tcp-port', '0', '--explorer-port', '18123']);
    expect((await command.exited).exitCode).toBe(78);
    expect(command.stderr()).toMatch(/--explorer-port/);
  });

  test.each([
    ['a port that is none', ['--port', '65536']],
    ['an empty password', ['--writer-password', '']],
    ['an unknown option', ['--explore-port', '1']],
    ['a port of the explorer that is none', ['--explorer-port', 'x']],
    ['an argument', ['now']],
  ])('refuses %s as wrong usage', async (_what, args) => {
    const command = dev(args);
    expect((await command.exited).exitCode).toBe(2);
    expect(command.stderr()).toMatch(/^error: /);
  });

  test('names the command that installs the engine when it is not installed', async () => {
    const elsewhere = join(directory, 'package');
    mkdirSync(elsewhere);
    cpSync('dist', join(elsewhere, 'dist'), { recursive: true });
    cpSync('package.json', join(elsewhere, 'package.json'));
    const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: object };
    const needed = Object.keys(dependencies).filter((name) => !name.startsWith('@opentelemetry/'));
    for (const name of needed) {
      mkdirSync(dirname(join(elsewhere, 'node_modules', name)), { recursive: true });
      symlinkSync(resolve('node_modules', name), join(elsewhere, 'node_modules', name));
    }
    const command = dev(FREE_PORTS, join(elsewhere, 'dist/commands/cli.js'));
    expect((await command.exited).exitCode).toBe(78);
    expect(command.stderr()).toMatch(
      /^audit-register: The embedded ClickHouse needs two packages .*Install them: npm install --save-dev chdb@3\.4\.0 ffi-rs@1\.3\.7\n$/,
    );
  });
});

describe('the command', () => {
  test('says on a Node that is too old which one it needs', async () => {
    const oldNode = resolve('test/runtimes/node-20/node_modules/node/bin/node');
    const command = spawnNode([CLI, 'dev'], { cwd: directory }, oldNode);
    expect((await command.exited).exitCode).toBe(78);
    expect(command.stderr()).toMatch(
      /^audit-register: Node\.js 22\.15 or newer is needed, this is 20\.\d+\.\d+; update Node\.js\n$/,
    );
  });

  test('shows its version and its help', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    const asked = spawnNode([CLI, '--version']);
    expect((await asked.exited).exitCode).toBe(0);
    expect(asked.stdout()).toBe(`${version}\n`);
    const help = spawnNode([CLI, '--help']);
    expect((await help.exited).exitCode).toBe(0);
    for (const name of ['dev', 'hash', 'import', 'migrate'])
      expect(help.stdout()).toMatch(new RegExp(`^  ${name} `, 'm'));
  });

  test('refuses a command it does not know', async () => {
    const command = spawnNode([CLI, 'migrat']);
    expect((await command.exited).exitCode).toBe(2);
    expect(command.stderr()).toMatch(/unknown command 'migrat'/);
  });
});
