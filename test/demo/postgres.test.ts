import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { pathToFileURL } from 'node:url';
import { Client } from 'pg';
import { afterAll, afterEach, expect, test } from 'vitest';
import { startPostgres } from '../../examples/demo/postgres.ts';
import type { Postgres } from '../../examples/demo/postgres.ts';
import { startPostgres as startForTest } from '../support/postgres.js';
import { processesWith } from './child-processes.js';
import { temporaryDirectory } from './demo-process.js';

const directory = temporaryDirectory();
const dataDirectory = `${directory}/postgres`;
const module = pathToFileURL(`${import.meta.dirname}/../../examples/demo/postgres.ts`).href;

let running: Postgres | undefined;

afterEach(async () => {
  await running?.stop();
  running = undefined;
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function start(): Promise<Postgres> {
  running = await startPostgres({ dataDirectory });
  return running;
}

async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  // The server may be killed below it.
  client.on('error', () => {});
  await client.connect();
  const { rows } = await client.query(sql);
  await client.end();
  return rows;
}

test('a database keeps its rows over a stop and a start', async () => {
  const { url, stop } = await start();
  await ask(url, 'CREATE TABLE kept AS SELECT 1 AS one');
  await stop();

  expect(await ask((await start()).url, 'SELECT one FROM kept')).toEqual([{ one: 1 }]);
});

test('it is PostgreSQL 18, and refuses a wrong password', async () => {
  const { url } = await start();

  expect(await ask(url, 'SHOW server_version_num')).toEqual([
    { server_version_num: expect.stringMatching(/^18\d{4}$/) },
  ]);
  const stranger = new URL(url);
  stranger.password = 'wrong';
  await expect(ask(stranger.href, 'SELECT 1')).rejects.toThrow('password authentication failed');
});

test('it starts again after it was killed, with what was committed', async () => {
  const { url, pid, ended } = await start();
  await ask(url, 'CREATE TABLE survived AS SELECT 1 AS one');
  await ask(url, 'CHECKPOINT');
  process.kill(pid, 'SIGKILL');
  await ended;

  expect(await ask((await start()).url, 'SELECT one FROM survived')).toEqual([{ one: 1 }]);
});

test('it ends with the process that started it, even by kill -9, and starts again', async () => {
  const script = `
    const { startPostgres } = await import(${JSON.stringify(module)});
    await startPostgres({ dataDirectory: ${JSON.stringify(dataDirectory)} });
    console.log('up');
    setInterval(() => {}, 1000);`;
  const owner = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(owner.stdout, 'data');
  expect(processesWith(dataDirectory)).not.toEqual([]);
  owner.kill('SIGKILL');

  expect(await ask((await start()).url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  await running?.stop();
  await expect.poll(() => processesWith(dataDirectory), { timeout: 10_000 }).toEqual([]);
});

test('a port in use is named', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  await expect(startPostgres({ dataDirectory, port })).rejects.toThrow(`Port ${port} on 127.0.0.1 is in use`);
  server.close();
});

test('data in use is named together with the process that has it', async () => {
  const { pid } = await start();

  await expect(startPostgres({ dataDirectory })).rejects.toThrow(`in use by PostgreSQL, process ${pid}`);
}, 30_000);

test('a test gets a database of its own that leaves nothing behind', async () => {
  const { url, stop } = await startForTest();
  const [{ data_directory: own }] = (await ask(url, 'SHOW data_directory')) as [{ data_directory: string }];
  expect(processesWith(own)).not.toEqual([]);

  await stop();

  expect(processesWith(own)).toEqual([]);
});
