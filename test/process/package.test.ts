import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { ROOT } from './nodes.ts';

const TOP = ['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'];

test('The package holds dist, its papers, and nothing of ours', async () => {
  const { stdout } = await promisify(execFile)('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: ROOT,
    maxBuffer: 2 ** 24,
  });
  const [packed] = JSON.parse(stdout) as [{ files: { path: string; mode: number }[] }];
  const paths = packed.files.map((file) => file.path);
  expect(paths.filter((path) => !path.startsWith('dist/')).sort()).toEqual(TOP);
  const dist = paths.filter((path) => path.startsWith('dist/'));
  expect(dist.filter((path) => !/\.(js|d\.ts|sql)$/.test(path))).toEqual([]);
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
