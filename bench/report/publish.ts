import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { drawPlots } from './plots/plots.ts';
import { readRaw, writeRaw } from './raw.ts';
import { renderReport } from './report.ts';
import type { Results } from './results.ts';

/** Writes what was measured to `raw/`, and all that is made of it. */
export async function publish(directory: string, results: Results): Promise<void> {
  await writeRaw(join(directory, 'raw'), results);
  await writeReport(directory);
}

/** `RESULTS.md` and the plots, of nothing but what is in `raw/`. */
export async function writeReport(directory: string): Promise<void> {
  for (const [name, text] of Object.entries(await makeReport(join(directory, 'raw')))) {
    const path = join(directory, name);
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(path, text);
  }
}

/** The files by their path beside `raw`. */
export async function makeReport(raw: string): Promise<Readonly<Record<string, string>>> {
  const results = await readRaw(raw);
  const plots = drawPlots(results.findings);
  const files = plots.map(({ name, svg }) => [`plots/${name}.svg`, svg] as const);
  return { 'RESULTS.md': renderReport(results, plots), ...Object.fromEntries(files) };
}
