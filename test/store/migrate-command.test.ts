import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { afterEach, describe, expect, test } from 'vitest';
import { runProgram } from '../../src/commands/program.ts';
import { loadMigrations } from '../../src/store/migrations.ts';
import { useClickHouse } from '../support/clickhouse.ts';

const store = useClickHouse();
const PREFIX = 'AUDIT_REGISTER_CLICKHOUSE_';

interface Ended {
  readonly exitCode: number;
  readonly printed: string[];
  readonly said: string[];
}

async function run(args: readonly string[], settings: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const printed: string[] = [];
  const said: string[] = [];
  const entries = Object.entries({ URL: store().url, ...settings }).map(([name, value]) => [
    PREFIX + name,
    value,
  ]);
  const exitCode = await runProgram(['migrate', ...args], {
    env: Object.fromEntries(entries) as NodeJS.ProcessEnv,
    cwd: tmpdir(),
    print: (line) => printed.push(line),
    say: (line) => said.push(line),
    signal: new AbortController().signal,
  });
  return { exitCode, printed, said };
}

describe('audit-register migrate', () => {
  test('prints what it applied, and the second time that nothing is left', async () => {
    const first = await run([], { DATABASE: 'by_command' });
    expect(first).toEqual({
      exitCode: 0,
      printed: loadMigrations().map(({ name }) => `applied ${name}`),
      said: [],
    });
    const second = await run([], { DATABASE: 'by_command' });
    expect(second.printed).toEqual([
      `database by_command is up to date (${loadMigrations().length} migrations)`,
    ]);
  });

  test('takes address and database as options before those of the environment', async () => {
    const ended = await run(['--url', store().url, '--database', 'by_option'], { URL: 'http://127.0.0.1:1' });
    expect(ended.exitCode).toBe(0);
    expect(await store().query("SELECT name FROM system.databases WHERE name = 'by_option'")).toHaveLength(1);
  });

  test.each([
    [
      'no server',
      { URL: 'http://127.0.0.1:1' },
      /^No ClickHouse answers at http:\/\/127\.0\.0\.1:1 .*ECONNREFUSED.*CLICKHOUSE_URL/,
    ],
    [
      'an unknown host',
      { URL: 'http://nowhere.invalid:8123' },
      /^No ClickHouse answers at .*nowhere\.invalid.*CLICKHOUSE_URL/,
    ],
    [
      'a wrong password',
      { USER: 'audit_writer', PASSWORD: 'tr0ub4dor' },
      /does not take user "audit_writer" with this password.*CLICKHOUSE_PASSWORD/,
    ],
    ['an unknown user', { USER: 'nobody' }, /does not take user "nobody".*CLICKHOUSE_USER/],
    [
      'TLS towards a server without',
      { URL: 'https://127.0.0.1:{port}' },
      /^No ClickHouse answers at https:.*CLICKHOUSE_URL/,
    ],
    ['a database that is no name', { DATABASE: 'a b' }, /CLICKHOUSE_DATABASE must be/],
    ['an address that is none', { URL: 'nonsense' }, /CLICKHOUSE_URL/],
  ])('with %s says in one line what mends it', async (_what, settings, message) => {
    const port = new URL(store().url).port;
    const filled = Object.entries(settings).map(([name, value]) => [name, value.replace('{port}', port)]);
    const ended = await run([], Object.fromEntries(filled) as Record<string, string>);
    expect(ended.exitCode).toBe(78);
    expect(ended.printed).toEqual([]);
    expect(ended.said).toHaveLength(1);
    expect(ended.said[0]?.replace('audit-register: ', '')).toMatch(message);
    expect(ended.said[0]).not.toMatch(/\n|tr0ub4dor/);
  });

  test('by a user who may not says so, without the password', async () => {
    const { audit_writer: password } = store().engine.passwords;
    const ended = await run([], { USER: 'audit_writer', PASSWORD: password, DATABASE: 'denied' });
    expect(ended.exitCode).toBe(78);
    expect(ended.said.join()).toMatch(/User "audit_writer" may not do this .*privileges.*CLICKHOUSE_USER/);
    expect(ended.said.join()).not.toContain(password);
  });
});

describe('something else than a ClickHouse', () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });

  async function serve(listener: RequestListener): Promise<string> {
    server = createServer(listener).listen(0, '127.0.0.1');
    await new Promise((done) => server?.once('listening', done));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  test.each<[string, RequestListener]>([
    [
      'answers 500',
      (_request, response) => response.writeHead(500).end('<h1>Internal Server Error</h1>\n\n<p>'),
    ],
    ['answers garbage', (_request, response) => response.end('\u0000\u0001 {"garbage"')],
    ['hangs up', (request) => request.socket.destroy()],
    ['answers never', () => {}],
  ])('that %s is told in one line', async (_what, listener) => {
    const ended = await run([], { URL: await serve(listener), TIMEOUT_MS: '500' });
    expect(ended.exitCode).toBe(78);
    expect(ended.said).toHaveLength(1);
    expect(ended.said[0]).toMatch(/^audit-register: .*http:\/\/127\.0\.0\.1:\d+/);
    expect(ended.said[0]).toMatch(/AUDIT_REGISTER_CLICKHOUSE_URL/);
    expect(ended.said[0]).not.toContain('\n');
  });
});
