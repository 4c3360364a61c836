import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { NODES } from '../process/nodes.ts';
import type { NodeVersion } from '../process/nodes.ts';
import { ROOT } from './dockerfile.ts';

/** The user of the manifests; group of its volumes. */
export const USER = 10_001;
export const FS_GROUP = 10_001;

/** Who is root may be anybody; another user can only be itself. */
const IS_ROOT = process.getuid?.() === 0;

export interface InjectedEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

export interface Injected {
  readonly child: ChildProcess;
  readonly address: string;
  readonly ended: Promise<InjectedEnd>;
}

/** Applications in a directory of their own that has pg and nothing of ours. */
export function placeApplication(directory: string): string {
  const place = join(directory, 'somewhere/else');
  mkdirSync(dirname(place), { recursive: true });
  cpSync(join(ROOT, 'test/fixtures/injected'), place, { recursive: true });
  mkdirSync(join(place, 'node_modules'));
  symlinkSync(join(ROOT, 'node_modules/pg'), join(place, 'node_modules/pg'));
  return place;
}

/** As a container starts it: `node FILE`, everything else in the environment, as a user without a name or a home. */
export async function startInjected(
  place: string,
  file: string,
  env: Readonly<Record<string, string>>,
  node: NodeVersion = 24,
): Promise<Injected> {
  const child = spawnAsUser(NODES[node], [join(place, file)], { cwd: dirname(join(place, file)), env });
  const ended = endOf(child);
  const port = await new Promise<string>((resolve, reject) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      const port = /listening (\d+)/.exec(chunk.toString())?.[1];
      if (port !== undefined) resolve(port);
    });
    void ended.then(({ code, stderr }) => reject(new Error(`${file} ended with ${code}: ${stderr}`)));
  });
  return { child, ended, address: `http://127.0.0.1:${port}` };
}

/** NOTE: node's own `uid` option takes all further groups away, and a volume belongs to one. */
export function spawnAsUser(
  program: string,
  args: readonly string[],
  { cwd, env }: { cwd: string; env: Readonly<Record<string, string>> },
): ChildProcess {
  const ids = [`--reuid=${USER}`, `--regid=${USER}`, `--groups=${FS_GROUP}`, '--no-new-privs'];
  const [command, all] = IS_ROOT ? ['setpriv', [...ids, program, ...args]] : [program, args];
  return spawn(command, all, {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

export async function endOf(child: ChildProcess): Promise<InjectedEnd> {
  const [stderr, [code, signal]] = await Promise.all([
    child.stderr === null ? '' : text(child.stderr),
    new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
      child.once('close', (code, signal) => resolve([code, signal])),
    ),
  ]);
  return { code, signal, stderr };
}

export function readLines(path: string): Record<string, unknown>[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
