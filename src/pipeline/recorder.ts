import type { Config } from '../config/config.js';
import type { Delivery } from '../delivery/queue.js';
import type { Guard } from '../guard.js';
import { createPolicy } from '../policy/policy.js';
import type { Policy } from '../policy/policy.js';
import type { Actor } from '../record/actor.js';
import { nowMicros } from '../record/clock.js';
import { applyLimits } from '../record/limits.js';
import { createRedactor, queryNames } from '../record/redact.js';
import type { Redactor } from '../record/redact.js';
import { uuidV7 } from '../record/uuid.js';
import { actingAs, fillActor, systemActor } from './actor-record.js';
import { annotate } from './annotations.js';
import { createBlankRecord } from './blank-record.js';
import type { Draft } from './blank-record.js';
import type { RequestStart, TimeFacts, TraceFacts, Work } from './facts.js';
import { PendingActors } from './pending-actors.js';
import { createRecordHook } from './record-hook.js';
import type { RecordHook } from './record-hook.js';
import { fillCause } from './request-record.js';

/** When something happened and where in its trace: what every record begins with. */
export interface Occurrence extends TimeFacts {
  readonly trace: TraceFacts;
}

/** When and where code told of something. */
export interface Telling extends Occurrence {
  readonly request: RequestStart | undefined;
  readonly work: Work | undefined;
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

  constructor(config: Config, delivery: Delivery, guard: Guard) {
    this.#delivery = delivery;
    this.#guard = guard;
    this.#blank = createBlankRecord(config.service);
    this.#policy = createPolicy(config.policy);
    this.#redactor = createRedactor(config.redactKeys);
    this.#hook =
      config.beforeRecord === undefined ? (record) => record : createRecordHook(config.beforeRecord, guard);
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

  /** Ends a record of work: of whom code says, else of the request's actor, else of the service itself. */
  attribute(draft: Draft, request: RequestStart | undefined, work?: Work): void {
    this.fillOrigin(draft, request, work);
    const actor = work?.actor;
    if (request === undefined) {
      this.finish(draft, actor === undefined ? this.#system : actingAs(actor, work?.principal));
      return;
    }
    this.whenNamed(request, (asking) => {
      this.finish(draft, actor === undefined ? asking : actingAs(actor, asking));
    });
  }

  /** Where a record comes from, and what code said of all records there. */
  fillOrigin(draft: Draft, request: RequestStart | undefined, work: Work | undefined): void {
    if (request !== undefined) fillCause(draft, request);
    annotate(draft, request === undefined ? work?.annotations : request.annotations);
  }

  /** Calls back as soon as it is known who made the request. */
  whenNamed(request: RequestStart, use: (actor: Actor) => void): void {
    this.#pending.whenNamed(request, (actor) => {
      this.#guard('the end of a record', () => use(actor));
    });
  }

  /** Whether code asked that nothing be recorded here; what the policy would have kept is counted. */
  isLeftOut(draft: Draft, work: Work | undefined): boolean {
    const suspension = work?.suspension;
    if (suspension === undefined || suspension.isOver) return false;
    if (this.#policy(draft).level !== 'none') suspension.count();
    return true;
  }

  /** Values that code gave, without their secrets. */
  redacted(values: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
    return this.#redactor.values(values);
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
    draft.old_values = isMetadataOnly ? {} : redactor.values(draft.old_values);
    draft.error_message = redactor.text(draft.error_message);
    draft.target_id = redactor.text(draft.target_id);
    if (draft.target_ids.length > 0) draft.target_ids = draft.target_ids.map(redactor.text);
    draft.correlation_id = redactor.text(draft.correlation_id);
    draft.user_agent = redactor.text(draft.user_agent);
  }
}
