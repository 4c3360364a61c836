import { countOf } from '../../log.js';
import { ImportError } from '../errors.js';
import type { TablePlan } from './plan.js';

const MICROS_PER_DAY = 86_400_000_000;

/** Days that the oldest row is kept from now on, when the TTL is changed as proposed. */
const MORE_DAYS = 400;

/**
 * Stops before anything is written when the table would delete what is brought.
 *
 * @throws ImportError naming the statement that mends it.
 */
export function refuseBeyondRetention(plans: readonly TablePlan[], database: string): void {
  const beyond = plans.filter(({ ahead }) => ahead.beyond > 0);
  const [first] = beyond;
  if (first === undefined) return;
  const tables = beyond.map(
    ({ ahead, source }) =>
      `${countOf(ahead.beyond, 'row')} of ${source.table.name} (from ${ahead.oldestText} on)`,
  );
  const oldest = Math.min(...beyond.map(({ ahead }) => Number(ahead.oldest.micros)));
  const days = Math.ceil((Date.now() * 1_000 - oldest) / MICROS_PER_DAY) + MORE_DAYS;
  throw new ImportError(
    'ERR_AUDIT_IMPORT_RETENTION',
    `${database}.records would delete ${tables.join(', ')} at its next merge: its TTL is ${first.kept.ttl}. ` +
      `Keep them by ALTER TABLE ${database}.records MODIFY TTL toDateTime(occurred_at) + INTERVAL ${days} DAY DELETE ` +
      '(times of the future need REMOVE TTL), or leave them out with --beyond-retention.',
  );
}
