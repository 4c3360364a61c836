import { endings } from './endings.ts';
import { kill } from './kill.ts';
import { latency } from './latency.ts';
import { longOutage } from './long-outage.ts';
import { outageMemory } from './outage-memory.ts';
import type { Scenario } from './scenario.ts';
import { storeFaults } from './store-faults.ts';
import { storeRestarts } from './store-restarts.ts';

export const SCENARIOS: readonly Scenario[] = [
  kill,
  endings,
  storeFaults,
  storeRestarts,
  longOutage,
  outageMemory,
  latency,
];
