import { endings } from './endings.ts';
import { kill } from './kill.ts';
import type { Scenario } from './scenario.ts';

export const SCENARIOS: readonly Scenario[] = [kill, endings];
