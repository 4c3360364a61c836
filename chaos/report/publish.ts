import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { renderReport } from './report.ts';
import type { Results } from './results.ts';

const RAW = join(import.meta.dirname, '../results.json');
const PAGE = join(import.meta.dirname, '../../docs/reliability.md');

export async function publish(results: Results): Promise<void> {
  await writeFile(RAW, `${JSON.stringify(results, undefined, 1)}\n`);
  await writeFile(PAGE, renderReport(results));
}
