import { generateKeyPairSync } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { measureClockOffset } from '../../src/commands/doctor/clock-offset.ts';
import { judgeOffset } from '../../src/commands/doctor/store-checks.ts';
import { loadConfig } from '../../src/config/load.ts';
import { SETTINGS } from '../../src/config/settings.ts';
import type { Setting } from '../../src/config/settings.ts';
import { Chain } from '../../src/delivery/chain.ts';
import { createSpool } from '../../src/delivery/create-delivery.ts';
import type { Spool } from '../../src/delivery/spool/spool.ts';
import { parseSigningKey } from '../../src/integrity/keys.ts';
import { createLog } from '../../src/log.ts';
import { run } from '../integrity/command.ts';
import type { Ended } from '../integrity/command.ts';
import { startReceiver } from '../delivery/otlp-receiver.ts';
import { storedRecord } from '../record/records.ts';
import { useClickHouse } from '../support/clickhouse.ts';

interface Report {
  readonly file: string | null;
  readonly settings: readonly { key: string; value: string; source: string; from: string }[];
  readonly problems: readonly string[];
  readonly checks: readonly { name: string; status: string; says: string; mend?: string }[];
}

const ROOT = join(import.meta.dirname, '../..');
const store = useClickHouse();
let cwd: string;

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'audit-register-doctor-test-'));
});
afterEach(() => rm(cwd, { recursive: true, force: true }));

/** A URL of the engine with the credentials of a user. */
function urlOf(user: 'audit_writer' | 'audit_reader'): string {
  const url = new URL(store().url);
  url.username = user;
  url.password = store().engine.passwords[user];
  return url.href;
}

function environment(env: Readonly<Record<string, string>> = {}): Record<string, string> {
  return { XDG_STATE_HOME: join(cwd, 'state'), AUDIT_REGISTER_CLICKHOUSE_URL: store().url, ...env };
}

