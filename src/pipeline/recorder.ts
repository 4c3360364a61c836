import type { Config } from '../config/config.js';
import type { Delivery } from '../delivery/delivery.js';
import type { Guard } from '../guard.js';
import { isVouchedFor } from '../identity/source.js';
import type { Decision, Policy } from '../policy/policy.js';
import type { Actor } from '../record/actor.js';
import { nowMicros } from '../record/clock.js';
import { applyLimits } from '../record/limits.js';
import { createRedactor } from '../record/redaction/redact.js';
import { uuidV7 } from '../record/uuid.js';
import { actingAs, fillActor, systemActor } from './actor-record.js';
import { annotate } from './annotations.js';
import { createBlankRecord } from './blank-record.js';
import type { Draft } from './blank-record.js';
import { ACTOR } from './draft-notes.js';
import type { RequestEnd, RequestStart, TimeFacts, TraceFacts, Work } from './facts.js';
import { redactedParameters } from './statements/parameters.js';
import { PendingActors } from './pending-actors.js';
import { createRecordHook } from './record-hook.js';
import type { RecordHook } from './record-hook.js';
import { createRedaction } from './redaction.js';
import type { Redaction } from './redaction.js';
import { fillBodies, releaseBodies } from './request-bodies.js';
import type { RequestBodies } from './request-bodies.js';
import { fillCause, fillLateRoute, fillSource } from './request-record.js';
import { fillReturned } from './statements/returned-rows.js';

/** When something happened and where in its trace: what every record begins with. */
export interface Occurrence extends TimeFacts {
  readonly trace: TraceFacts;
  /** The request below which it happened. */
  readonly request?: RequestStart | undefined;
  /** Who was vouched for when it began; undefined leaves it to who is by now. */
  readonly actor?: Actor | undefined;
}

/** When and where code told of something. */
export interface Telling extends Occurrence {
  readonly request: RequestStart | undefined;
  readonly work: Work | undefined;
}

/** What ends with the record of a request. */
export interface RequestEnding {
  /** Writes what else the request says, once it is known who made it. */
  readonly tell: (actor: Actor) => void;
  /** Called once, last: whether all of it could be made. */
  readonly done: (isMade: boolean) => void;
}

/** The way that all records go, whatever they are about: begun, attributed, judged by the policy, redacted, handed over. */
export class Recorder {
  readonly #delivery: Delivery;
  readonly #guard: Guard;
  readonly #blank: () => Draft;
  readonly #policy: Policy;
  readonly #identifiedBy: Decision;
  readonly #redact: Redaction;
  readonly #bodyMaxBytes: number;
  readonly #pending = new PendingActors();
  readonly #hook: RecordHook;
  readonly #system: Actor;

