import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { ServerHttp2Stream } from 'node:http2';
import type { Config } from '../../config/config.js';
import type { Guard } from '../../guard.js';
import type { BodyFacts } from '../../pipeline/facts.js';
import { createBodyLevel } from '../../policy/body-level.js';
import { isAtLeast } from '../../policy/possible-level.js';
import {
  BodyTap,
  tapMessage,
  tapReceived,
  tapSent,
  watchRequestBodies,
  watchResponseBodies,
} from './body-tap.js';
import { createBodyFacts } from './body-text.js';
import type { RequestScope } from '../request-scope.js';
import { contentTypeOf, headerText, sizeOf } from '../http/response-headers.js';

/** Bytes that are kept for a scope that wants the body, whatever the setting says: a form with a name in it, or a SAML response. */
const WANTED_BYTES = 65_536;

/** The bodies of one request. */
export interface Bodies {
  readonly request?: BodyTap | undefined;
  readonly response?: BodyTap | undefined;
}

const NO_BODIES: Bodies = Object.freeze({});

/** Decides at the start of a request whether its bodies may be needed. The others are not touched. */
export class BodyWatch {
  readonly #level: ReturnType<typeof createBodyLevel>;
  readonly #maxBytes: number;
  readonly #guard: Guard;
  #isWatchingRequests = false;

  constructor({ policy, capture }: Pick<Config, 'policy' | 'capture'>, guard: Guard) {
    this.#maxBytes = capture.bodyMaxBytes;
    this.#guard = guard;
    this.#level = this.#maxBytes > 0 ? createBodyLevel(policy) : undefined;
    if (this.#level === undefined) return;
    // NOTE: before the application loads, so that what it puts on the prototypes stands above.
    this.#watchRequests();
    watchResponseBodies();
  }

  http1(scope: RequestScope, request: IncomingMessage, response: ServerResponse): Bodies {
    if (!this.#mayNeed(scope)) return NO_BODIES;
    const bodies = this.#choose(scope, hasBody(request.headers), () => contentTypeOf(response));
    if (bodies.request !== undefined) tapMessage(request, bodies.request);
    if (bodies.response !== undefined) tapMessage(response, bodies.response);
    return bodies;
  }

  http2(scope: RequestScope, stream: ServerHttp2Stream): Bodies {
    if (!this.#mayNeed(scope)) return NO_BODIES;
    const contentType = (): string => headerText(stream.sentHeaders, 'content-type');
    const bodies = this.#choose(scope, !stream.endAfterHeaders, contentType);
    if (bodies.request !== undefined) tapReceived(stream, bodies.request);
    if (bodies.response !== undefined) tapSent(stream, bodies.response);
    return bodies;
  }

  /** NOTE: the way of most requests of most applications, so nothing is allocated on it. */
  #mayNeed({ wantsRequestBody }: RequestScope): boolean {
    return wantsRequestBody || this.#level !== undefined;
  }

  #choose(scope: RequestScope, hasRequestBody: boolean, contentType: () => string): Bodies {
    const level = this.#level?.(scope.method, scope.rawUrl.split('?', 1)[0] as string) ?? 'none';
    const wantsRequest = hasRequestBody && (scope.wantsRequestBody || isAtLeast(level, 'request'));
    return {
      request: wantsRequest ? this.#requestTap(scope) : undefined,
      response: isAtLeast(level, 'request_response')
        ? new BodyTap(this.#maxBytes, contentType, this.#guard)
        : undefined,
    };
  }

  #requestTap({ headers, wantsRequestBody }: RequestScope): BodyTap {
    this.#watchRequests();
    const maxBytes = wantsRequestBody ? Math.max(this.#maxBytes, WANTED_BYTES) : this.#maxBytes;
    return new BodyTap(maxBytes, () => headers['content-type'] ?? '', this.#guard);
  }

  #watchRequests(): void {
    if (this.#isWatchingRequests) return;
    this.#isWatchingRequests = true;
    watchRequestBodies();
  }
}

function hasBody(headers: IncomingHttpHeaders): boolean {
  const length = headers['content-length'];
  return headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
}

/** @param isWhole Whether the protocol saw the end of it. */
export function requestBodyFacts(
  tap: BodyTap | undefined,
  headers: IncomingHttpHeaders,
  isWhole: boolean,
): BodyFacts | undefined {
  if (tap === undefined) return undefined;
  const declaredSize = sizeOf(headers['content-length']);
  return createBodyFacts(tap.prefix, {
    contentType: headers['content-type'] ?? '',
    contentEncoding: headers['content-encoding'] ?? '',
    declaredSize,
    isWhole: declaredSize > 0 ? tap.prefix.size >= declaredSize : isWhole && tap.isEnded,
  });
}

/** The body that a response really has: what is written to one without is not sent by Node (RFC 9110, 6.4.1). */
export function sentBody({ response }: Bodies, method: string, status: number): BodyTap | undefined {
  if (method !== 'HEAD' && status >= 200 && status !== 204 && status !== 304) return response;
  response?.prefix.release();
  return undefined;
}
