import type { Actor } from '../record/actor.js';
import type { Draft } from './blank-record.js';
import type { RequestStart } from './facts.js';
import { clearTimeout, setTimeout } from '../timers.js';

/** A record waits at most so long for its actor, then takes what is known. */
const WAIT_MILLIS = 2_000;
/** Records of one request that wait, at most. */
const WAITING_OF_REQUEST = 100;
/** Records of all requests that wait, at most, and the characters in them. */
const WAITING_RECORDS = 10_000;
const WAITING_CHARACTERS = 32 * 1_048_576;
/** What a record has beside its long texts. */
const RECORD_CHARACTERS = 1_024;

interface Waiting {
  readonly uses: ((actor: Actor) => void)[];
  readonly timer: NodeJS.Timeout;
  characters: number;
  isVerified: boolean;
}

/**
 * Records whose actor is not known yet: a token is being verified, or a framework may still authenticate the user.
 * Those of one request are told in the order in which they came.
 */
export class PendingActors {
  // NOTE: in the order in which their first record came, so that the first of them has waited longest.
  readonly #waiting = new Map<RequestStart, Waiting>();
  #records = 0;
  #characters = 0;

  /** Calls back at once where the actor is known, later otherwise, in any case exactly once. It must not throw. */
  whenNamed(request: RequestStart, use: (actor: Actor) => void, draft?: Draft): void {
    const actor = this.check(request);
    if (actor !== undefined) {
      use(actor);
      return;
    }
    const waiting = this.#room(request);
    const characters = draft === undefined ? RECORD_CHARACTERS : charactersOf(draft);
    waiting.uses.push(use);
    waiting.characters += characters;
    this.#records += 1;
    this.#characters += characters;
    this.#followVerification(request, waiting);
    this.#makeRoom();
  }

  /** Tells what waits for this request, where its actor is known by now; gives back the actor. */
  check(request: RequestStart): Actor | undefined {
    const actor = request.identity.settled;
    const waiting = this.#waiting.size === 0 ? undefined : this.#waiting.get(request);
    if (actor !== undefined && waiting !== undefined) this.#tell(request, waiting);
    return actor;
  }

  /** Nobody waits any longer. */
  settle(): void {
    for (const [request, waiting] of Array.from(this.#waiting)) this.#tell(request, waiting);
  }

  #room(request: RequestStart): Waiting {
    const waiting = this.#waiting.get(request);
    if (waiting === undefined) return this.#begin(request);
    if (waiting.uses.length < WAITING_OF_REQUEST) return waiting;
    this.#tell(request, waiting);
    return this.#begin(request);
  }

  #begin(request: RequestStart): Waiting {
    const timer = setTimeout(() => this.#tell(request, waiting), WAIT_MILLIS).unref();
    const waiting: Waiting = { uses: [], timer, characters: 0, isVerified: false };
    this.#waiting.set(request, waiting);
    request.identity.onNamed = () => this.check(request);
    return waiting;
  }

  #followVerification(request: RequestStart, waiting: Waiting): void {
    if (waiting.isVerified) return;
    waiting.isVerified = true;
    void request.identity.verification?.then(() => this.check(request));
  }

  #tell(request: RequestStart, waiting: Waiting): void {
    // NOTE: before anything is told, because that may come back here.
    if (this.#waiting.get(request) !== waiting) return;
    this.#waiting.delete(request);
    clearTimeout(waiting.timer);
    request.identity.onNamed = undefined;
    this.#records -= waiting.uses.length;
    this.#characters -= waiting.characters;
    const actor = request.identity.known;
    for (const use of waiting.uses) use(actor);
  }

  /** Those who have waited longest are told what is known. */
  #makeRoom(): void {
    for (const [request, waiting] of this.#waiting) {
      if (this.#records <= WAITING_RECORDS && this.#characters <= WAITING_CHARACTERS) return;
      this.#tell(request, waiting);
    }
  }
}

/** About how much memory a record keeps; what can be long is measured. */
function charactersOf(draft: Draft): number {
  let characters = RECORD_CHARACTERS + draft.db_statement.length + draft.url_path.length;
  characters += draft.request_body.length + draft.response_body.length + draft.error_message.length;
  for (const list of [draft.db_parameters, draft.db_returned, draft.target_ids]) {
    for (const text of list) characters += text.length;
  }
  for (const name in draft.new_values) characters += draft.new_values[name]?.length ?? 0;
  return characters;
}
