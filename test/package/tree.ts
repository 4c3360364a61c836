import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll } from 'vitest';
import { ROOT, stageOf } from './dockerfile.ts';

const run = promisify(execFile);

export interface Packed {
  readonly file: string;
  /** Bytes of the tarball. */
  readonly size: number;
  readonly files: readonly { readonly path: string; readonly size: number; readonly mode: number }[];
}

/** `npm pack` of what is built. */
export async function pack(directory: string): Promise<Packed> {
  const { stdout } = await run(
    'npm',
    ['pack', '--ignore-scripts', '--json', '--pack-destination', directory],
    {
      cwd: ROOT,
      maxBuffer: 2 ** 24,
    },
  );
  const [packed] = JSON.parse(stdout) as [Omit<Packed, 'file'> & { filename: string }];
  return { ...packed, file: join(directory, packed.filename) };
}

/** What is in the images, made by the very lines of the Dockerfile without Docker. */
export async function makeTree(directory: string): Promise<string> {
  const tree = join(directory, 'autoinstrumentation');
  const env = {
    ...process.env,
    LOCKED: join(directory, 'locked'),
    PACKED: join(directory, 'packed'),
    // Only where the packages come from: what `npm ci` has fetched before need not be fetched again.
    npm_config_prefer_offline: 'true',
  };
  await mkdir(env.PACKED, { recursive: true });
  await mkdir(tree);
  await pack(env.PACKED);
  let cwd = ROOT;
  for (const [instruction, rest] of stageOf('tree').steps) {
    if (instruction === 'WORKDIR') cwd = tree;
    if (instruction === 'RUN') await run('sh', ['-ec', rest], { cwd, env });
    if (instruction === 'COPY') await cp(join(ROOT, rest.split(' ')[0] as string), cwd, { recursive: true });
  }
  return tree;
}

/** One tree for a file of tests. */
export function useTree(): () => string {
  let directory = '';
  let tree = '';
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'audit-register-tree-'));
    // Other users read it, too.
    await chmod(directory, 0o755);
    tree = await makeTree(directory);
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));
  return () => tree;
}
