import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { renderReport } from './report.ts';
import type { Results } from './results.ts';

/** Writes `RESULTS.md`, and what it was made of to `raw/`. */
export async function writeResults(directory: string, results: Results): Promise<void> {
  const raw = join(directory, 'raw');
  await mkdir(raw, { recursive: true });
  await writeFile(join(directory, 'RESULTS.md'), renderReport(results));
  const { machine, effort, loads, starts } = results;
  await writeJson(join(raw, 'run.json'), { machine, effort });
  for (const { section, samples } of loads) await writeJson(join(raw, `${section.id}.json`), samples);
  if (starts !== undefined) await writeJson(join(raw, 'startup.json'), starts);
}

/** A sample a line: small, and readable in a diff. */
async function writeJson(path: string, value: object): Promise<void> {
  const entries = Object.entries(value).map(([key, part]) => {
    const lines = Array.isArray(part) ? part.map((item) => `    ${JSON.stringify(item, shorten)}`) : [];
    const text = lines.length === 0 ? JSON.stringify(part, shorten) : `[\n${lines.join(',\n')}\n  ]`;
    return `  ${JSON.stringify(key)}: ${text}`;
  });
  await writeFile(path, `{\n${entries.join(',\n')}\n}\n`);
}

/** More digits than were measured are noise. */
function shorten(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toFixed(3)) : value;
}
