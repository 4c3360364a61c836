import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './ports.ts';
import { findPostgres, handOver, reachableDataDirectory } from './postgres-home.ts';
import type { Account, PostgresHome } from './postgres-home.ts';
import { startWatched } from './watched-process.ts';
import type { WatchedProcess } from './watched-process.ts';

const START_TIMEOUT_MILLIS = 30_000;
/** How long a server that is just going down may still hold the data. */
const RELEASE_TIMEOUT_MILLIS = 5_000;
const FREE_PORT_ATTEMPTS = 5;
const PASSWORD_FILE = 'audit-register-password';

/** Loopback only, no socket file; committing need not wait for the disk, the data cannot break by it. */
const SETTINGS = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'synchronous_commit=off',
  'shared_buffers=64MB',
  'max_connections=300',
];

export interface PostgresOptions {
  /** Made when it is not there. The same directory again gives the same data. */
  readonly dataDirectory: string;
  /** 0 takes a free one. @default 0 */
  readonly port?: number | undefined;
}

export interface Postgres {
  /** `postgres://postgres:…@127.0.0.1:<port>/postgres`, with a password of its own. */
  readonly url: string;
  readonly port: number;
  /** Process id of the server itself. */
  readonly pid: number;
  /** Resolves with a sentence when the server has ended, asked or not. */
  readonly ended: Promise<string>;
  /** Stops it in an orderly way and waits until it is gone. */
  stop(): Promise<void>;
}

/**
 * Starts a real PostgreSQL out of npm on loopback. It ends when this process ends, even by `kill -9`, and
 * starts again on data that an earlier one left behind in the middle of its work.
 * @throws Error when the port or the data is in use, or there is no PostgreSQL for this platform.
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const home = await findPostgres();
  const data = await reachableDataDirectory(options.dataDirectory, home.account);
  await requireOurs(data);
  if (!(await exists(join(data, 'PG_VERSION')))) await initialise(home, data);
  const account = await accountFor(data, home.account);
  await waitUntilReleased(data);
  const password = (await readFile(join(data, PASSWORD_FILE), 'utf8')).trim();
  const server = await startOnPort({ ...home, account }, data, options.port ?? 0);
  return {
    url: `postgres://postgres:${password}@127.0.0.1:${server.port}/postgres`,
    port: server.port,
    pid: server.process.pid,
    ended: server.process.ended,
    stop: () => server.process.stop(),
  };
}

/** Builds the data beside its place and moves it there when it is whole: an interrupted start leaves nothing half. */
async function initialise(home: PostgresHome, data: string): Promise<void> {
  const draft = `${data}.new`;
  await rm(draft, { recursive: true, force: true });
  const secrets = await mkdtemp(join(tmpdir(), 'audit-register-'));
  const passwordFile = join(secrets, 'password');
  try {
    await mkdir(draft, { recursive: true, mode: 0o700 });
    await writeFile(passwordFile, randomBytes(18).toString('base64url'), { mode: 0o600 });
    for (const path of [draft, secrets, passwordFile]) await handOver(path, home.account);
    await runInitdb(home, draft, passwordFile);
    await rename(passwordFile, join(draft, PASSWORD_FILE)).catch(async () => {
      await writeFile(join(draft, PASSWORD_FILE), await readFile(passwordFile), { mode: 0o600 });
    });
    await handOver(join(draft, PASSWORD_FILE), home.account);
    await rename(draft, data);
  } finally {
    await rm(secrets, { recursive: true, force: true });
    await rm(draft, { recursive: true, force: true });
  }
}

async function runInitdb(home: PostgresHome, data: string, passwordFile: string): Promise<void> {
  const initdb = startWatched({
    name: 'initdb',
    command: home.initdb,
    args: [
      `--pgdata=${data}`,
      '--username=postgres',
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--no-locale',
      '--no-sync',
    ],
    ...plainEnvironment(home.account),
  });
  await initdb.line(/^Success\./, START_TIMEOUT_MILLIS);
  await initdb.ended;
}

