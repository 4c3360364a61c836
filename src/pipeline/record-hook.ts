import type { Config } from '../config/config.js';
import { messageOf } from '../errors.js';
import type { Guard } from '../guard.js';
import { applyLimits } from '../record/limits.js';
import type { AuditRecord } from '../record/record.js';

/** The last word on a record; null leaves it out. */
export type RecordHook = (record: AuditRecord) => AuditRecord | null;

/** What other records and the order of all of them hang on: not for the hook to say. */
const FIXED = ['record_id', 'recorded_at', 'request_id'] as const;

/** @param problem What it did, in words that follow its name. */
class HookFault extends Error {
  constructor(problem: string, options?: ErrorOptions) {
    super(`beforeRecord ${problem}; the record is kept as it was`, options);
  }
}

/**
 * The application's `beforeRecord`, which may do anything: where it throws, returns a promise, forgets its return or gives
 * back what is no record, the record is kept as it was. That is counted, and said once.
 */
export function createRecordHook(
  beforeRecord: NonNullable<Config['beforeRecord']>,
  guard: Guard,
): RecordHook {
  let isRunning = false;
  return (record) => {
    // NOTE: what the hook itself records would come back to it without end.
    if (isRunning) return record;
    isRunning = true;
    const changed = guard('a hook of the configuration file', () => ask(beforeRecord, record));
    isRunning = false;
    return changed === undefined ? record : changed;
  };
}

function ask(beforeRecord: NonNullable<Config['beforeRecord']>, record: AuditRecord): AuditRecord | null {
  try {
    return answerOf(beforeRecord(cloneOf(record)), record);
  } catch (error) {
    if (error instanceof HookFault) throw error;
    throw new HookFault(`threw: ${messageOf(error)}`, { cause: error });
  }
}

function answerOf(changed: unknown, record: AuditRecord): AuditRecord | null {
  if (changed === null) return null;
  if (changed instanceof Promise) {
    changed.catch(() => {});
    throw new HookFault('returned a promise, it must answer at once');
  }
  const copy = copyOf(changed, record);
  applyLimits(copy);
  return copy;
}

/** NOTE: lists and maps too, or a hook that changes one and then throws would have changed the record. */
function cloneOf(record: AuditRecord): AuditRecord {
  const columns = Object.entries(record).map(([name, value]) => [name, copyLike(value, value)]);
  return Object.fromEntries(columns) as AuditRecord;
}

type Copy = { -readonly [Name in keyof AuditRecord]: AuditRecord[Name] };

/**
 * The columns of what the hook gave back, each read once: what it keeps of it, it cannot change later.
 *
 * @throws HookFault naming the first column that the encoder could not take
 */
function copyOf(changed: unknown, like: AuditRecord): Copy {
  const source = typeof changed === 'object' ? (changed as Record<string, unknown> | null) : null;
  const columns = Object.entries(like).map(([name, value]) => {
    const copied = copyLike(source?.[name], value);
    if (copied !== undefined) return [name, copied] as const;
    const column = source === null ? 'every column' : name;
    throw new HookFault(`must return the record or null, with ${column} of the kind it had`);
  });
  const copy = Object.fromEntries(columns) as Copy;
  for (const name of FIXED) (copy as Record<string, unknown>)[name] = like[name];
  return copy;
}

/** Undefined for a value of another kind. */
function copyLike(value: unknown, like: unknown): unknown {
  if (Array.isArray(like)) return Array.isArray(value) && value.every(isText) ? [...value] : undefined;
  if (typeof value === 'bigint' && BigInt.asIntN(64, value) !== value) return undefined;
  if (typeof like !== 'object') return typeof value === typeof like ? value : undefined;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const entries = Object.entries(value);
  return entries.every(([, text]) => isText(text)) ? Object.fromEntries(entries) : undefined;
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}
