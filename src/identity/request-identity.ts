import { types } from 'node:util';
import { ANONYMOUS } from '../record/actor.js';
import type { Actor } from '../record/actor.js';
import type { Carrier, SessionReading, SessionSource } from './session.js';
import { isVouchedFor } from './source.js';
import type { IdentityRequest, IdentitySource } from './source.js';

/** Who is asked, in order. The session is apart: it can speak at any time until the request ends. */
export interface IdentityPlan {
  readonly sources: readonly IdentitySource[];
  /** How many of the sources rank higher than the session. */
  readonly beforeSession: number;
  /** Undefined where frameworks are not asked. */
  readonly session: SessionSource | undefined;
  /** Sources that may have remarks. */
  readonly remarking: readonly IdentitySource[];
}

type Named = Pick<Actor, 'id' | 'name' | 'assurance' | 'authMethod'>;

/** What a source said when the request began. */
interface Hit {
  readonly source: IdentitySource;
  readonly isBeforeSession: boolean;
  actor: Actor | Promise<Actor>;
}

const NO_HITS: readonly Hit[] = Object.freeze([]);
const NO_LOSERS: readonly Actor[] = Object.freeze([]);
const NO_CARRIERS: readonly Carrier[] = Object.freeze([]);

/**
 * Who makes one request, as it becomes known. Code of the application has the last word; else the first source that
 * vouches for a name; else the first that has a name at all, however little it is worth.
 */
export class RequestIdentity {
  readonly #plan: IdentityPlan;
  #request: IdentityRequest;
  readonly #hits: readonly Hit[];
  readonly #remarks: Readonly<Record<string, string>> | undefined;
  #carriers: readonly Carrier[] = NO_CARRIERS;
  #byCode: Actor | undefined;
  #reading: SessionReading | undefined;
  #bySession: Actor | undefined;
  #isOver = false;
  #isLooking = false;
  #recordedAs: Actor | undefined;
  /** Told when code names the actor. */
  onNamed: (() => void) | undefined;

  constructor(plan: IdentityPlan, request: IdentityRequest) {
    this.#plan = plan;
    this.#request = request;
    this.#hits = hitsOf(plan, request);
    this.#remarks = plan.remarking.length === 0 ? undefined : remarksOf(plan.remarking, request);
  }

