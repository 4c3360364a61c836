import type { Guard } from '../guard.js';
import type { Actor } from '../record/actor.js';
import { annotate } from './annotations.js';
import type { Draft } from './blank-record.js';
import type { UseSafety } from './delivery-demands.js';
import type { RequestEnd, RequestStart } from './facts.js';
import type { AuthFacts } from './logins/auth-record.js';
import type { Logins } from './logins/logins.js';
import { fillRequest, fillSource } from './request-record.js';
import type { EndingRequest, Recorder } from './recorder.js';
import type { Statements } from './statements/statements.js';

/** What takes part in the records of a request. */
export interface RecordMakers {
  readonly recorder: Recorder;
  readonly logins: Logins;
  readonly statements: Statements;
  readonly guard: Guard;
  /** Tells whether the records of a request are as safe as they must be. */
  readonly whenSafe: (request: RequestStart, use: UseSafety) => void;
}

/** A request that has ended. */
export interface EndedRequest {
  readonly makers: RecordMakers;
  readonly request: RequestStart;
  readonly end: RequestEnd;
  readonly use: UseSafety | undefined;
}

/** Makes the record of a request. @returns True; where it throws, nothing of it is recorded. */
export function endRequest(ended: EndedRequest): true {
  const { statements } = ended.makers;
  const ending = new RequestEnding(ended);
  // NOTE: behind its statements, which may wait for the parser.
  if (statements.areRead) finish(ending);
  else statements.whenRead(() => finish(ending));
  return true;
}

function finish(ending: RequestEnding): void {
  const { makers, use } = ending.ended;
  if (makers.guard('the end of a request', record, ending) !== true) use?.(false);
}

function record(ending: RequestEnding): true {
  ending.ended.makers.recorder.finishRequest(ending);
  return true;
}

/** NOTE: one object from beginning to end, because a function for each step would cost every request. */
class RequestEnding implements EndingRequest {
  readonly ended: EndedRequest;
  readonly draft: Draft;
  readonly request: RequestStart;
  readonly end: RequestEnd;
  actor: Actor | undefined = undefined;
  readonly #login: AuthFacts | undefined;
  readonly #outcome: string;

  constructor(ended: EndedRequest) {
    const { makers, request, end } = ended;
    const draft = makers.recorder.begin(end, request.id);
    fillSource(draft, request);
    fillRequest(draft, request, end);
    annotate(draft, request.annotations);
    this.ended = ended;
    this.draft = draft;
    this.request = request;
    this.end = end;
    this.#outcome = draft.outcome;
    this.#login = makers.logins.loginOf(request, end);
    // NOTE: now, for what it was served with is taken away from it.
    request.identity.end();
  }

  tell(actor: Actor): void {
    this.ended.makers.logins.requestEnded(this.request, this.end, this.#login, actor, this.#outcome);
  }

  done(isMade: boolean): void {
    const { makers, use } = this.ended;
    if (use === undefined) return;
    if (isMade) makers.whenSafe(this.request, use);
    else use(false);
  }
}
