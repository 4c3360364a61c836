import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../../examples/demo/ports.ts';
import { startWatched } from '../../examples/demo/watched-process.ts';
import type { Usage } from '../measure/server.ts';
import { cleanEnvironment } from './environment.ts';
import type { Stage } from './stage.ts';

const ROOT = join(import.meta.dirname, '../..');
const SERVICE = join(ROOT, 'bench/django');
const PYTHON = join(SERVICE, '.venv/bin/python');
const WSGI = 'service.wsgi:application';
const START_MILLIS = 60_000;
/** What `/proc` counts in, on every Linux. */
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4096;

const run = promisify(execFile);

export interface Django {
  readonly url: string;
  usage(): Promise<Usage>;
  stop(): Promise<void>;
}

/** @throws Error where there is no Python that makes virtual environments, or nowhere to install from */
export async function installDjango(): Promise<void> {
  await run(process.execPath, ['scripts/build-django.mjs', 'bench/django'], { cwd: ROOT });
}

/**
 * Makes its tables, those of easy-audit too.
 * @returns the cookie of a user who is logged in
 */
export async function setUpDjango(stage: Stage): Promise<string> {
  const manage = (command: string) =>
    run(PYTHON, ['manage.py', command], { cwd: SERVICE, env: environmentOf(stage, true) });
  await manage('migrate');
  return (await manage('session')).stdout.trim();
}

export async function startDjango(stage: Stage, isAudited: boolean, threads: number): Promise<Django> {
  const port = await freePort();
  const { server } = stage.cores;
  const serve = ['-m', 'waitress', `--listen=127.0.0.1:${port}`, `--threads=${threads}`, WSGI];
  const [command, args] = server === '' ? [PYTHON, serve] : ['taskset', ['-c', server, PYTHON, ...serve]];
  const env = environmentOf(stage, isAudited);
  const watched = startWatched({ name: 'Django', command, args, cwd: SERVICE, env });
  await watched.line(/Serving on/, START_MILLIS);
  return { url: `http://127.0.0.1:${port}`, usage: () => usageOf(watched.pid), stop: () => watched.stop() };
}

function environmentOf({ database }: Stage, isAudited: boolean): NodeJS.ProcessEnv {
  return cleanEnvironment({
    DATABASE_URL: database.url,
    DJANGO_SECRET_KEY: 'the same in every process of a run',
    AUDITED: String(isAudited),
  });
}

/** Source: proc_pid_stat(5); the name in parentheses may hold anything. */
async function usageOf(pid: number): Promise<Usage> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const [user = 0, system = 0] = [fields[11], fields[12]];
  return {
    cpuMicros: ((user + system) * 1e6) / TICKS_PER_SECOND,
    rssBytes: (fields[21] ?? 0) * PAGE_BYTES,
  };
}
