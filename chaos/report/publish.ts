import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { renderReport } from './report.ts';
import type { Results } from './results.ts';

const RAW = join(import.meta.dirname, '../results.json');
const PAGE = join(import.meta.dirname, '../../docs/reliability.md');

export async function publish(results: Results): Promise<void> {
  await writeFile(RAW, `${JSON.stringify(results, shortenLists, 1)}\n`);
  await writeFile(PAGE, renderReport(results));
}

/** Of so many numbers each is named. */
const NAMED = 20;

function shortenLists(_key: string, value: unknown): unknown {
  if (!Array.isArray(value) || value.length <= NAMED || typeof value[0] !== 'number') return value;
  return `${value.length} numbers between ${Math.min(...(value as number[]))} and ${Math.max(...(value as number[]))}`;
}
