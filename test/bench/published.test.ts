import { existsSync, readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeReport } from '../../bench/report/publish.ts';
import { readRaw } from '../../bench/report/raw.ts';

const BENCH = join(import.meta.dirname, '../../bench');

test('the results, the plots and the README say what follows from the raw data beside them', async () => {
  const made = await makeReport(BENCH);
  expect(Object.keys(made)).toEqual(expect.arrayContaining(['RESULTS.md', '../README.md']));
  for (const [path, text] of Object.entries(made)) {
    expect(await readFile(join(BENCH, path), 'utf8'), path).toBe(text);
  }
  const directory = join(BENCH, 'plots');
  const plots = existsSync(directory) ? (await readdir(directory)).map((name) => `plots/${name}`) : [];
  expect(plots.sort()).toEqual(
    Object.keys(made)
      .filter((path) => path.startsWith('plots/'))
      .sort(),
  );
});

test('the README has a place for what was measured', () => {
  const readme = readFileSync(join(BENCH, '../README.md'), 'utf8');
  expect(readme).toMatch(/costs: begin, written by npm run bench -->\n\n\S/);
});

test('the raw data names no machine and no path of who has measured', async () => {
  const { machine } = await readRaw(join(BENCH, 'raw'));
  expect(Object.keys(machine).sort()).toEqual(
    ['date', 'cores', 'cpu', 'memoryGigabytes', 'platform', 'node', 'placement', 'packages'].sort(),
  );
});
