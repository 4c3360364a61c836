import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const ROOT = join(import.meta.dirname, '../..');

type Env = Readonly<Record<string, string>>;

export interface CommandEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The build of this package, installed beside an application, with other migrations than it has. */
export interface PackageCopy {
  readonly directory: string;
  readonly command: (args: readonly string[], env: Env) => Promise<CommandEnd>;
  /** An application of test/fixtures/process under the preload. */
  readonly launch: (file: string, env: Env) => ChildProcess;
  readonly remove: () => void;
}

export interface CopyOptions {
  /** Which migrations the copy keeps. @default all */
  readonly keeps?: (name: string) => boolean;
  /** SQL by file name. */
  readonly adds?: Readonly<Record<string, string>>;
}

/**
 * NOTE: the code is today's in each copy; only what it knows of the schema differs. What an older version really wrote is in
 * test/fixtures/spool-0.1.0.
 */
export function copyPackage({ keeps = () => true, adds = {} }: CopyOptions = {}): PackageCopy {
  const directory = mkdtempSync(join(tmpdir(), 'audit-register-copy-'));
  symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
  const app = join(directory, 'app');
  const own = join(app, 'node_modules/audit-register');
  mkdirSync(own, { recursive: true });
  cpSync(join(ROOT, 'test/fixtures/process'), app, { recursive: true });
  cpSync(join(ROOT, 'package.json'), join(own, 'package.json'));
  cpSync(join(ROOT, 'dist'), join(own, 'dist'), { recursive: true });
  const migrations = join(own, 'dist/store/migrations');
  for (const file of readdirSync(migrations))
    if (!keeps(file.replace(/\.sql$/, ''))) rmSync(join(migrations, file));
  for (const [file, sql] of Object.entries(adds)) writeFileSync(join(migrations, file), sql);
  const run = (args: readonly string[], env: Env): ChildProcess =>
    spawn(process.execPath, args, {
      cwd: app,
      env: { PATH: process.env['PATH'], HOME: directory, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  return {
    directory,
    command: (args, env) => endOf(run([join(own, 'dist/commands/cli.js'), ...args], env)),
    launch: (file, env) => run(['--require', 'audit-register', file], env),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

export async function endOf(child: ChildProcess): Promise<CommandEnd> {
  const [stdout, stderr, code] = await Promise.all([
    child.stdout === null ? '' : text(child.stdout),
    child.stderr === null ? '' : text(child.stderr),
    new Promise<number | null>((resolve) => child.once('close', resolve)),
  ]);
  return { code, stdout, stderr };
}