  constructor(config: Config, delivery: Delivery, guard: Guard, policy: Policy) {
    this.#delivery = delivery;
    this.#guard = guard;
    this.#blank = createBlankRecord(config.service);
    this.#policy = policy;
    this.#identifiedBy = { level: 'metadata', rule: 'identified', delivery: config.delivery.mode };
    const redactor = createRedactor(config.redactKeys, config.hmacKey);
    this.#redact = createRedaction(redactor, {
      db_parameters: (_, draft) => redactedParameters(draft, redactor),
    });
    this.#bodyMaxBytes = config.capture.bodyMaxBytes;
    this.#hook =
      config.beforeRecord === undefined ? (record) => record : createRecordHook(config.beforeRecord, guard);
    this.#system = systemActor(config.service.name);
  }

  begin(facts: Occurrence, id: string = uuidV7()): Draft {
    const draft = this.#blank();
    draft.record_id = id;
    draft.occurred_at = facts.startedAtNanos;
    draft.recorded_at = BigInt(nowMicros());
    draft.duration_us = facts.durationMicros;
    draft.trace_id = facts.trace.traceId;
    draft.span_id = facts.trace.spanId;
    draft.parent_span_id = facts.trace.parentSpanId;
    // NOTE: a record may wait for its transaction; who acts after that did not do this.
    const actor = facts.actor ?? facts.request?.identity.settledName;
    if (actor !== undefined) fillActor(draft, actor);
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
    // NOTE: what waited for a name before this record comes before it.
    this.#pending.check(request);
    const named = draft[ACTOR];
    if (named !== undefined && isVouchedFor(named)) this.#finishOf(request, draft, named, actor);
    else this.whenNamed(request, (asking) => this.#finishOf(request, draft, asking, actor), draft);
  }

  /** What of a request waits for a name is told, where that is known by now: nothing is recorded that would tell it. */
  look(request: RequestStart | undefined): void {
    if (request !== undefined) this.#pending.check(request);
  }

  /** Where a record comes from, and what code said of all records there. */
  fillOrigin(draft: Draft, request: RequestStart | undefined, work: Work | undefined): void {
    // NOTE: a request to another has a method and a path of its own.
    if (request !== undefined) (draft.category === 'call' ? fillSource : fillCause)(draft, request);
    annotate(draft, request === undefined ? work?.annotations : request.annotations);
  }

  /** Calls back as soon as it is known who made the request; a record that waits for that is counted. */
  whenNamed(request: RequestStart, use: (actor: Actor) => void, draft?: Draft): void {
    this.#pending.whenNamed(
      request,
      (actor) => {
        if (this.#guard('the end of a record', () => (use(actor), true)) !== true)
          request.hasLostRecord = true;
      },
      draft,
    );
  }

  /** Ends the record of a request, and with it what its statements were waiting for. */
  finishRequest(draft: Draft, request: RequestStart, end: RequestEnd, { tell, done }: RequestEnding): void {
    this.whenNamed(
      request,
      (actor) => {
        let isMade = false;
        try {
          this.#finishOf(request, draft, actor, undefined, end);
          tell(actor);
          if (request.identity.wasUnknownBefore(actor)) this.#identified(request, end, actor);
          isMade = true;
        } finally {
          releaseBodies(end);
          done(isMade);
        }
      },
      draft,
    );
  }

  /** Whether code asked that nothing be recorded here; what the policy would have kept is counted. */
  isLeftOut(draft: Draft, work: Work | undefined): boolean {
    const suspension = work?.suspension;
    if (suspension === undefined || suspension.isOver) return false;
    if (this.#policy(draft).level !== 'none') suspension.count();
    return true;
  }

  /** @returns False where the policy or the hook left it out. */
  finish(
    draft: Draft,
    actor: Actor,
    request?: RequestStart,
    bodies?: RequestBodies,
    decided?: Decision,
  ): boolean {
    fillActor(draft, actor);
    const { level, rule, delivery } = decided ?? this.#policy(draft);
    if (level === 'none') return false;
    draft.policy_level = level;
    draft.policy_rule = rule;
    if (bodies !== undefined) fillBodies(draft, level, bodies, this.#bodyMaxBytes);
    fillReturned(draft, level);
    this.#redact(draft, level, actor);
    applyLimits(draft);
    const record = this.#hook(draft);
    if (record === null) return false;
    const isAwaited = delivery === 'write-ahead' && request !== undefined;
    // NOTE: before the record is handed over, which may fail.
    if (isAwaited) request.isWriteAhead = true;
    if (!this.#delivery.append(record) && isAwaited) request.hasLostRecord = true;
    return true;
  }

  /** @param behalf Whom the actor acts as, where code said so. */
  #finishOf(request: RequestStart, draft: Draft, actor: Actor, behalf?: Actor, bodies?: RequestBodies): void {
    fillLateRoute(draft, request);
    const { identity } = request;
    remark(draft, identity, actor);
    const named = behalf === undefined ? actor : actingAs(behalf, actor);
    if (this.finish(draft, named, request, bodies) && !isVouchedFor(named)) identity.recordedAs(named);
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
    draft.attributes = request.identity.remarks(actor) ?? draft.attributes;
    this.finish(draft, actor, request, undefined, this.#identifiedBy);
  }

  /** Writes what still waits for a name. */
  settle(): void {
    this.#pending.settle();
  }
}

/** Names that came with the request and did not count are evidence. */
export function remark(draft: Draft, identity: RequestStart['identity'], actor: Actor): void {
  const remarks = identity.remarks(actor);
  if (remarks !== undefined) draft.attributes = { ...draft.attributes, ...remarks };
}
