import type { IncomingHttpHeaders } from 'node:http';
import type { Actor } from '../record/actor.js';

/** What of a request names its actor when it begins. */
export interface IdentityRequest {
  readonly headers: IncomingHttpHeaders;
  /** Names and values as they came, in turn; undefined where the protocol does not show them. */
  readonly rawHeaders?: readonly string[] | undefined;
  /** As sent; only looked at for WebSocket upgrades. */
  readonly url?: string | undefined;
  /** Address of the direct peer. */
  readonly remoteAddress?: string | undefined;
  /** The socket. */
  readonly connection?: object | undefined;
}

/** One way to name the actor of a request when it begins. Neither throws nor rejects. */
export interface IdentitySource {
  /** Undefined when the request does not use it. */
  resolve(request: IdentityRequest): Actor | Promise<Actor> | undefined;
  /** What to write when `resolve` takes too long. */
  claimed?(request: IdentityRequest): Actor | undefined;
  /** Evidence for the record of a request whose word it does not take: attributes. */
  remarks?(request: IdentityRequest): Readonly<Record<string, string>> | undefined;
}

/** Whether somebody answers for the name: a signature, a proxy, a session or code of the application. */
export function isVouchedFor({ assurance }: Pick<Actor, 'assurance'>): boolean {
  return assurance === 'verified' || assurance === 'trusted';
}
