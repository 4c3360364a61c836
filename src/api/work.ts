import { types } from 'node:util';
import { nowMillis, timeSince } from '../capture/clock.js';
import { currentWork, runAsWork } from '../capture/request-scope.js';
import { messageOf } from '../errors.js';
import type { Guard } from '../guard.js';
import type { Log } from '../log.js';
import { propertyOf } from '../pipeline/annotations.js';
import type { AppFacts } from '../pipeline/app-record.js';
import type { ErrorFacts, Suspension, Work } from '../pipeline/facts.js';
import type { Pipeline } from '../pipeline/pipeline.js';
import type { Actor } from '../record/actor.js';
import { describedActor, isObject, textAt } from './described.js';
import { here } from './place.js';
import type { Here } from './place.js';

export interface Worker {
  runAs(actor: unknown, run: unknown): unknown;
  withoutAudit(reason: unknown, run: unknown): unknown;
}

type Run = () => unknown;

/** What may be suspended at a time is told of when the process ends; beyond it only by its own end. */
const MOST_OPEN = 1_000;

export function createWorker(pipeline: Pipeline, guard: Guard, log: Log): Worker {
  const open = new Set<OpenSuspension>();
  pipeline.beforeSettle(() => {
    for (const suspension of open)
      suspension.end({ type: 'process_ended', message: 'the process ended before' });
  });

  const complained = new Set<string>();
  const complain = (message: string): void => {
    if (!complained.has(message)) log.error(`${message}; this is said once`);
    complained.add(message);
  };

  const declare = (run: Run, more: Partial<Work>): unknown => {
    const around = currentWork();
    const work: Work = {
      actor: more.actor ?? around?.actor,
      principal: around?.principal ?? more.actor,
      suspension: more.suspension ?? around?.suspension,
      annotations: around?.annotations,
    };
    const inside = <T>(next: () => T): T => runAsWork(work, next);
    const result = inside(run);
    return isLazy(result) ? follow(result, inside) : result;
  };

  return {
    runAs(given, run) {
      if (typeof run !== 'function') {
        complain('runAs() of audit-register/api was called without a function');
        return undefined;
      }
      const actor = guard('the actor of runAs', () => readActor(given));
      if (actor === undefined) complain('runAs() of audit-register/api was called without an actor');
      return actor === undefined ? (run as Run)() : declare(run as Run, { actor });
    },

    withoutAudit(reason, run) {
      if (typeof run !== 'function') {
        complain('withoutAudit() of audit-register/api was called without a function');
        return undefined;
      }
      if (typeof reason !== 'string' || reason.trim() === '') {
        complain('withoutAudit() of audit-register/api was called without a reason, so its work is recorded');
        return (run as Run)();
      }
      const suspension = new OpenSuspension(reason, here(), pipeline, () => open.delete(suspension));
      if (open.size < MOST_OPEN) open.add(suspension);
      return ending(() => declare(run as Run, { suspension }), suspension);
    },
  };
}

function readActor(given: unknown): Actor | undefined {
  if (!isObject(given)) return undefined;
  const actor = describedActor(given);
  return actor.id === '' && actor.name === '' ? undefined : actor;
}

/** A promise that does its work when it is asked for it, as query builders of ORMs are. */
function isLazy(result: unknown): result is PromiseLike<unknown> {
  // NOTE: `instanceof` throws where the work returns a proxy that was revoked.
  if (types.isPromise(result) && propertyOf(result, 'constructor') === Promise) return false;
  return isObject(result) && typeof propertyOf(result, 'then') === 'function';
}

/** Asks for it once, while the declaration holds. */
function follow(result: PromiseLike<unknown>, inside: <T>(next: () => T) => T): Promise<unknown> {
  return new Promise((resolve, reject) => inside(() => result.then(resolve, reject)));
}

/** NOTE: what is given back is in the chain, not beside it, or a rejection that nobody handles would count as handled. */
function ending(run: Run, suspension: OpenSuspension): unknown {
  let result: unknown;
  try {
    result = run();
  } catch (error) {
    suspension.end(errorOf(error));
    throw error;
  }
  if (!types.isPromise(result)) {
    suspension.end(undefined);
    return result;
  }
  return result.then(
    (value: unknown) => {
      suspension.end(undefined);
      return value;
    },
    (error: unknown) => {
      suspension.end(errorOf(error));
      throw error;
    },
  );
}

function errorOf(error: unknown): ErrorFacts {
  return { type: textAt(error, 'name') || 'error', message: messageOf(error) };
}

/** One call of `withoutAudit`, which leaves a record of itself. */
class OpenSuspension implements Suspension {
  isOver = false;
  #leftOut = 0;
  readonly #reason: string;
  readonly #at: Here;
  readonly #startMillis = nowMillis();
  readonly #pipeline: Pipeline;
  readonly #onEnd: () => void;
  #isEnding = false;

  constructor(reason: string, at: Here, pipeline: Pipeline, onEnd: () => void) {
    this.#reason = reason;
    this.#at = at;
    this.#pipeline = pipeline;
    this.#onEnd = onEnd;
  }

  count(): void {
    this.#leftOut += 1;
  }

  /** What goes on after that is recorded: a suspension must not outlive its function. */
  end(error: ErrorFacts | undefined): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#onEnd();
    const at = { ...this.#at, ...timeSince(this.#startMillis) };
    this.#pipeline.whenRead(() => {
      this.isOver = true;
      this.#pipeline.suspended(this.#facts(error), at);
    });
  }

  #facts(error: ErrorFacts | undefined): AppFacts {
    return {
      action: 'audit_suspended',
      outcome: error === undefined ? 'success' : 'failure',
      severity: 'notice',
      targetType: '',
      targetId: '',
      changedFields: [],
      oldValues: {},
      newValues: {},
      attributes: {
        'audit.suspension.reason': this.#reason,
        'audit.suspension.records': String(this.#leftOut),
      },
      error,
    };
  }
}
