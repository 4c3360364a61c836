import type { Config } from '../config/config.js';
import type { Delivery } from '../delivery/queue.js';
import type { Guard } from '../guard.js';
import { isVouchedFor } from '../identity/source.js';
import { createPolicy } from '../policy/policy.js';
import type { Decision, Policy } from '../policy/policy.js';
import { ANONYMOUS } from '../record/actor.js';
import type { Actor } from '../record/actor.js';
import { nowMicros } from '../record/clock.js';
import { applyLimits } from '../record/limits.js';
import { createRedactor } from '../record/redact.js';
import { uuidV7 } from '../record/uuid.js';
import { actingAs, fillActor, systemActor } from './actor-record.js';
import { annotate } from './annotations.js';
import { createBlankRecord } from './blank-record.js';
import type { Draft } from './blank-record.js';
import type { RequestEnd, RequestStart, TimeFacts, TraceFacts, Work } from './facts.js';
import { PendingActors } from './pending-actors.js';
import { createRecordHook } from './record-hook.js';
import type { RecordHook } from './record-hook.js';
import { createRedaction } from './redaction.js';
import type { Redaction } from './redaction.js';
import { fillCause } from './request-record.js';

/** When something happened and where in its trace: what every record begins with. */
export interface Occurrence extends TimeFacts {
  readonly trace: TraceFacts;
  /** The request below which it happened. */
  readonly request?: RequestStart | undefined;
}

/** When and where code told of something. */
export interface Telling extends Occurrence {
  readonly request: RequestStart | undefined;
  readonly work: Work | undefined;
}

const IDENTIFIED: Decision = { level: 'metadata', rule: 'identified' };

/** The way that all records go, whatever they are about: begun, attributed, judged by the policy, redacted, handed over. */
export class Recorder {
  readonly #delivery: Delivery;
  readonly #guard: Guard;
  readonly #blank: () => Draft;
  readonly #policy: Policy;
  readonly #redact: Redaction;
  readonly #pending = new PendingActors();
  readonly #hook: RecordHook;
  readonly #system: Actor;

  constructor(config: Config, delivery: Delivery, guard: Guard) {
    this.#delivery = delivery;
    this.#guard = guard;
    this.#blank = createBlankRecord(config.service);
    this.#policy = createPolicy(config.policy);
    this.#redact = createRedaction(createRedactor(config.redactKeys, config.hmacKey));
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
    // NOTE: a record may wait for its transaction; who acts after that did not do this.
    const actor = facts.request?.identity.settled;
    if (actor !== undefined && isVouchedFor(actor)) fillActor(draft, actor);
    return draft;
  }

  /** Ends a record of work: of whom code says, else of the request's actor, else of the service itself. */
  attribute(draft: Draft, request: RequestStart | undefined, work?: Work): void {
    this.fillOrigin(draft, request, work);
    const actor = work?.actor;
    if (request === undefined) {
      this.finish(draft, actor === undefined ? this.#system : actingAs(actor, work?.principal));
    } else if (actor === undefined) this.finishWhenNamed(draft, request);
    else this.#finishInName(draft, request, actor);
  }

  /** Where a record comes from, and what code said of all records there. */
  fillOrigin(draft: Draft, request: RequestStart | undefined, work: Work | undefined): void {
    if (request !== undefined) fillCause(draft, request);
    annotate(draft, request === undefined ? work?.annotations : request.annotations);
  }

  /** Whether code asked that nothing be recorded here; what the policy would have kept is counted. */
  isLeftOut(draft: Draft, work: Work | undefined): boolean {
    const suspension = work?.suspension;
    if (suspension === undefined || suspension.isOver) return false;
    if (this.#policy(draft).level !== 'none') suspension.count();
    return true;
  }

  /** Calls back as soon as it is known who made the request. */
  whenNamed(draft: Draft, request: RequestStart, use: (actor: Actor) => void): void {
    this.#pending.whenNamed(request, draft, (actor) => {
      this.#guard('the end of a record', () => use(actor));
    });
  }

  #finishInName(draft: Draft, request: RequestStart, actor: Actor): void {
    const asked = isNamed(draft) ? namedIn(draft) : undefined;
    this.whenNamed(draft, request, (asking) => {
      this.#remark(draft, request, asked ?? asking);
      this.finish(draft, actingAs(actor, asked ?? asking));
    });
  }

  /** Ends a record as soon as it is known who made the request. */
  finishWhenNamed(draft: Draft, request: RequestStart): void {
    if (isNamed(draft)) {
      this.#pending.check(request);
      this.#remark(draft, request, { id: draft.actor_id, assurance: 'trusted' });
      this.#write(draft);
      return;
    }
    this.#pending.whenNamed(request, draft, (actor) => {
      this.#guard('the end of a record', () => {
        this.#remark(draft, request, actor);
        if (this.finish(draft, actor) && !isVouchedFor(actor)) request.identity.recordedAs(actor);
      });
    });
  }

  /** Ends the record of a request, and with it what its statements were waiting for. */
  finishRequest(draft: Draft, request: RequestStart, end: RequestEnd): void {
    const { identity } = request;
    identity.end();
    this.finishWhenNamed(draft, request);
    if (!identity.hasUnknownRecords) return;
    this.#pending.whenNamed(request, draft, (actor) => {
      if (identity.wasUnknownBefore(actor))
        this.#guard('the record of a late name', () => this.#identified(request, end, actor));
    });
  }

  /** @returns False where the policy or the hook left it out. */
  finish(draft: Draft, actor: Actor, decided?: Decision): boolean {
    fillActor(draft, actor);
    return this.#write(draft, decided);
  }

  #write(draft: Draft, decided?: Decision): boolean {
    const { level, rule } = decided ?? this.#policy(draft);
    if (level === 'none') return false;
    draft.policy_level = level;
    draft.policy_rule = rule;
    this.#redact(draft, level);
    applyLimits(draft);
    const record = this.#hook(draft);
    if (record !== null) this.#delivery.append(record);
    return record !== null;
  }

  #remark(draft: Draft, { identity }: RequestStart, actor: Pick<Actor, 'id' | 'assurance'>): void {
    const remarks = identity.remarks(actor);
    if (remarks !== undefined) draft.attributes = { ...draft.attributes, ...remarks };
  }

  /** Says whose the records were that could not wait for the name: they are joined by `request_id`. */
  #identified(request: RequestStart, end: RequestEnd, actor: Actor): void {
    const draft = this.begin({
      ...end,
      startedAtNanos: end.startedAtNanos + BigInt(end.durationMicros) * 1_000n,
      durationMicros: 0,
    });
    fillCause(draft, request);
    draft.category = 'auth';
    draft.action = 'identified';
    draft.outcome = 'success';
    this.finish(draft, actor, IDENTIFIED);
  }

  /** Writes what still waits for a name. */
  settle(): void {
    this.#pending.settle();
  }
}

/** Who was known to act when the record began. */
function namedIn(draft: Draft): Actor {
  const { actor_id: id, actor_name: name, impersonator_id: impersonatorId } = draft;
  return { ...ANONYMOUS, id, name, impersonatorId, assurance: 'trusted' };
}

/** Whether it was known who acts when the record began. */
function isNamed({ actor_assurance: assurance }: Draft): boolean {
  return isVouchedFor({ assurance: assurance as Actor['assurance'] });
}
