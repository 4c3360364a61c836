import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withClaims } from './claims.ts';
import { drawPlots } from './plots/plots.ts';
import { readRaw, writeRaw } from './raw.ts';
import { renderReport } from './report.ts';
import type { Results } from './results.ts';

const BENCH = join(import.meta.dirname, '..');
const README = '../README.md';

/** Writes what was measured to `raw/`, and all that is made of it. */
export async function publish(directory: string, results: Results): Promise<void> {
  await writeRaw(join(directory, 'raw'), results);
  await writeReport(directory);
}

/** `RESULTS.md`, the plots and the claims of the README, of nothing but what is in `raw/`. */
export async function writeReport(directory: string): Promise<void> {
  const files = await makeReport(directory);
  await rm(join(directory, 'plots'), { recursive: true, force: true });
  for (const [name, text] of Object.entries(files)) {
    const path = join(directory, name);
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(path, text);
  }
}

/** The files by their path in the directory. */
export async function makeReport(directory: string): Promise<Readonly<Record<string, string>>> {
  const results = await readRaw(join(directory, 'raw'));
  const drawn = drawPlots(results.findings);
  // A picture travels without the words around it, which say that a quick run means nothing.
  const plots = results.effort.isQuick ? [] : drawn;
  return {
    'RESULTS.md': renderReport(results, plots),
    ...Object.fromEntries(plots.map(({ name, svg }) => [`plots/${name}.svg`, svg])),
    ...(directory === BENCH ? await makeReadme(results) : {}),
  };
}

/** Only the repository has one. */
async function makeReadme(results: Results): Promise<Readonly<Record<string, string>>> {
  return { [README]: withClaims(await readFile(join(BENCH, README), 'utf8'), results) };
}
