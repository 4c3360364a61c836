import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { ROOT } from './nodes.ts';

const TOP = ['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'];

/** Code, its types, SQL, completion of shells, and the page of the explorer. */
const BUILT = /\.(js|d\.ts|sql|bash|zsh|fish|powershell)$|^dist\/explorer\/page\/[\w-]+\.(css|svg|html|txt)$/;

test('The package holds dist, its papers, and nothing of ours', async () => {
  const { stdout } = await promisify(execFile)('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: ROOT,
    maxBuffer: 2 ** 24,
  });
  const [packed] = JSON.parse(stdout) as [{ files: { path: string; mode: number }[] }];
  const paths = packed.files.map((file) => file.path);
  expect(paths.filter((path) => !path.startsWith('dist/')).sort()).toEqual(TOP);
  const dist = paths.filter((path) => path.startsWith('dist/'));
  expect(dist.filter((path) => !BUILT.test(path))).toEqual([]);
  expect(dist).toEqual(
    expect.arrayContaining([
      'dist/register.js',
      'dist/register.d.ts',
      'dist/index.js',
      'dist/index.d.ts',
      'dist/commands/cli.js',
      'dist/store/migrations/0001_records.sql',
    ]),
  );
  expect(packed.files.find((file) => file.path === 'dist/commands/cli.js')?.mode).toBe(0o755);
});
