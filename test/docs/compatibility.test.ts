import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../process/nodes.ts';

const PAGE = join(ROOT, 'docs/compatibility.md');

interface Row {
  readonly what: string;
  readonly versions: readonly { readonly name: string; readonly version: string }[];
  readonly tests: readonly { readonly file: string; readonly named: string }[];
  /** The text of its last cell. */
  readonly basis: string;
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const ROWS = readFileSync(PAGE, 'utf8').split('\n').filter(isRow).map(readRow);

/** NOTE: what `.ci/run` installs apart is not there when these tests run; its manifests are exact. */
const INSTALLED = [
  'package.json',
  ...globSync('test/{runtimes,external}/*/package.json', { cwd: ROOT }),
].flatMap((path) => {
  const manifest = JSON.parse(readFileSync(join(ROOT, path), 'utf8')) as Manifest;
  return Object.entries({ ...manifest.dependencies, ...manifest.devDependencies }).map(
    ([name, version]) => `${name} ${version}`,
  );
});

function isRow(line: string): boolean {
  return line.startsWith('| ') && !/^\| (?:what|---) /.test(line);
}

function readRow(line: string): Row {
  const [what = '', versions = '', , basis = ''] = line
    .slice(2, -1)
    .split(' |')
    .map((cell) => cell.trim());
  return {
    what,
    versions: [...versions.matchAll(/`([^`]+)` (\S+?)(?=,|$)/g)].map(([, name = '', version = '']) => ({
      name,
      version,
    })),
    tests: [...basis.matchAll(/\[([^\]]+)\]\(([^)]+)\)(?:: `([^`]+)`)?/g)].map(
      ([, , file = '', named = '']) => ({
        file,
        named,
      }),
    ),
    basis,
  };
}

describe('docs/compatibility.md', () => {
  it('has rows that all have four cells, and each its own name', () => {
    expect(ROWS.length).toBeGreaterThan(40);
    expect(ROWS.filter(({ what, basis }) => what === '' || basis === '')).toEqual([]);
    expect(new Set(ROWS.map(({ what }) => what)).size).toBe(ROWS.length);
  });

  it.each(ROWS)('names for "$what" a test that has it, or says that there is none', ({ tests, basis }) => {
    if (tests.length === 0) expect(basis).toMatch(/^(?:unsupported, )?untested$/);
    for (const { file, named } of tests) {
      const path = resolve(dirname(PAGE), file);
      expect(file).toMatch(/\.test\.ts$/);
      expect(existsSync(path), file).toBe(true);
      expect(named, `what ${file} is to be looked through for`).not.toBe('');
      expect(readFileSync(path, 'utf8')).toContain(named);
    }
  });

  it.each(ROWS.filter(({ versions }) => versions.length > 0))(
    'has for "$what" the versions that are installed',
    ({ versions }) => {
      for (const { name, version } of versions) expect(INSTALLED).toContain(`${name} ${version}`);
    },
  );

  it('leaves no version out that it means to name', () => {
    const cells = readFileSync(PAGE, 'utf8')
      .split('\n')
      .filter(isRow)
      .map((line) => line.split(' |')[1] ?? '');
    const named = cells.flatMap((cell) => cell.match(/\d+\.\d+\.\d+/g) ?? []);
    expect(ROWS.flatMap(({ versions }) => versions)).toHaveLength(named.length);
  });
});
