import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHasher } from '../../src/record/redaction/redact-hash.ts';
import { useClickHouse } from '../support/clickhouse.ts';
import { startPostgres } from '../support/postgres.ts';
import type { Postgres } from '../support/postgres.ts';
import { recordsInClickHouse, startPreloaded } from '../support/preloaded.ts';
import type { PreloadedEnd, RecordRow, RecordStore } from '../support/preloaded.ts';

const FIXTURE = `${import.meta.dirname}/fixtures/secrets-app.cjs`;
const KEY = 'sixteen bytes it is';

/** What is thrown at every entrance: one secret that only its name gives away, and some that have a shape. */
const SECRETS = {
  word: 'hunter2-Geheim-w0rd',
  token:
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEtbG92ZWxhY2UiLCJqdGkiOiI0MiJ9.QmFzZTY0U2lnbmF0dXJlT2ZUaGVUb2tlbg',
  key: 'ghp_16C7e42F292c6912E7710c838347Ae178B4a',
  card: '4111 1111 1111 1111',
  dsn: 'postgres://shop:c0rrect-h0rse@db.internal/shop',
  pem: '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----',
};

/** No piece of them may be seen: neither as they are, nor as bytes of a parameter in hex. */
const TRACES = [
  'hunter2',
  'Geheim',
  Buffer.from('hunter2').toString('hex'),
  'eyJzdWIiOiJhZGEtbG92',
  'QmFzZTY0U2ln',
  '16C7e42F292c6912E771',
  '1111 1111',
  'c0rrect',
  'MIIEvQIBADAN',
];

const TABLES = `
  create table accounts (email text unique, password text, api_key text, card_number text, note text, document jsonb,
    secret bytea, age int check (age > 0));
  create table sessions (session_id text primary key, ref uuid, data jsonb);
  create function login(name text, password text) returns int language plpgsql as
    $$ begin raise exception 'no % with the secret word % here', name, password using detail = password; end $$;
`;

const POLICY = [{ name: 'everything', level: 'request_response', match: {} }];

const encoded = (text: string): string => encodeURIComponent(text);

