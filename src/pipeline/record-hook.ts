import type { Config } from '../config/config.js';
import { messageOf } from '../errors.js';
import type { Log } from '../log.js';
import type { AuditRecord } from '../record/record.js';

/** The last word on a record; null leaves it out. */
export type RecordHook = (record: AuditRecord) => AuditRecord | null;

/**
 * The application's `beforeRecord`, which may do anything: where it throws, returns a promise, forgets its return or gives
 * back what is no record, the record is kept as it was. That is said once.
 */
export function createRecordHook(beforeRecord: NonNullable<Config['beforeRecord']>, log: Log): RecordHook {
  let hasFailed = false;
  const keep = (record: AuditRecord, problem: string): AuditRecord => {
    if (!hasFailed) log.error(`beforeRecord ${problem}; the record is kept as it was`);
    hasFailed = true;
    return record;
  };
  return (record) => {
    try {
      const changed: unknown = beforeRecord({ ...record });
      if (changed === null) return null;
      if (changed instanceof Promise) {
        changed.catch(() => {});
        return keep(record, 'returned a promise, it must answer at once');
      }
      const wrong = wrongColumn(changed, record);
      if (wrong === undefined) return changed as AuditRecord;
      return keep(record, `must return the record or null, with ${wrong} of the kind it had`);
    } catch (error) {
      return keep(record, `threw: ${messageOf(error)}`);
    }
  };
}

/** The first column whose value the encoder could not take. */
function wrongColumn(changed: unknown, like: AuditRecord): string | undefined {
  if (typeof changed !== 'object' || changed === null) return 'every column';
  return Object.entries(like).find(([name, value]) => {
    return !isAlike((changed as Record<string, unknown>)[name], value);
  })?.[0];
}

function isAlike(value: unknown, like: unknown): boolean {
  if (Array.isArray(like)) return Array.isArray(value) && value.every(isText);
  if (typeof like !== 'object') return typeof value === typeof like;
  return typeof value === 'object' && value !== null && Object.values(value).every(isText);
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}
