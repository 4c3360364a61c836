import type { Draft } from './blank-record.js';
import type { ErrorFacts } from './facts.js';

/** An event of the application's own, as code told of it. */
export interface AppFacts {
  readonly action: string;
  readonly outcome: string;
  readonly severity: string;
  readonly targetType: string;
  readonly targetId: string;
  readonly changedFields: readonly string[];
  readonly oldValues: Readonly<Record<string, string>>;
  readonly newValues: Readonly<Record<string, string>>;
  readonly attributes: Readonly<Record<string, string>>;
  readonly error?: ErrorFacts | undefined;
}

export function fillApp(draft: Draft, facts: AppFacts): void {
  draft.category = 'app';
  draft.action = facts.action;
  draft.outcome = facts.outcome;
  draft.severity = facts.severity;
  draft.target_type = facts.targetType;
  draft.target_id = facts.targetId;
  draft.changed_fields = facts.changedFields;
  draft.old_values = facts.oldValues;
  draft.new_values = facts.newValues;
  draft.attributes = facts.attributes;
  if (facts.error === undefined) return;
  draft.error_type = facts.error.type;
  draft.error_message = facts.error.message;
}
