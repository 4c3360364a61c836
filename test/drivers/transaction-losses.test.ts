import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPostgres } from '../support/postgres.ts';
import type { Postgres } from '../support/postgres.ts';
import { startPreloaded } from '../support/preloaded.ts';
import type { RecordRow } from '../support/preloaded.ts';

const FIXTURE = join(import.meta.dirname, 'fixtures/cases-app.cjs');
const TABLES = `
  create table notes (text text);
  create table slowly (text text);
  create function sleeps() returns trigger language plpgsql as $$ begin perform pg_sleep(30); return null; end $$;
  create constraint trigger sleeps after insert on slowly deferrable initially deferred
    for each row execute function sleeps();
`;

let postgres: Postgres;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'audit-register-losses-'));
  // As root the server runs as another user, who has to get to its data.
  await chmod(directory, 0o755);
  const dataDirectory = join(directory, 'data');
  const first = await startPostgres({ dataDirectory });
  await execute(first.url, 'alter system set max_prepared_transactions = 10', TABLES);
  await first.stop();
  postgres = await startPostgres({ dataDirectory });
});

afterAll(async () => {
  await postgres.stop();
  await rm(directory, { recursive: true, force: true });
});

async function execute(url: string, ...texts: string[]): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const results = [];
    for (const text of texts) results.push(await client.query<Record<string, unknown>>(text));
    return results.at(-1)?.rows ?? [];
  } finally {
    await client.end();
  }
}

/** A server whose process was killed takes its time until it is there again. */
async function untilItIsBack(): Promise<void> {
  for (;;) {
    if (await execute(postgres.url, 'select 1').catch(() => undefined)) return;
  }
}

interface Run {
  readonly seen: unknown;
  readonly statements: readonly string[];
  readonly ends: readonly string[];
  readonly records: readonly RecordRow[];
}

async function runCase(name: string, url = postgres.url): Promise<Run> {
  const app = await startPreloaded(FIXTURE, {
    env: { DATABASE_URL: url, SERVER_PID: String(postgres.pid) },
  });
  const response = await fetch(`${app.url}/${name}`, { signal: AbortSignal.timeout(20_000) });
  const seen: unknown = await response.json();
  const { records } = await app.end();
  const textOf = (record: RecordRow): string => record.new_values['text'] ?? record.target_type;
  return {
    seen,
    records,
    statements: records
      .filter(({ category }) => category === 'db')
      .map((record) => [textOf(record), record.outcome, record.transaction_outcome].join(' '))
      .sort(),
    ends: records
      .filter(({ category }) => category === 'transaction')
      .map((record) => [record.action, record.outcome, record.transaction_outcome].join(' ')),
  };
}

test.each<[string, string[], string[]]>([
  ['killedIdle', ['lost success rolled_back'], ['rollback failure rolled_back']],
  ['killedWorking', ['lost success rolled_back', 'x unknown rolled_back'], ['rollback failure rolled_back']],
  ['killedAlone', ['x unknown autocommit'], []],
  ['killedCommitting', ['slowly success unknown'], ['commit unknown unknown']],
])('%s: a server process that is killed leaves no outcome that is wrong', async (name, statements, ends) => {
  expect(await runCase(name)).toMatchObject({ statements, ends });
  await untilItIsBack();
  const kept = await execute(postgres.url, 'select text from notes union all select text from slowly');
  expect(kept).toEqual([]);
});

test('a COMMIT that was carried out, whose answer was lost, is unknown and never rolled back', async () => {
  const proxy = await startAnswerLoser(postgres.port, 'commit');
  const url = new URL(postgres.url);
  url.port = String((proxy.address() as AddressInfo).port);
  const { statements, ends } = await runCase('answerLost', url.href);
  proxy.close();
  expect({ statements, ends }).toEqual({
    statements: ['kept success unknown'],
    ends: ['commit unknown unknown'],
  });
  expect(await execute(postgres.url, 'select text from notes')).toEqual([{ text: 'kept' }]);
});

test('a transaction in two phases ends when the second one does, on whichever connection', async () => {
  const { statements, ends, records } = await runCase('twoPhases');
  expect(statements).toEqual([
    'after success autocommit',
    'between success autocommit',
    'kept success committed',
    'refused success rolled_back',
    'undone success rolled_back',
    'waits success unknown',
  ]);
  expect(ends).toEqual([
    'prepare success unknown',
    'commit success committed',
    'prepare success unknown',
    'rollback success rolled_back',
    'prepare success unknown',
    'rollback failure rolled_back',
  ]);
  const gids = records
    .filter(({ category }) => category === 'transaction')
    .map(({ attributes }) => attributes['audit.transaction.gid']);
  expect(gids).toEqual(['a', 'a', 'b', 'b', 'c', 'c']);
});

test('a server that is killed altogether undoes what was open', async () => {
  expect(await runCase('killedServer')).toMatchObject({
    statements: ['lost success rolled_back'],
    ends: ['rollback failure rolled_back'],
  });
  await postgres.ended;
});

/** A way to PostgreSQL that lets a word through and cuts the line instead of the answer. */
async function startAnswerLoser(port: number, word: string): Promise<Server> {
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    let isLosing = false;
    client.on('data', (chunk: Buffer) => {
      isLosing ||= chunk.includes(word);
      upstream.write(chunk);
    });
    upstream.on('data', (chunk: Buffer) => {
      if (isLosing) client.destroy();
      else client.write(chunk);
    });
    client.on('error', () => {}).on('close', () => upstream.destroy());
    upstream.on('error', () => {}).on('close', () => client.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
