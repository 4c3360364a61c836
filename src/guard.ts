import { messageOf } from './errors.js';
import type { Log } from './log.js';

/**
 * Runs our code inside the application's: what it throws stops here, is counted, and is reported once for each place.
 *
 * NOTE: what is done with every request hands over its subject, because a closure for each would cost it.
 */
export interface Guard {
  <T, S>(place: string, work: (subject: S) => T, subject?: S): T | undefined;
  readonly failures: () => number;
}

export function createGuard(log: Log): Guard {
  const counts = new Map<string, number>();
  const guard = <T, S>(place: string, work: (subject: S) => T, subject?: S): T | undefined => {
    try {
      return work(subject as S);
    } catch (error) {
      const count = (counts.get(place) ?? 0) + 1;
      counts.set(place, count);
      if (count === 1) log.error(`a fault in ${place}, reported once: ${messageOf(error)}`);
      return undefined;
    }
  };
  return Object.assign(guard, {
    failures: () => [...counts.values()].reduce((sum, count) => sum + count, 0),
  });
}
