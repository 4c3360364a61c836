import { diskFull } from './disk-full.ts';
import { endings } from './endings.ts';
import { kill } from './kill.ts';
import { latency } from './latency.ts';
import { longOutage } from './long-outage.ts';
import { outageMemory } from './outage-memory.ts';
import type { Scenario } from './scenario.ts';
import { spoolDamage } from './spool-damage.ts';
import { spoolRemoved } from './spool-removed.ts';
import { storeFaults } from './store-faults.ts';
import { storeRestarts } from './store-restarts.ts';
import { tableAltered } from './table-altered.ts';
import { tampering } from './tampering.ts';

export const SCENARIOS: readonly Scenario[] = [
  kill,
  endings,
  storeFaults,
  storeRestarts,
  longOutage,
  outageMemory,
  diskFull,
  spoolRemoved,
  spoolDamage,
  tableAltered,
  tampering,
  latency,
];