async function startOnPort(
  home: PostgresHome,
  data: string,
  asked: number,
): Promise<{ port: number; process: WatchedProcess }> {
  for (let attempt = 1; ; attempt++) {
    const port = asked === 0 ? await freePort() : asked;
    const server = launch(home, data, port);
    try {
      await server.line(/database system is ready to accept connections/, START_TIMEOUT_MILLIS);
      return { port, process: server };
    } catch (error) {
      await server.stop();
      if (!/could not bind/.test(server.lastOutput())) throw error;
      // Somebody else took the free port between our look and our use.
      if (asked === 0 && attempt < FREE_PORT_ATTEMPTS) continue;
      throw new Error(
        `Port ${port} on 127.0.0.1 is in use: stop what listens there, or choose another port.`,
        {
          cause: error,
        },
      );
    }
  }
}

function launch(home: PostgresHome, data: string, port: number): WatchedProcess {
  return startWatched({
    name: 'PostgreSQL',
    command: home.postgres,
    args: ['-D', data, '-p', String(port), ...SETTINGS.flatMap((setting) => ['-c', setting])],
    // INT is PostgreSQL's fast shutdown; TERM would wait for every client to leave.
    stopSignal: 'INT',
    ...plainEnvironment(home.account),
  });
}

/** Without the PG… variables of whoever calls, and in a directory that its account can enter. */
function plainEnvironment(account: Account | undefined) {
  const env = Object.entries(process.env).filter(([name]) => !/^(PG|LC_|LANG)/.test(name));
  return { env: { ...Object.fromEntries(env), LC_ALL: 'C' }, cwd: '/', uid: account?.uid, gid: account?.gid };
}

/** @throws Error when we are not root and the data is there but somebody else's. */
async function requireOurs(data: string): Promise<void> {
  const self = process.getuid?.();
  const { uid } = await stat(data).catch(() => ({ uid: self }));
  if (self === 0 || uid === self) return;
  throw new Error(`${data} belongs to another user (uid ${uid}): remove it, or choose another directory.`);
}

/** Data belongs to whoever made it: root runs the server as them, since PostgreSQL refuses everybody else. */
async function accountFor(data: string, account: Account | undefined): Promise<Account | undefined> {
  if (account === undefined) return undefined;
  const { uid, gid } = await stat(data);
  return uid === 0 ? account : { uid, gid };
}

/**
 * A server that lost its parent needs a moment to go down. What remains after `kill -9` is a lock file that
 * names a process which is gone, or by now is somebody else: PostgreSQL refuses the latter, so we look.
 */
async function waitUntilReleased(data: string): Promise<void> {
  const lock = join(data, 'postmaster.pid');
  const deadline = Date.now() + RELEASE_TIMEOUT_MILLIS;
  while (await exists(lock)) {
    const pid = Number((await readFile(lock, 'utf8').catch(() => '')).split('\n')[0]);
    if (!(await isPostgres(pid))) return rm(lock, { force: true });
    if (Date.now() > deadline) {
      throw new Error(
        `${data} is in use by PostgreSQL, process ${pid}: stop it, or choose another directory.`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function isPostgres(pid: number): Promise<boolean> {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  // A zombie answers signals too, but holds nothing.
  const { state, command } = await describeProcess(pid);
  return !state.startsWith('Z') && command.includes('postgres');
}

async function describeProcess(pid: number): Promise<{ state: string; command: string }> {
  const [, command = '', state = ''] = await readFile(`/proc/${pid}/stat`, 'utf8').then(
    (line) => /\((.*)\) (\S)/s.exec(line) ?? [],
    () => describeByPs(pid),
  );
  return { state, command };
}

async function describeByPs(pid: number): Promise<string[]> {
  const args = ['-o', 'state=,comm=', '-p', String(pid)];
  const { stdout } = await promisify(execFile)('ps', args).catch(() => ({ stdout: '' }));
  const [, state = '', command = ''] = /^\s*(\S+)\s+(.*)/.exec(stdout) ?? [];
  return ['', command, state];
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