async function doctor(
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended & { report: Report; check: (name: string) => Report['checks'][number] | undefined }> {
  const ended = await run(['doctor', '--json', ...args], cwd, environment(env));
  const report = JSON.parse(ended.stdout) as Report;
  return { ...ended, report, check: (name) => report.checks.find((check) => check.name === name) };
}

async function listening(server: Server | ReturnType<typeof createTcpServer>): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const testRecords = (): Promise<{ segment_id: string; service_name: string; category: string }[]> =>
  store().query(
    "SELECT segment_id, service_name, category FROM audit.unique_records WHERE action = 'doctor' ORDER BY recorded_at",
  );

describe('the test record', () => {
  it('is sent as any record is and read back by a reader, certificate and all', async () => {
    const before = (await testRecords()).length;
    const ended = await doctor(['--reader-url', urlOf('audit_reader')], {
      AUDIT_REGISTER_CLICKHOUSE_URL: urlOf('audit_writer'),
    });
    expect(ended.check('test record')).toMatchObject({
      status: 'good',
      says: expect.stringMatching(
        /^delivered in \d+ ms, read back in \d+ ms by "audit_reader": record [\da-f-]{36}$/,
      ),
    });
    expect(ended.code).toBe(0);
    const records = await testRecords();
    expect(records).toHaveLength(before + 1);
    expect(records.at(-1)?.category).toBe('app');
    const seals = await store().query('SELECT kind FROM audit.segments WHERE segment_id = {segment:UUID}', {
      segment: records.at(-1)?.segment_id,
    });
    expect(seals).toHaveLength(1);
  });

  it('is read back by a reader whose password is in a file, and warns of one in an address', async () => {
    const { username, password } = store().config('audit_reader');
    await writeFile(join(cwd, 'password'), `${password}\n`);
    const env = { AUDIT_REGISTER_CLICKHOUSE_URL: urlOf('audit_writer') };
    const file = ['--reader-user', username, '--reader-password-file', 'password'];
    for (const args of [file, [...file, '--reader-url', store().url]]) {
      const ended = await doctor(args, env);
      expect(ended.check('reader')).toMatchObject({ says: expect.stringContaining('"audit_reader"') });
      expect(ended.check('test record')).toMatchObject({
        says: expect.stringContaining('by "audit_reader": record'),
      });
      expect([ended.code, ended.stderr]).toEqual([0, '']);
    }
    const open = await doctor(['--no-test-record', '--reader-url', urlOf('audit_reader')], env);
    expect([open.code, open.stderr]).toEqual([0, expect.stringContaining('can see the password')]);
    const gone = await run(['doctor', '--reader-password-file', 'gone'], cwd, environment());
    expect([gone.code, gone.stderr]).toEqual([78, expect.stringContaining('--reader-password-file gone')]);
  });

  it('is found in the table by a writer who may not read it, and the report says that this is all', async () => {
    const { check } = await doctor([], { AUDIT_REGISTER_CLICKHOUSE_URL: urlOf('audit_writer') });
    expect(check('test record')).toMatchObject({
      status: 'good',
      says: expect.stringContaining('found in the table; reading it needs a reader (--reader-user)'),
    });
  });

  it('is not sent where nobody wants it', async () => {
    const before = (await testRecords()).length;
    const { check } = await doctor(['--no-test-record']);
    expect(check('test record')).toBeUndefined();
    expect(await testRecords()).toHaveLength(before);
  });

  it('leaves nothing behind, neither in the spool nor among the temporary files', async () => {
    const temporary = join(cwd, 'tmp');
    await mkdir(temporary);
    await doctor([], { TMPDIR: temporary });
    expect(await readdir(temporary)).toEqual([]);
    expect(await readdir(cwd)).toEqual(['tmp']);
  });

  it('is not sent where the policy leaves such records out, and that is said', async () => {
    await writeFile(join(cwd, 'audit-register.config.json'), '{"policy":[{"level":"none"}]}');
    const { check } = await doctor();
    expect(check('test record')).toMatchObject({
      status: 'warning',
      says: expect.stringContaining('policy'),
    });
  });

  it('is refused where there are no tables, and nothing is made there', async () => {
    const { check, code } = await doctor([], { AUDIT_REGISTER_CLICKHOUSE_DATABASE: 'nowhere' });
    expect(check('test record')).toMatchObject({ status: 'failure' });
    expect(code).toBe(1);
    expect(await store().query("SELECT name FROM system.databases WHERE name = 'nowhere'")).toEqual([]);
  });

  it('is not written to standard output, which is the report', async () => {
    const { check, code } = await doctor([], { AUDIT_REGISTER_SINK: 'console' });
    expect(check('test record')?.status).toBe('skipped');
    expect(code).toBe(0);
  });

  it('goes to a receiver of OTLP where that is the sink, which is asked before', async () => {
    const receiver = await startReceiver();
    const headers = 'authorization=Bearer%20hunter2hunter2';
    const env = {
      AUDIT_REGISTER_SINK: 'otlp',
      AUDIT_REGISTER_OTLP_ENDPOINT: receiver.url,
      AUDIT_REGISTER_OTLP_HEADERS: headers,
    };
    try {
      const { code, check, stdout } = await doctor([], env);
      expect(code).toBe(0);
      expect(check('ClickHouse')).toMatchObject({ status: 'skipped' });
      expect(check('OTLP receiver')).toMatchObject({ status: 'good' });
      expect(check('test record')).toMatchObject({ status: 'good' });
      expect(receiver.taken().map(({ eventName }) => eventName)).toEqual(['audit.record', 'audit.segment']);
      expect(receiver.requests[0]?.headers.authorization).toBe('Bearer hunter2hunter2');
      receiver.answer = ({ headers }, response) => {
        response.writeHead(401).end(`no ${String(headers.authorization)}`);
        return false;
      };
      const refused = await doctor(['--no-test-record'], env);
      expect(refused.check('OTLP receiver')).toMatchObject({
        status: 'failure',
        says: expect.stringContaining('AUDIT_REGISTER_OTLP_HEADERS'),
      });
      expect(stdout + refused.stdout).not.toContain('hunter2');
    } finally {
      await receiver.close();
    }
  });

  it('does not go to a receiver that is named while the sink is another one, which is told', async () => {
    const receiver = await startReceiver();
    try {
      const forgotten = await doctor([], { AUDIT_REGISTER_OTLP_ENDPOINT: receiver.url });
      expect(forgotten.check('sink')).toMatchObject({
        status: 'warning',
        says: 'AUDIT_REGISTER_OTLP_ENDPOINT is set, but the sink is "clickhouse": no record goes there',
        mend: 'set AUDIT_REGISTER_SINK=otlp, or remove it',
      });
      expect(receiver.requests).toEqual([]);
      expect((await doctor()).check('sink')).toBeUndefined();
    } finally {
      await receiver.close();
    }
  });

  it('goes to a file where that is the sink', async () => {
    const { check, code } = await doctor([], { AUDIT_REGISTER_SINK: 'file' });
    expect(check('test record')).toMatchObject({ status: 'good', says: expect.stringContaining('"file"') });
    expect(code).toBe(0);
  });
});

describe('the store', () => {
  it('is good for a writer who may only insert', async () => {
    const { report, code } = await doctor(['--reader-url', urlOf('audit_reader')], {
      AUDIT_REGISTER_CLICKHOUSE_URL: urlOf('audit_writer'),
    });
    const states = Object.fromEntries(report.checks.map(({ name, status }) => [name, status]));
    expect(states).toMatchObject({
      ClickHouse: 'good',
      credentials: 'good',
      reader: 'good',
      'server version': 'good',
      grants: 'good',
      schema: 'good',
      clock: 'good',
    });
    expect(code).toBe(0);
  });

  it('warns of a user who may take records away', async () => {
    const { check, code } = await doctor(['--no-test-record']);
    expect(check('grants')).toMatchObject({
      status: 'warning',
      says: expect.stringContaining('ALTER DELETE ON audit.records'),
    });
    expect(code).toBe(0);
  });

  it('fails for a user who may not write', async () => {
    const { check, code } = await doctor(['--no-test-record'], {
      AUDIT_REGISTER_CLICKHOUSE_URL: urlOf('audit_reader'),
    });
    expect(check('grants')).toMatchObject({
      status: 'failure',
      says: expect.stringContaining('INSERT ON audit.records'),
      mend: expect.stringContaining('GRANT INSERT ON audit.records'),
    });
    expect(code).toBe(1);
  });

  it('says by the columns that the tables are there, to a writer who may not read the migrations', async () => {
    const { check } = await doctor(['--no-test-record'], {
      AUDIT_REGISTER_CLICKHOUSE_URL: urlOf('audit_writer'),
    });
    expect(check('schema')).toMatchObject({ status: 'good', says: expect.stringContaining('all columns') });
  });

  it('names the migrations that are missing, and how they come', async () => {
    const { check } = await doctor(['--no-test-record'], {
      AUDIT_REGISTER_CLICKHOUSE_DATABASE: 'later',
      AUDIT_REGISTER_MIGRATE: 'off',
    });
    expect(check('schema')).toMatchObject({
      status: 'failure',
      says: expect.stringContaining('0001_'),
      mend: expect.stringContaining('audit-register migrate'),
    });
  });

  it('says one cause once: what hangs on a wrong password is skipped', async () => {
    const { report, check } = await doctor(['--no-test-record'], {
      AUDIT_REGISTER_CLICKHOUSE_USER: 'audit_writer',
      AUDIT_REGISTER_CLICKHOUSE_PASSWORD: 'not the password',
    });
    expect(check('ClickHouse')?.status).toBe('good');
    expect(check('credentials')?.status).toBe('failure');
    expect(check('grants')?.status).toBe('skipped');
    expect(JSON.stringify(report)).not.toContain('not the password');
  });
});

describe('a check that hangs or fails', () => {
  it('stops no other, and the command ends', async () => {
    const silent = createTcpServer(() => {});
    const url = await listening(silent);
    const { check, code } = await doctor(['--timeout', '1'], {
      AUDIT_REGISTER_CLICKHOUSE_URL: url,
      AUDIT_REGISTER_JWT_JWKS_URL: `${url}/jwks.json`,
    });
    silent.close();
    expect(check('ClickHouse')?.status).toBe('failure');
    expect(check('token keys')?.status).toBe('failure');
    expect(check('test record')?.status).toBe('failure');
    expect(check('spool')?.status).toBe('good');
    expect(code).toBe(1);
  });

  it('is the configuration itself: it is said, and the project is looked at all the same', async () => {
    const { check, code } = await doctor([], { AUDIT_REGISTER_FSYNC: 'sometimes' });
    expect(check('configuration')).toMatchObject({
      status: 'failure',
      says: expect.stringContaining('AUDIT_REGISTER_FSYNC'),
    });
    expect(check('preload')?.status).toBe('skipped');
    expect(code).toBe(1);
  });
});

describe('the settings', () => {
  it('that switch the audit off are warned of', async () => {
    const { check } = await doctor(['--no-test-record'], { AUDIT_REGISTER_DISABLED: 'true' });
    expect(check('configuration')).toMatchObject({ status: 'warning' });
  });

  it('are told with their source: environment, secret file, configuration file, default', async () => {
    const file = join(cwd, 'audit-register.config.json');
    await writeFile(file, '{"capture":{"reads":true}}');
    await writeFile(join(cwd, 'password'), 'of nobody\n');
    const { report } = await doctor(['--no-test-record'], {
      AUDIT_REGISTER_LOG_LEVEL: 'error',
      AUDIT_REGISTER_HMAC_KEY_FILE: join(cwd, 'password'),
      AUDIT_REGISTER_CLICKHOUSE_USER: 'default',
    });
    const told = (key: string): unknown => report.settings.find((setting) => setting.key === key);
    expect(report.file).toBe(file);
    expect(told('logLevel')).toMatchObject({
      value: 'error',
      source: 'environment',
      from: 'AUDIT_REGISTER_LOG_LEVEL',
    });
    expect(told('capture.reads')).toMatchObject({ value: 'true', source: 'configuration file', from: file });
    expect(told('redact.hmacKey')).toMatchObject({
      source: 'secret file',
      from: 'AUDIT_REGISTER_HMAC_KEY_FILE',
    });
    expect(told('sink')).toMatchObject({ value: 'clickhouse', source: 'default' });
    for (const { key } of SETTINGS) expect(told(key)).toBeDefined();
  });

  const NEEDLE = 'needle-in-a-haystack';

  /** A secret wherever one could be put, valid or not. */
  const secrets: [string, Record<string, string>][] = [
    [
      'in every setting that is secret',
      Object.fromEntries(
        (SETTINGS as readonly Setting[])
          .filter(({ secret }) => secret === true)
          .map(({ variable }) => [`AUDIT_REGISTER_${variable}`, NEEDLE]),
      ),
    ],
    ...(SETTINGS as readonly Setting[])
      .filter(({ secret, kind }) => secret === true || kind === 'url')
      .map(({ variable, kind }): [string, Record<string, string>] => [
        `in ${variable}`,
        {
          [`AUDIT_REGISTER_${variable}`]:
            kind === 'url' ? `http://user:${NEEDLE}@127.0.0.1:9/path?key=${NEEDLE}` : NEEDLE,
        },
      ]),
    ...(SETTINGS as readonly Setting[])
      .filter(({ secret, kind }) => secret !== true && kind !== 'url')
      .map(({ variable }): [string, Record<string, string>] => [
        `in an address in ${variable}`,
        { [`AUDIT_REGISTER_${variable}`]: `https://user:${NEEDLE}@127.0.0.1:9/` },
      ]),
    ['in an address that is none', { AUDIT_REGISTER_CLICKHOUSE_URL: `clickhouse://user:${NEEDLE}@host` }],
    ['in an address, encoded', { AUDIT_REGISTER_CLICKHOUSE_URL: `http://user:${NEEDLE}%21@127.0.0.1:9` }],
    ['in a setting that is misspelt', { AUDIT_REGISTER_CLICKHOUSE_PASSWORT: NEEDLE }],
  ];

  it.for(secrets)('never show a secret %s', async ([, env]) => {
    // NOTE: a test record of its own for each setting would only take time.
    const args = Object.keys(env).length > 1 ? [] : ['--no-test-record'];
    const formats = Object.keys(env).length > 1 ? [[], ['--json']] : [[]];
    for (const format of formats) {
      const command = ['doctor', '--timeout', '1', ...args, ...format];
      const { stdout, stderr } = await run(command, cwd, environment(env));
      expect(stdout).not.toBe('');
      expect(stdout + stderr).not.toContain(NEEDLE);
    }
  });

  it.for([
    [
      'in the file',
      'json',
      `{"clickhouse":{"password":"${NEEDLE}"},"jwt":{"issuers":[{"secret":"${NEEDLE}"}]}}`,
    ],
    ['in a file that is no JSON', 'json', `{"clickhouse":{"password":"${NEEDLE}" "`],
    ['in a file with a stray key', 'cjs', `module.exports = { clickhous: { password: '${NEEDLE}' } };`],
    ['as what is no text', 'cjs', `module.exports = { clickhouse: { password: ['${NEEDLE}'] } };`],
  ] as const)('never show a secret %s', async ([, extension, content]) => {
    await writeFile(join(cwd, `audit-register.config.${extension}`), content);
    for (const format of [[], ['--json']]) {
      const { stdout, stderr } = await run(['doctor', '--timeout', '1', ...format], cwd, environment());
      expect(stdout).not.toBe('');
      expect(stdout + stderr).not.toContain(NEEDLE);
    }
  });

  it('never show the password of --reader-url', async () => {
    const url = `http://audit_reader:${NEEDLE}@127.0.0.1:9`;
    const { stdout, stderr } = await run(['doctor', '--reader-url', url], cwd, environment());
    expect(stdout + stderr).not.toContain(NEEDLE);
  });

  it('never show the password of a reader that a server tells', async () => {
    await writeFile(join(cwd, 'password'), `${NEEDLE}\n`);
    const server = createServer((_request, response) => {
      response.writeHead(500, { 'X-ClickHouse-Exception-Code': '999' });
      response.end(`Code: 999. DB::Exception: you said ${NEEDLE}`);
    });
    const args = ['--reader-url', await listening(server), '--reader-password-file', 'password'];
    const { stdout, stderr } = await run(['doctor', ...args], cwd, environment());
    server.close();
    expect(stdout).toContain('you said ••••••');
    expect(stdout + stderr).not.toContain(NEEDLE);
  });
});

describe('the spool', () => {
  /** A process that has written one record to its segment; it dies when the spool is closed. */
  async function leaveSegment(): Promise<{ spool: Spool; env: Record<string, string> }> {
    const env = environment({ AUDIT_REGISTER_SPOOL_DIR: join(cwd, 'spool') });
    const spool = createSpool(loadConfig(env, cwd), env, createLog('silent'));
    const name = {
      service: 'shop',
      version: '1',
      instance: 'shop-1',
      environment: '',
      host: 'till',
      pid: 77,
    };
    const chain = new Chain(name, []);
    const part = chain.begin();
    chain.append(part, storedRecord({ service_name: 'shop' }));
    const runs = part.segment.take();
    const seal = chain.seal(part, 'records', { appended: 1, delivered: 0, dropped: 0, dead: 0 });
    const file = spool.begin(part.head);
    for (const run of runs) await file.append(run, false);
    await file.seal(seal);
    return { spool, env };
  }

  it('is told of: what a living process holds is its own, what a dead one left is to be flushed', async () => {
    const { spool, env } = await leaveSegment();
    const alive = await doctor(['--no-test-record'], env);
    expect(alive.check('waiting records')).toMatchObject({
      status: 'good',
      says: '1 record waiting, 1 process alive',
    });
    await spool.close();
    const dead = await doctor(['--no-test-record'], env);
    expect(dead.check('waiting records')).toMatchObject({
      status: 'warning',
      says: '1 record waiting, 0 processes alive; some are of dead processes',
      mend: 'run `audit-register spool flush`',
    });
    expect(dead.code).toBe(0);
  });

  it('keeps what waits in it while the test record is delivered', async () => {
    const { spool, env } = await leaveSegment();
    await spool.close();
    const files = (await readdir(join(cwd, 'spool'), { recursive: true })).toSorted();
    const { check } = await doctor([], env);
    expect(check('test record')?.status).toBe('good');
    expect((await readdir(join(cwd, 'spool'), { recursive: true })).toSorted()).toEqual(files);
  });

  it('is warned of for its dead letters, with the reason of the first', async () => {
    const { spool, env } = await leaveSegment();
    const chain = new Chain(
      { service: 's', version: '', instance: '', environment: '', host: 'h', pid: 1 },
      [],
    );
    const part = chain.begin();
    chain.append(part, storedRecord({}));
    await spool.bury(part.segment.seal(), 'a value does not fit');
    await spool.close();
    const { check } = await doctor(['--no-test-record'], env);
    expect(check('dead letters')).toMatchObject({
      status: 'warning',
      says: '1 dead letter with 1 record: a value does not fit',
      mend: expect.stringContaining('spool redrive'),
    });
  });

  it('is warned of where others may look into it', async () => {
    const directory = join(cwd, 'spool');
    await mkdir(directory);
    await chmod(directory, 0o755);
    const { check } = await doctor(['--no-test-record'], { AUDIT_REGISTER_SPOOL_DIR: directory });
    expect(check('spool')).toMatchObject({ status: 'warning', mend: `chmod 700 ${directory}` });
  });

  it('is not made by looking at it', async () => {
    const directory = join(cwd, 'spool');
    const { check } = await doctor([], { AUDIT_REGISTER_SPOOL_DIR: directory });
    expect(check('spool')).toMatchObject({ status: 'good', says: expect.stringContaining('not made yet') });
    expect(await readdir(cwd)).toEqual([]);
  });
});

describe('keys', () => {
  let keyServer: Server;
  let url: string;
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');

  beforeAll(async () => {
    keyServer = createServer((request, response) => {
      const keys = request.url === '/empty' ? [] : [{ ...publicKey.export({ format: 'jwk' }), kid: '1' }];
      response.end(JSON.stringify({ keys }));
    });
    url = await listening(keyServer);
  });
  afterAll(() => void keyServer.close());

  it('are named by their id, and a file that others may read is warned of', async () => {
    const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
    const file = join(cwd, 'own.key');
    await writeFile(file, pem, { mode: 0o600 });
    const { keyId } = parseSigningKey(pem);
    const env = { AUDIT_REGISTER_SIGNING_KEY_FILE: file };
    expect((await doctor(['--no-test-record'], env)).check('signing key')).toMatchObject({
      status: 'good',
      says: `key ${keyId}`,
    });
    await chmod(file, 0o644);
    expect((await doctor(['--no-test-record'], env)).check('signing key')?.status).toBe('warning');
  });

  it('of an issuer are counted where they are', async () => {
    const { check } = await doctor(['--no-test-record'], { AUDIT_REGISTER_JWT_JWKS_URL: `${url}/jwks.json` });
    expect(check('token keys')).toMatchObject({ status: 'good', says: expect.stringContaining('1 key at') });
  });

  it('of an issuer that has none are wrong', async () => {
    const { check } = await doctor(['--no-test-record'], { AUDIT_REGISTER_JWT_JWKS_URL: `${url}/empty` });
    expect(check('token keys')?.status).toBe('failure');
  });
});

describe('the project', () => {
  async function project(manifest: object, modules: Readonly<Record<string, string>> = {}): Promise<void> {
    await writeFile(join(cwd, 'package.json'), JSON.stringify({ name: 'shop', ...manifest }));
    await mkdir(join(cwd, 'node_modules'), { recursive: true });
    await symlink(ROOT, join(cwd, 'node_modules/audit-register'));
    for (const [name, version] of Object.entries(modules)) {
      await mkdir(join(cwd, 'node_modules', name), { recursive: true });
      const text = JSON.stringify({ name, version, main: 'index.js' });
      await writeFile(join(cwd, 'node_modules', name, 'package.json'), text);
      await writeFile(join(cwd, 'node_modules', name, 'index.js'), '');
    }
  }

  const look = (env: Readonly<Record<string, string>> = {}): ReturnType<typeof doctor> =>
    doctor(['--no-test-record'], env);

  it('is warned where nothing loads the preload', async () => {
    await project({ scripts: { start: 'node app.js' } });
    expect((await look()).check('preload')?.status).toBe('warning');
  });

  it('is good where a script or NODE_OPTIONS loads it', async () => {
    await project({ scripts: { start: 'node --require audit-register app.js' } });
    expect((await look()).check('preload')).toMatchObject({
      status: 'good',
      says: expect.stringContaining('start'),
    });
    const { check } = await look({ NODE_OPTIONS: '--import audit-register' });
    expect(check('preload')).toMatchObject({ status: 'good', says: 'NODE_OPTIONS loads it' });
  });

  it('fails where it is not installed', async () => {
    await writeFile(join(cwd, 'package.json'), '{"name":"shop","packageManager":"pnpm@10.0.0"}');
    expect((await look()).check('preload')).toMatchObject({
      status: 'failure',
      mend: 'pnpm add audit-register',
    });
  });

  it('is warned of what is loaded before it', async () => {
    await project({}, { 'other-agent': '1.0.0' });
    const before = await look({ NODE_OPTIONS: '--require other-agent --require audit-register' });
    expect(before.check('other preloads')).toMatchObject({
      status: 'warning',
      says: expect.stringContaining('other-agent is loaded before'),
    });
    const after = await look({ NODE_OPTIONS: '--require audit-register --require other-agent' });
    expect(after.check('other preloads')?.status).toBe('good');
  });

  it('is told of its own SDK, of agents, and of an API that does not fit', async () => {
    await project({ dependencies: { '@opentelemetry/sdk-node': '^0.301.0' } });
    expect((await look()).check('OpenTelemetry')).toMatchObject({
      status: 'good',
      says: expect.stringContaining('is joined'),
    });
    await rm(cwd, { recursive: true });
    await mkdir(cwd);
    await project({ dependencies: { 'dd-trace': '5' } });
    expect((await look()).check('OpenTelemetry')?.status).toBe('warning');
    await rm(cwd, { recursive: true });
    await mkdir(cwd);
    await project({}, { '@opentelemetry/api': '2.0.0' });
    expect((await look()).check('OpenTelemetry')).toMatchObject({
      status: 'warning',
      says: expect.stringContaining('2.0.0'),
    });
  });

  it.for([
    ['8.23.1', 'good'],
    ['8.17.0', 'good'],
    ['8.16.3', 'failure'],
    ['7.18.2', 'failure'],
  ] as const)('with pg %s is %s', async ([version, status]) => {
    await project({ dependencies: { pg: `^${version}` } }, { pg: version });
    expect((await look()).check('database driver')?.status).toBe(status);
  });

  it('is warned of a driver whose statements are not seen', async () => {
    await project({ dependencies: { postgres: '3.4.0' } });
    expect((await look()).check('database driver')?.status).toBe('warning');
  });
});

describe('the offset of two clocks', () => {
  it('is told by the fastest answer, with half of its round trip as the error', async () => {
    // Asked and answered in turn, by our clock; theirs is 5 seconds ahead.
    const ours = [0, 100, 200, 210, 300, 400, 500, 600, 700, 800];
    const theirs = [5_050, 5_205, 5_350, 5_550, 5_750];
    const offset = await measureClockOffset(
      async () => theirs.shift() as number,
      () => ours.shift() as number,
    );
    expect(offset).toEqual({ offsetMillis: 5_000, errorMillis: 5 });
  });

  it.for([
    [0, 1, 'good'],
    [-900, 5, 'good'],
    [1_500, 600, 'good'],
    [-1_500, 5, 'warning'],
    [90_000, 5, 'failure'],
  ] as const)('of %i ms, give or take %i, is %s', ([offsetMillis, errorMillis, status]) => {
    expect(judgeOffset({ offsetMillis, errorMillis }).status).toBe(status);
  });
});

describe('what people see', () => {
  it('is safe, whatever a setting holds', async () => {
    const env = environment({ AUDIT_REGISTER_FILE_PATH: '\u001B[2Jaudit.jsonl\u202E' });
    const { stdout } = await run(['doctor', '--no-test-record'], cwd, env);
    expect(stdout).toContain('␛[2Jaudit.jsonl<U+202E>');
    expect(stdout).not.toContain('\u001B');
  });

  it('is a line a check with a sign, mends below, and no colours in a pipe', async () => {
    const { stdout } = await run(['doctor', '--no-test-record'], cwd, environment());
    expect(stdout).toMatch(/^ {2}✓ ClickHouse +answers at /m);
    expect(stdout).toMatch(/^ {2}! signing key .*\n +→ make one with `audit-register keygen`/m);
    expect(stdout).not.toContain('\u001B');
  });

  it('has colours where they are forced, and none where NO_COLOR is set too', async () => {
    const coloured = await run(['doctor', '--no-test-record'], cwd, environment({ FORCE_COLOR: '1' }));
    expect(coloured.stdout).toContain('\u001B[32m✓');
    const plain = await run(['doctor', '--no-test-record'], cwd, environment({ NO_COLOR: '1' }));
    expect(plain.stdout).not.toContain('\u001B');
  });
});
