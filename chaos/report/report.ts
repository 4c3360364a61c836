import type { Results } from './results.ts';

export function renderReport(results: Results): string {
  return String(results.seed);
}
