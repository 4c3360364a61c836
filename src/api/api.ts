import { currentScope } from '../capture/request-scope.js';
import type { Guard } from '../guard.js';
import type { Log } from '../log.js';
import type { Pipeline } from '../pipeline/pipeline.js';
import { describedActor, isObject } from './described.js';
import { createEventTeller } from './events.js';
import type { EventTeller } from './events.js';
import { createLoginTeller } from './logins.js';
import type { LoginTeller } from './logins.js';
import { createWorker } from './work.js';
import type { Worker } from './work.js';

/**
 * What code may say, of the preload that runs. Arguments may be anything, because JavaScript calls it: nothing of it
 * throws, but for what the application's own functions throw.
 */
export interface Api extends LoginTeller, EventTeller, Worker {
  setActor(given: unknown): boolean;
}

export function createApi(pipeline: Pipeline, guard: Guard, log: Log): Api {
  const logins = createLoginTeller(pipeline);
  const events = createEventTeller(pipeline, log);
  const guarded =
    (name: string, tell: (given: unknown) => boolean) =>
    (given: unknown): boolean =>
      guard(`${name}() of audit-register/api`, () => tell(given)) ?? false;

  return {
    ...createWorker(pipeline, guard, log),
    setActor: guarded('setActor', setActor),
    login: guarded('login', logins.login),
    loginFailed: guarded('loginFailed', logins.loginFailed),
    logout: guarded('logout', logins.logout),
    record: guarded('record', events.record),
    annotate: guarded('annotate', events.annotate),
  };
}

function setActor(given: unknown): boolean {
  const scope = currentScope();
  if (scope === undefined || !isObject(given)) return false;
  scope.actor = describedActor(given);
  return true;
}