  /** Where a framework leaves its user. */
  addCarrier(target: object, read?: (name: string) => unknown): void {
    if (this.#isOver || this.#plan.session === undefined) return;
    const carrier = { target, read, isProxy: types.isProxy(target) };
    this.#carriers = this.#carriers.length === 0 ? [carrier] : [...this.#carriers, carrier];
  }

  /** Code of the application names the actor. */
  name(actor: Actor): void {
    this.#byCode = actor;
    this.onNamed?.();
  }

  /** Remembers whom the framework has named by now: a logout takes the name away again. */
  look(): void {
    // NOTE: a getter of the application may make a query, at which this is asked again.
    if (this.#isOver || this.#isLooking || this.#carriers.length === 0) return;
    this.#isLooking = true;
    try {
      this.#take(this.#plan.session?.read(this.#carriers, this.#request, false, this.#reading));
    } finally {
      this.#isLooking = false;
    }
  }

  /** The request has ended: from now on nobody else is asked, and nothing of the application is kept. */
  end(): void {
    if (this.#isOver) return;
    const found = this.#plan.session?.read(this.#carriers, this.#request, true, this.#reading);
    this.#take(found);
    this.#isOver = true;
    this.#carriers = NO_CARRIERS;
    this.#reading = undefined;
    // NOTE: a timer that the request has started may keep its scope for as long as the process lives.
    this.#request = { headers: this.#request.headers, url: this.#request.url };
  }

  /** The actor, once it is clear that nobody who ranks higher will be named. */
  get settled(): Actor | undefined {
    if (this.#byCode !== undefined) return this.#byCode;
    this.look();
    const actor = this.#best();
    return actor instanceof Promise || this.#isOpen() ? undefined : actor;
  }

  /** Whom somebody vouches for, once that is settled. */
  get settledName(): Actor | undefined {
    const actor = this.settled;
    return actor !== undefined && isVouchedFor(actor) ? actor : undefined;
  }

  /** The actor for a record that can wait no longer. */
  get known(): Actor {
    this.look();
    if (this.#byCode !== undefined) return this.#byCode;
    const vouched = this.#vouched();
    if (vouched !== undefined) return vouched;
    const [hit] = this.#hits;
    if (hit === undefined) return ANONYMOUS;
    return hit.actor instanceof Promise ? (hit.source.claimed?.(this.#request) ?? ANONYMOUS) : hit.actor;
  }

  /** What is being verified; undefined when nothing is. */
  get verification(): Promise<Actor> | undefined {
    return this.#hits.map(({ actor }) => actor).find((actor) => actor instanceof Promise);
  }

  /** Attributes for a record by this actor: names that came with the request and did not count. */
  remarks(actor: Named): Readonly<Record<string, string>> | undefined {
    const losers = this.#losersTo(actor);
    if (losers.length === 0) return this.#remarks;
    const isVouched = isVouchedFor(actor);
    return {
      ...this.#remarks,
      ...remarkOf('also', losers.filter(isVouchedFor)),
      ...remarkOf(
        'claimed',
        losers.filter((loser) => !isVouchedFor(loser)),
      ),
      ...(isVouched ? problemOf(losers) : {}),
    };
  }

  /** A record was written under a name that nobody vouches for. */
  recordedAs(actor: Actor): void {
    this.#recordedAs = actor;
  }

  /** Whether records were written before it was known that it was this actor. */
  wasUnknownBefore(actor: Actor): boolean {
    return this.#recordedAs !== undefined && isVouchedFor(actor) && this.#recordedAs.id !== actor.id;
  }

  /** NOTE: whom the same source names later has not lost: the request goes on as somebody else. */
  #losersTo(actor: Named): readonly Actor[] {
    let losers: Actor[] | undefined;
    for (const { actor: other } of this.#hits) {
      if (!(other instanceof Promise) && isLoser(other, actor)) (losers ??= []).push(other);
    }
    if (this.#bySession !== undefined && isLoser(this.#bySession, actor))
      (losers ??= []).push(this.#bySession);
    return losers ?? NO_LOSERS;
  }

  #take(found: SessionReading | undefined): void {
    if (found === undefined) return;
    this.#reading = found;
    this.#bySession = found.actor;
  }

  #best(): Actor | Promise<Actor> {
    for (const { actor, isBeforeSession } of this.#hits) {
      if (!isBeforeSession && this.#bySession !== undefined) return this.#bySession;
      if (actor instanceof Promise || isVouchedFor(actor)) return actor;
    }
    return this.#bySession ?? this.#hits[0]?.actor ?? ANONYMOUS;
  }

  #vouched(): Actor | undefined {
    for (const { actor, isBeforeSession } of this.#hits) {
      if (!isBeforeSession && this.#bySession !== undefined) return this.#bySession;
      if (!(actor instanceof Promise) && isVouchedFor(actor)) return actor;
    }
    return this.#bySession;
  }

  /** Whether a framework may still name somebody who ranks higher. */
  #isOpen(): boolean {
    if (this.#isOver || this.#bySession !== undefined || this.#carriers.length === 0) return false;
    return !this.#hits.some(
      ({ actor, isBeforeSession }) => isBeforeSession && !(actor instanceof Promise) && isVouchedFor(actor),
    );
  }
}

/** @param actor Whose record it is; a name that was refused is remarked although it is the same. */
function isLoser(other: Actor, actor: Named): boolean {
  if (other.authMethod === actor.authMethod) return false;
  if (isVouchedFor(actor) && other.problem !== '') return true;
  return other.id !== actor.id || (other.id === '' && other.name !== actor.name);
}

function remarkOf(kind: 'also' | 'claimed', losers: readonly Actor[]): Readonly<Record<string, string>> {
  if (losers.length === 0) return {};
  return {
    [`audit.actor.${kind}_id`]: losers.map(({ id, name }) => id || name).join(', '),
    [`audit.actor.${kind}_method`]: losers.map(({ authMethod }) => authMethod).join(', '),
  };
}

function problemOf(losers: readonly Actor[]): Readonly<Record<string, string>> {
  const problem = losers.find((loser) => loser.problem !== '')?.problem;
  return problem === undefined ? {} : { 'audit.actor.problem': problem };
}

function hitsOf({ sources, beforeSession }: IdentityPlan, request: IdentityRequest): readonly Hit[] {
  let hits: Hit[] | undefined;
  for (let rank = 0; rank < sources.length; rank++) {
    const source = sources[rank] as IdentitySource;
    const actor = source.resolve(request);
    if (actor === undefined) continue;
    const hit: Hit = { source, isBeforeSession: rank < beforeSession, actor };
    if (actor instanceof Promise) void actor.then((named) => (hit.actor = named));
    if (hits === undefined) hits = [hit];
    else hits.push(hit);
  }
  return hits ?? NO_HITS;
}

function remarksOf(
  sources: readonly IdentitySource[],
  request: IdentityRequest,
): Readonly<Record<string, string>> | undefined {
  for (const source of sources) {
    const remarks = source.remarks?.(request);
    if (remarks !== undefined) return remarks;
  }
  return undefined;
}
