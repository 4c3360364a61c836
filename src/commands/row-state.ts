import type { ChangedRecord } from '../search/object-history.js';

/** What a row held after a number of changes. */
export interface RowState {
  /** The last change that lasted; undefined where none did. */
  readonly last: ChangedRecord | undefined;
  readonly isDeleted: boolean;
  readonly fields: ReadonlyMap<string, FieldState>;
  /** Changes of which nobody knows whether they lasted. */
  readonly unsettled: number;
}

export interface FieldState {
  /** Undefined where the register does not know it: the database made it, or the policy keeps no values. */
  readonly value: string | undefined;
  /** The change that set it. */
  readonly since: ChangedRecord;
}

/** @param changes The oldest first. */
export function stateAfter(changes: readonly ChangedRecord[]): RowState {
  const applied = changes.filter(({ final_outcome: outcome }) => outcome === 'applied');
  const fields = new Map<string, FieldState>();
  for (const change of applied) {
    if (change.action === 'create' || change.action === 'delete') fields.clear();
    if (change.action === 'delete') continue;
    for (const { field, after } of change.changes) fields.set(field, { value: after, since: change });
  }
  return {
    last: applied.at(-1),
    isDeleted: applied.at(-1)?.action === 'delete',
    fields,
    unsettled: changes.filter(({ final_outcome: outcome }) => outcome === 'unknown').length,
  };
}
