import { activeTrace } from '../capture/spans/active-span.js';
import { nowMillis, timeSince } from '../capture/clock.js';
import { currentScope, currentWork } from '../capture/request-scope.js';
import type { RequestScope } from '../capture/request-scope.js';
import type { Telling } from '../pipeline/recorder.js';

export interface Here extends Telling {
  readonly request: RequestScope | undefined;
}

/** Where and when code calls. @param startMillis Taken from `nowMillis`, for what took its time. */
export function here(startMillis: number = nowMillis()): Here {
  return { request: currentScope(), work: currentWork(), trace: activeTrace(), ...timeSince(startMillis) };
}
