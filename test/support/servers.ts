import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A server of another database, from Debian, on a free port of loopback, with data of its own. */
export interface ForeignServer {
  readonly port: number;
  stop(): Promise<void>;
}

const START_TIMEOUT_MILLIS = 60_000;

/** MariaDB as `mariadb-server` brings it. The statements are carried out before it takes a connection. */
export async function startMariadb(statements: readonly string[]): Promise<ForeignServer> {
  const directory = await mkdtemp(join(tmpdir(), 'audit-register-mariadb-'));
  await chmod(directory, 0o777);
  const data = join(directory, 'data');
  const init = join(directory, 'init.sql');
  // One a line, each on a line of its own.
  await writeFile(init, statements.map((statement) => `${statement};\n`).join(''), { mode: 0o644 });
  const user = process.getuid?.() === 0 ? ['--user=mysql'] : [];
  run('mariadb-install-db', ['--no-defaults', ...user, `--datadir=${data}`, '--skip-test-db']);
  const port = await freePort();
  return start(directory, port, 'mariadbd', [
    '--no-defaults',
    ...user,
    `--datadir=${data}`,
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    '--skip-name-resolve',
    `--socket=${join(directory, 'socket')}`,
    `--pid-file=${join(directory, 'pid')}`,
    `--init-file=${init}`,
    '--innodb-buffer-pool-size=16M',
  ]);
}

/** Redis as `redis-server` brings it. */
export async function startRedis(): Promise<ForeignServer> {
  const directory = await mkdtemp(join(tmpdir(), 'audit-register-redis-'));
  const port = await freePort();
  return start(directory, port, 'redis-server', [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--dir',
    directory,
    '--save',
    '',
  ]);
}

/**
 * A stand-in for MongoDB, of which Debian has no server: mongo-java-server, which speaks its protocol over real sockets and
 * keeps documents in memory.
 */
export async function startMongodb(): Promise<ForeignServer> {
  const directory = await mkdtemp(join(tmpdir(), 'audit-register-mongodb-'));
  const source = join(import.meta.dirname, 'mongodb');
  run('mvn', [
    '--quiet',
    '--batch-mode',
    `--file=${join(source, 'pom.xml')}`,
    'dependency:copy-dependencies',
    `-DoutputDirectory=${directory}`,
  ]);
  const port = await freePort();
  return start(directory, port, 'java', [
    '-cp',
    join(directory, '*'),
    join(source, 'Server.java'),
    String(port),
  ]);
}

function run(command: string, args: readonly string[]): void {
  const { status, error, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (error !== undefined) throw new Error(`${command} is missing: apt-get install it`, { cause: error });
  if (status !== 0) throw new Error(`${command} failed: ${stderr}`);
}

async function start(
  directory: string,
  port: number,
  command: string,
  args: readonly string[],
): Promise<ForeignServer> {
  const child = spawn(command, args, { stdio: ['pipe', 'ignore', 'pipe'] });
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  const failed = once(child, 'close').then(() => Promise.reject(new Error(`${command} ended: ${output}`)));
  child.on('error', (error) => (output += String(error)));
  await Promise.race([listening(port), failed]);
  failed.catch(() => {});
  // An interrupted test leaves nothing behind.
  process.once('exit', () => child.kill('SIGKILL'));
  return { port, stop: () => stop(child, directory) };
}

async function stop(child: ChildProcess, directory: string): Promise<void> {
  if (child.exitCode === null) {
    const closed = once(child, 'close');
    child.kill('SIGKILL');
    await closed;
  }
  await rm(directory, { recursive: true, force: true });
}

async function listening(port: number): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MILLIS;
  while (!(await accepts(port))) {
    if (Date.now() > deadline) throw new Error(`nothing listens on ${port}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1');
    const end = (isThere: boolean): void => {
      socket.destroy();
      resolve(isThere);
    };
    socket.on('connect', () => end(true)).on('error', () => end(false));
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
