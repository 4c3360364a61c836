import type { Config } from '../config/config.js';
import type { Delivery } from '../delivery/queue.js';
import type { Guard } from '../guard.js';
import type { Log } from '../log.js';
import { createPolicy } from '../policy/policy.js';
import type { Policy } from '../policy/policy.js';
import type { Actor } from '../record/actor.js';
import { nowMicros } from '../record/clock.js';
import { applyLimits } from '../record/limits.js';
import { createRedactor } from '../record/redact.js';
import { uuidV7 } from '../record/uuid.js';
import { fillActor, systemActor } from './actor-record.js';
import { createBlankRecord } from './blank-record.js';
import type { Draft } from './blank-record.js';
import type { RequestStart, TimeFacts, TraceFacts } from './facts.js';
import { redactedParameters } from './parameters.js';
import { PendingActors } from './pending-actors.js';
import { createRecordHook } from './record-hook.js';
import type { RecordHook } from './record-hook.js';
import { createRedaction } from './redaction.js';
import type { Redaction } from './redaction.js';
import { fillBodies } from './request-bodies.js';
import type { RequestBodies } from './request-bodies.js';
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
  readonly #redact: Redaction;
  readonly #bodyMaxBytes: number;
  readonly #pending = new PendingActors();
  readonly #hook: RecordHook;
  readonly #system: Actor;

  constructor(config: Config, delivery: Delivery, guard: Guard, log: Log) {
    this.#delivery = delivery;
    this.#guard = guard;
    this.#blank = createBlankRecord(config.service);
    this.#policy = createPolicy(config.policy);
    const redactor = createRedactor(config.redactKeys, config.hmacKey);
    this.#redact = createRedaction(redactor, {
      db_parameters: (_, draft) => redactedParameters(draft, redactor),
    });
    this.#bodyMaxBytes = config.capture.bodyMaxBytes;
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
  finishWhenNamed(draft: Draft, request: RequestStart, bodies?: RequestBodies): void {
    this.#pending.whenNamed(request, (actor) => {
      this.#guard('the end of a record', () => this.finish(draft, actor, bodies));
      bodies?.requestBody?.release();
      bodies?.responseBody?.release();
    });
  }

  finish(draft: Draft, actor: Actor, bodies?: RequestBodies): void {
    fillActor(draft, actor);
    const { level, rule } = this.#policy(draft);
    if (level === 'none') return;
    draft.policy_level = level;
    draft.policy_rule = rule;
    if (bodies !== undefined) fillBodies(draft, level, bodies, this.#bodyMaxBytes);
    this.#redact(draft, level);
    applyLimits(draft);
    const record = this.#hook(draft);
    if (record !== null) this.#delivery.append(record);
  }

  /** Writes what still waits for a name. */
  settle(): void {
    this.#pending.settle();
  }
}
