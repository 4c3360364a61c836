import type { Config } from '../config/config.js';
import type { Delivery } from '../delivery/queue.js';
import type { Guard } from '../guard.js';
import type { Log } from '../log.js';
import { createPolicy } from '../policy/policy.js';
import type { Policy } from '../policy/policy.js';
import type { Actor } from '../record/actor.js';
import { nowMicros } from '../record/clock.js';
import { applyLimits } from '../record/limits.js';
import { createRedactor, queryNames } from '../record/redact.js';
import type { Redactor } from '../record/redact.js';
import { uuidV7 } from '../record/uuid.js';
import { fillActor, systemActor } from './actor-record.js';
import { createBlankRecord } from './blank-record.js';
import type { Draft } from './blank-record.js';
import type { RequestStart, TimeFacts, TraceFacts } from './facts.js';
import { redactedParameters } from './parameters.js';
import { PendingActors } from './pending-actors.js';
import { createRecordHook } from './record-hook.js';
import type { RecordHook } from './record-hook.js';
import { fillCause } from './request-record.js';

/** When something happened and where in its trace: what every record begins with. */
export interface Occurrence extends TimeFacts {
  readonly trace: TraceFacts;
}

/** The way that all records go, whatever they are about: begun, attributed, judged by the policy, redacted, handed over. */
export class Recorder {
  readonly #delivery: Delivery;
  readonly #guard: Guard;
  readonly #blank: () => Draft;
  readonly #policy: Policy;
  readonly #redactor: Redactor;
  readonly #pending = new PendingActors();
  readonly #hook: RecordHook;
  readonly #system: Actor;

  constructor(config: Config, delivery: Delivery, guard: Guard, log: Log) {
    this.#delivery = delivery;
    this.#guard = guard;
    this.#blank = createBlankRecord(config.service);
    this.#policy = createPolicy(config.policy);
    this.#redactor = createRedactor(config.redactKeys);
    this.#hook =
      config.beforeRecord === undefined ? (record) => record : createRecordHook(config.beforeRecord, log);
    this.#system = systemActor(config.service.name);
  }

  begin(facts: Occurrence): Draft {
    const draft = this.#blank();
    draft.record_id = uuidV7();
    draft.occurred_at = facts.startedAtNanos;
    draft.recorded_at = BigInt(nowMicros());
    draft.duration_us = facts.durationMicros;
    draft.trace_id = facts.trace.traceId;
    draft.span_id = facts.trace.spanId;
    draft.parent_span_id = facts.trace.parentSpanId;
    return draft;
  }

  /** Ends a record of work below a request, which belongs to its actor; any other to the service itself. */
  attribute(draft: Draft, request: RequestStart | undefined): void {
    if (request === undefined) {
      this.finish(draft, this.#system);
      return;
    }
    fillCause(draft, request);
    this.finishWhenNamed(draft, request);
  }

  /** Ends a record as soon as it is known who made the request. */
  finishWhenNamed(draft: Draft, request: RequestStart): void {
    this.#pending.whenNamed(request, (actor) => {
      this.#guard('the end of a record', () => this.finish(draft, actor));
    });
  }

  finish(draft: Draft, actor: Actor): void {
    fillActor(draft, actor);
    const { level, rule } = this.#policy(draft);
    if (level === 'none') return;
    draft.policy_level = level;
    draft.policy_rule = rule;
    this.#redact(draft, level === 'metadata');
    applyLimits(draft);
    const record = this.#hook(draft);
    if (record !== null) this.#delivery.append(record);
  }

  /** Writes what still waits for a name. */
  settle(): void {
    this.#pending.settle();
  }

  #redact(draft: Draft, isMetadataOnly: boolean): void {
    const redactor = this.#redactor;
    draft.url_path = redactor.text(draft.url_path);
    draft.url_query = isMetadataOnly ? queryNames(draft.url_query) : redactor.query(draft.url_query);
    draft.new_values = isMetadataOnly ? {} : redactor.values(draft.new_values);
    if (draft.db_parameters.length > 0)
      draft.db_parameters = isMetadataOnly ? [] : redactedParameters(draft, redactor);
    draft.error_message = redactor.text(draft.error_message);
    draft.target_id = redactor.text(draft.target_id);
    if (draft.target_ids.length > 0) draft.target_ids = draft.target_ids.map(redactor.text);
    draft.correlation_id = redactor.text(draft.correlation_id);
    draft.user_agent = redactor.text(draft.user_agent);
  }
}
