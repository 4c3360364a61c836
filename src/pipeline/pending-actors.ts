import type { Actor } from '../record/actor.js';
import type { RequestStart } from './facts.js';

/** A record waits at most so long for its actor, then takes what the token claims. */
const WAIT_MILLIS = 2_000;

/** Records whose actor is not known yet, because a token is still being verified. */
export class PendingActors {
  readonly #waiting = new Set<() => void>();

  /** Calls back at once where the actor is known, later otherwise, in any case exactly once. */
  whenNamed(request: RequestStart, use: (actor: Actor) => void): void {
    const { actor } = request;
    if (!(actor instanceof Promise)) {
      use(actor);
      return;
    }
    let isDone = false;
    const finish = (named: Actor): void => {
      if (isDone) return;
      isDone = true;
      clearTimeout(timer);
      this.#waiting.delete(giveUp);
      use(named);
    };
    const giveUp = (): void => finish(request.claimed());
    const timer = setTimeout(giveUp, WAIT_MILLIS).unref();
    this.#waiting.add(giveUp);
    actor.then((named) => {
      // NOTE: the first to arrive spares the rest of the request's records the wait.
      if (request.actor === actor) request.actor = named;
      finish(named);
    }, giveUp);
  }

  /** Nobody waits any longer. */
  settle(): void {
    for (const giveUp of this.#waiting) giveUp();
  }
}
