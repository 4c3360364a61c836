import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { spawnNode } from '../embedded/processes.ts';
import type { Spawned } from '../embedded/processes.ts';
import { temporaryDirectory, useClickHouse } from '../support/clickhouse.ts';
import { ask, open } from './exchange.ts';

const CLI = resolve('dist/commands/cli.js');
const store = useClickHouse();
const started: Spawned[] = [];
let directory: string;
let passwordFile: string;

beforeAll(async () => {
  directory = await temporaryDirectory();
  passwordFile = join(directory, 'password');
  writeFileSync(passwordFile, `${store().engine.passwords.audit_reader}\n`);
});

afterEach(() => {
  for (const { process } of started.splice(0)) process.kill('SIGKILL');
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

function explore(args: readonly string[], env: Readonly<Record<string, string>> = {}): Spawned {
  const all = ['explore', '--port', '0', ...args];
  const spawned = spawnNode([CLI, ...all], { cwd: directory, env: { PATH: process.env['PATH'], ...env } });
  started.push(spawned);
  return spawned;
}

/** As the documentation says it. */
function asReader(...args: string[]): Spawned {
  return explore(['--url', store().url, '--user', 'audit_reader', '--password-file', passwordFile, ...args]);
}

async function readyUrl({ firstLine }: Spawned): Promise<URL> {
  const line = await firstLine;
  expect(line).toMatch(/^ready http:\/\//);
  return new URL(line.slice('ready '.length));
}

describe('audit-register explore', () => {
  test('prints one line with the link once it can be opened, and never the password', async () => {
    const command = asReader();
    const url = await readyUrl(command);

    expect(url.hostname).toBe('127.0.0.1');
    expect(url.searchParams.get('token')).toMatch(/^[\w-]{32}$/);
    expect((await ask(url.origin, `${url.pathname}${url.search}`)).status).toBe(303);
    expect((await ask(url.origin, '/api/session')).status).toBe(401);
    expect(command.stderr()).toBe('');
    command.process.kill('SIGINT');
    expect(await command.exited).toEqual({ exitCode: 0, signal: null });
    expect(command.stdout()).toBe(`ready ${url.href}\n`);
  });

  test.each(['SIGINT', 'SIGTERM'] as const)(
    'ends at once on %s with streams that are open',
    async (signal) => {
      const command = asReader();
      const { origin, searchParams } = await readyUrl(command);
      const headers = { Authorization: `Bearer ${searchParams.get('token')}` };
      const live = await open(origin, '/api/live', { headers });
      const idle = await open(origin, '/', { headers: { Connection: 'keep-alive' } });
      const ended = [live, idle].map(
        (response) =>
          new Promise((done) =>
            response
              .on('error', () => {})
              .once('close', done)
              .resume(),
          ),
      );

      command.process.kill(signal);

      expect(await command.exited).toEqual({ exitCode: 0, signal: null });
      await Promise.all(ended);
      expect(live.complete).toBe(false);
    },
  );

  test('takes the store from the settings', async () => {
    const command = explore([], {
      AUDIT_REGISTER_CLICKHOUSE_URL: store().url.replace('://', '://audit_writer:wrong@'),
      AUDIT_REGISTER_CLICKHOUSE_PASSWORD_FILE: passwordFile,
    });
    expect((await command.exited).exitCode).toBe(78);
    expect(command.stderr()).toMatch(/does not take user "audit_writer"/);
    expect(command.stderr()).not.toMatch(/wrong|:wrong@/);
  });

  test('takes its options before a user in the address of the settings', async () => {
    const command = explore(['--user', 'audit_reader', '--password-file', passwordFile], {
      AUDIT_REGISTER_CLICKHOUSE_URL: store().url.replace('://', '://audit_writer:wrong@'),
    });
    const { origin, searchParams } = await readyUrl(command);
    const session = await ask(origin, '/api/session', {
      headers: { Authorization: `Bearer ${searchParams.get('token')}` },
    });

    expect(JSON.parse(session.text)).toMatchObject({ store: { url: store().url, user: 'audit_reader' } });
    expect(session.text).not.toContain('wrong');
  });

  test('warns of a user who may write, and of an open door', async () => {
    const command = explore(['--url', store().url, '--no-token']);
    const { origin, search } = await readyUrl(command);

    expect(search).toBe('');
    expect((await ask(origin, '/api/session')).status).toBe(200);
    expect(command.stderr()).toMatch(/^User "default" may write .*--user, --password-file\)\.$/m);
    expect(command.stderr()).toMatch(
      /^Every user of this machine can read the register now \(--no-token\)\.$/m,
    );
  });

  test('takes a token that stays from a file, and never prints it', async () => {
    const token = 'a-token-that-stays-the-same';
    const file = join(directory, 'token');
    writeFileSync(file, `${token}\n`, { mode: 0o600 });

    const command = asReader('--token-file', file);
    const { href, origin } = await readyUrl(command);

    expect(href).toBe(`${origin}/`);
    const headers = { Authorization: `Bearer ${token}` };
    expect((await ask(origin, '/api/session', { headers })).status).toBe(200);
    expect((await ask(origin, '/api/session')).status).toBe(401);
    expect(command.stdout() + command.stderr()).toBe(`ready ${href}\n`);
  });

  test.skipIf(process.platform === 'win32').each([0o640, 0o604])(
    'warns of a token file that others can read: %o',
    async (mode) => {
      const file = join(directory, `token-${mode}`);
      writeFileSync(file, 'a-token-that-stays-the-same\n');
      chmodSync(file, mode);

      const command = asReader('--token-file', file);
      await readyUrl(command);

      expect(command.stderr()).toMatch(
        /^Other users of this machine can read --token-file .*chmod 600 it\.$/m,
      );
    },
  );

  test('refuses a port in use by the name of its option', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((done) => server.once('listening', done));
    const { port } = server.address() as AddressInfo;

    const command = asReader('--port', String(port));

    expect((await command.exited).exitCode).toBe(78);
    expect(command.stderr()).toBe(
      `audit-register: Port ${port} on 127.0.0.1 is in use by another program. Choose another with --port (0 takes any that is free).\n`,
    );
    server.close();
  });

  test.each([
    ['a host that is not here', ['--host', '192.0.2.1'], 78, /no such address .*--host/],
    [
      'a password file that is not there',
      ['--password-file', 'nowhere'],
      78,
      /--password-file nowhere cannot be read/,
    ],
    [
      'a token file that is not there',
      ['--token-file', 'nowhere'],
      78,
      /--token-file nowhere cannot be read/,
    ],
    ['a token that can be guessed', ['--token-file', 'short'], 78, /at least 20 characters/],
    ['a token and none', ['--token-file', 'short', '--no-token'], 78, /contradict/],
    ['a port that is none', ['--port', 'x'], 2, /A port is a number/],
    ['an address that is none', ['--url', 'nowhere'], 2, /--url takes an address such as http/],
    ['a store that is not there', ['--url', 'http://127.0.0.1:1'], 78, /No ClickHouse answers/],
  ])('refuses %s', async (_what, args, exitCode, message) => {
    writeFileSync(join(directory, 'short'), 'short');
    const command = asReader(...args);

    expect((await command.exited).exitCode).toBe(exitCode);
    expect(command.stderr()).toMatch(message);
    expect(command.stdout()).toBe('');
  });
});
