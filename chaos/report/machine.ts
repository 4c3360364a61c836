import { describeMachine } from '../../bench/report/machine.ts';
import type { Results } from './results.ts';

type Surroundings = Pick<Results, 'date' | 'version' | 'machine' | 'platform' | 'node'>;

/** What a reader must know to compare, and nothing that names the machine. */
export function describeSurroundings(): Surroundings {
  const { date, cpu, cores, memoryGigabytes, platform, node, packages } = describeMachine('');
  const version = packages['audit-register'] ?? '';
  return { date, version, machine: { cpu, cores, memoryGigabytes }, platform, node };
}
