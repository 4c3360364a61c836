import type { Findings } from '../sections/sections.ts';

export function targetTable(_findings: Findings): string {
  return '## Targets';
}
