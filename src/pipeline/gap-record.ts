import type { ServiceConfig } from '../config/config.js';
import type { AuditRecord } from '../record/record.js';
import { uuidV7 } from '../record/uuid.js';
import { fillActor, systemActor } from './actor-record.js';
import { createBlankRecord } from './blank-record.js';

/** Records that could not be kept. Times are in microseconds since the epoch. */
export interface GapFacts {
  readonly records: number;
  readonly reason: string;
  readonly firstAt: number;
  readonly lastAt: number;
}

/** Makes the record that stands where others are missing: it passes by the policy, for nobody may leave it out. */
export function createGapRecord(service: ServiceConfig): (gap: GapFacts) => AuditRecord {
  const blank = createBlankRecord(service);
  const actor = systemActor(service.name);
  return ({ records, reason, firstAt, lastAt }) => {
    const draft = blank();
    fillActor(draft, actor);
    draft.record_id = uuidV7();
    draft.occurred_at = BigInt(firstAt) * 1_000n;
    draft.recorded_at = BigInt(lastAt);
    draft.duration_us = Math.max(0, lastAt - firstAt);
    draft.category = 'gap';
    draft.action = 'dropped';
    draft.outcome = 'failure';
    draft.severity = 'error';
    draft.policy_level = 'metadata';
    draft.policy_rule = 'gap';
    draft.error_type = 'dropped';
    draft.error_message = reason;
    draft.attributes = { 'audit.gap.records': String(records) };
    return draft;
  };
}
