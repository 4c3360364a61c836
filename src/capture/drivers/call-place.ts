import type { RequestStart, TraceFacts, Work } from '../../pipeline/facts.js';
import type { Actor } from '../../record/actor.js';
import { activeTrace } from '../spans/active-span.js';
import { currentScope, currentWork } from '../request-scope.js';

/** For whom something is done, noted where the application asks for it: a driver may do it elsewhere, and later. */
export interface CallPlace {
  readonly request: RequestStart | undefined;
  readonly work: Work | undefined;
  /** Who was vouched for by then. */
  readonly actor: Actor | undefined;
  readonly trace: TraceFacts;
}

export function placeHere(): CallPlace {
  const request = currentScope();
  return {
    request,
    work: currentWork(),
    actor: request?.identity.settledName,
    trace: activeTrace(),
  };
}