/** Requests that carry the secrets themselves: path and query as they are sent, and headers. */
const REQUESTS: readonly (readonly [path: string, headers: Readonly<Record<string, string>>])[] = [
  [`/x?password=${SECRETS.word}&user[newPassword]=${SECRETS.word}&X-Api-Key=${SECRETS.word}`, {}],
  [`/x?pass%77ord=${SECRETS.word}&p=%7B%22secret%22%3A%22${SECRETS.word}%22%7D`, {}],
  [`/x?next=${encoded(`https://h/cb?token=${SECRETS.word}`)}`, {}],
  [`/x?next=${encoded(encoded(SECRETS.dsn))}&${encoded(SECRETS.token)}=1&${SECRETS.key}`, {}],
  [`/x?card=${encoded(SECRETS.card)}&note=${encoded(SECRETS.card)}&pem=${encoded(SECRETS.pem)}`, {}],
  [`/x/${SECRETS.token}/${SECRETS.key}/${encoded(SECRETS.dsn)}/${encoded(SECRETS.card)}`, {}],
  [`/x;jsessionid=${SECRETS.word}/reset-password/${SECRETS.word}`, {}],
  ['/x', { 'user-agent': `agent ${SECRETS.token} password=${SECRETS.word}`, 'x-request-id': SECRETS.key }],
  [
    '/x',
    { authorization: `Bearer ${SECRETS.token}`, cookie: `session=${SECRETS.word}; token=${SECRETS.token}` },
  ],
  ['/x', { authorization: `Basic ${Buffer.from(`ann:${SECRETS.word}`).toString('base64')}` }],
  [
    '/x',
    {
      referer: `https://h/?token=${SECRETS.word}`,
      'x-forwarded-for': SECRETS.key,
      'x-api-key': SECRETS.word,
    },
  ],
];

const { CASES } = readCases();

function readCases(): { CASES: readonly string[] } {
  const source = readFileSync(FIXTURE, 'utf8');
  const table = source.slice(source.indexOf('const CASES'), source.indexOf('\n};'));
  return { CASES: [...table.matchAll(/^ {2}'?([\w-]+)'?:/gm)].map(([, name]) => name as string) };
}

interface Run {
  readonly end: PreloadedEnd;
  /** Everything the process wrote anywhere below its own directory. */
  readonly disk: string;
}

describe.each(['without a key', 'with a key'] as const)('secrets thrown at every entrance, %s', (mode) => {
  const store = useClickHouse();
  const directories: string[] = [];
  let postgres: Postgres;
  const runs = new Map<string, Run>();

  beforeAll(async () => {
    postgres = await startPostgres();
    await execute(TABLES);
    for (const sink of ['file', 'clickhouse'] as const) runs.set(sink, await throwEverything(sink));
  });

  afterAll(async () => {
    await postgres?.stop();
    for (const directory of directories) rmSync(directory, { recursive: true, force: true });
  });

  async function throwEverything(sink: 'file' | 'clickhouse'): Promise<Run> {
    const directory = mkdtempSync(join(tmpdir(), 'audit-register-secrets-'));
    directories.push(directory);
    const config = join(directory, 'policy.json');
    writeFileSync(config, JSON.stringify({ policy: POLICY }));
    const kept: RecordStore =
      sink === 'file'
        ? inFile(join(directory, 'records.jsonl'))
        : recordsInClickHouse(store(), `secrets ${mode} ${Math.random()}`);
    const app = await startPreloaded(FIXTURE, {
      store: kept,
      env: {
        DATABASE_URL: postgres.url,
        SECRETS: JSON.stringify(SECRETS),
        TMPDIR: directory,
        AUDIT_REGISTER_CONFIG: config,
        AUDIT_REGISTER_CAPTURE_READS: 'true',
        ...(mode === 'with a key' && { AUDIT_REGISTER_HMAC_KEY: KEY }),
      },
    });
    for (const name of CASES) await visit(app.url, `/${name}`, {});
    for (const [path, headers] of REQUESTS) await visit(app.url, path, headers);
    const end = await app.end();
    await execute('truncate accounts, sessions');
    return { end, disk: everythingBelow(directory) };
  }

  async function execute(text: string): Promise<void> {
    const client = new Client({ connectionString: postgres.url });
    await client.connect();
    await client.query(text).finally(() => client.end());
  }

  it.each(['file', 'clickhouse'])('nothing of them is in a record of the sink %s', (sink) => {
    const { records } = (runs.get(sink) as Run).end;
    expect(records.length).toBeGreaterThan(CASES.length + REQUESTS.length);
    for (const record of records) {
      const shown = JSON.stringify(record);
      const seen = TRACES.filter((trace) => shown.includes(trace));
      expect({ seen, record }).toEqual({ seen: [], record });
    }
  });

  it.each(['file', 'clickhouse'])('nothing of them is on the disk or was said (%s)', (sink) => {
    const { disk, end } = runs.get(sink) as Run;
    const written = disk + end.stderr + end.stdout;
    expect(TRACES.filter((trace) => written.includes(trace))).toEqual([]);
  });

  it('every way of throwing them left its records', () => {
    const { records } = (runs.get('file') as Run).end;
    const databaseCases = CASES.filter((name) => name !== 'throws');
    for (const name of databaseCases) {
      const own = records.filter(({ url_path, category }) => url_path === `/${name}` && category === 'db');
      expect({ name, count: own.length > 0 }).toEqual({ name, count: true });
    }
  });

  it('what is no secret is still there', () => {
    const { records } = (runs.get('file') as Run).end;
    const [record] = ofCase(records, 'named-parameters');
    const hidden = mode === 'with a key' ? createHasher(KEY)(SECRETS.word) : '[redacted]';
    expect(record?.new_values).toEqual({
      email: 'ann@example.com',
      password: hidden,
      api_key: hidden,
      card_number: hidden,
    });
    expect(ofCase(records, 'not-unique').at(-1)).toMatchObject({
      error_type: '23505',
      error_message: expect.stringContaining('"accounts_email_key"'),
    });
    expect(ofCase(records, 'raised')[0]?.error_message).toMatch(/^no \? with the secret word \?|no ann with/);
  });
});

function ofCase(records: readonly RecordRow[], name: string): readonly RecordRow[] {
  return records.filter(({ url_path, category }) => url_path === `/${name}` && category === 'db');
}

/** NOTE: not by fetch, which would tidy up what is sent. */
async function visit(url: string, path: string, headers: Readonly<Record<string, string>>): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    request(url, { path, headers, agent: false }, (response) => response.resume().on('end', () => resolve()))
      .on('error', reject)
      .end();
  });
}

function inFile(path: string): RecordStore {
  return {
    env: { AUDIT_REGISTER_SINK: 'file', AUDIT_REGISTER_FILE_PATH: path },
    read: () => {
      const lines = readFileSync(path, 'utf8').split('\n');
      return Promise.resolve(
        lines.filter((line) => line !== '').map((line) => JSON.parse(line) as RecordRow),
      );
    },
  };
}

function everythingBelow(directory: string): string {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, 'latin1'))
    .join('\n');
}
