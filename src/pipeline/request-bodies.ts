import type { PolicyLevel } from '../config/config.js';
import { CAPTURED_CHARACTERS } from '../record/redaction/redact.js';
import type { Draft } from './blank-record.js';
import type { BodyFacts, RequestEnd } from './facts.js';

export type RequestBodies = Pick<RequestEnd, 'requestBody' | 'responseBody'>;

/**
 * Puts bodies into a record whose level asks for them, before it is redacted; what was not kept is named in an attribute.
 * NOTE: a body that was cut must be known as such to its redaction: a secret at its end may be half of one.
 */
export function fillBodies(
  draft: Draft,
  level: PolicyLevel,
  { requestBody, responseBody }: RequestBodies,
  maxBytes: number,
): void {
  if (maxBytes === 0 || level === 'metadata') return;
  if (requestBody !== undefined) fillBody(draft, 'request', requestBody, maxBytes);
  if (responseBody !== undefined && level === 'request_response')
    fillBody(draft, 'response', responseBody, maxBytes);
}

function fillBody(draft: Draft, side: 'request' | 'response', facts: BodyFacts, maxBytes: number): void {
  const body = facts.read(maxBytes);
  const column = `${side}_body` as const;
  if (body.refusal !== '') {
    draft.attributes = { ...draft.attributes, [`http.${side}.body.kept`]: `no: ${body.refusal}` };
    return;
  }
  draft[column] = body.text.slice(0, CAPTURED_CHARACTERS);
  if (body.isCut || body.text.length >= CAPTURED_CHARACTERS) draft.truncated = [...draft.truncated, column];
}

/** NOTE: the memory for the bodies of all requests together is bounded. */
export function releaseBodies({ requestBody, responseBody }: RequestBodies): void {
  requestBody?.release();
  responseBody?.release();
}
