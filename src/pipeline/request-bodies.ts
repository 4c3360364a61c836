import type { PolicyLevel } from '../config/config.js';
import type { Redactor } from '../record/redact.js';
import type { Draft } from './blank-record.js';
import { redactBody } from './body-redaction.js';
import type { BodyFacts, BodyText, RequestEnd } from './facts.js';

export type RequestBodies = Pick<RequestEnd, 'requestBody' | 'responseBody'>;

/** No column holds more, and redaction looks at no more. */
const BODY_CHARACTERS = 16_384;

/** Puts bodies into a record whose level asks for them, redacted; what was not kept is named in an attribute. */
export function fillBodies(
  draft: Draft,
  level: PolicyLevel,
  { requestBody, responseBody }: RequestBodies,
  redactor: Redactor,
  maxBytes: number,
): void {
  if (maxBytes === 0 || level === 'metadata') return;
  if (requestBody !== undefined) fillBody(draft, 'request', requestBody, redactor, maxBytes);
  if (responseBody !== undefined && level === 'request_response')
    fillBody(draft, 'response', responseBody, redactor, maxBytes);
}

function fillBody(
  draft: Draft,
  side: 'request' | 'response',
  facts: BodyFacts,
  redactor: Redactor,
  maxBytes: number,
): void {
  const body = facts.read(maxBytes);
  const column = `${side}_body` as const;
  const text = body.refusal === '' ? redactOrRefuse(body, redactor) : undefined;
  if (text === undefined) {
    const reason = body.refusal === '' ? 'it could not be redacted' : redactor.text(body.refusal);
    draft.attributes = { ...draft.attributes, [`http.${side}.body.kept`]: `no: ${reason}` };
    return;
  }
  draft[column] = text.slice(0, BODY_CHARACTERS);
  // NOTE: redaction makes some texts longer, and cuts them then without a word.
  if (body.isCut || text.length >= BODY_CHARACTERS) draft.truncated = [...draft.truncated, column];
}

/** NOTE: the text may come from anybody; what redaction stumbles over must cost the body, not the record. */
function redactOrRefuse({ text, isForm }: BodyText, redactor: Redactor): string | undefined {
  try {
    return redactBody(text.slice(0, BODY_CHARACTERS), isForm, redactor);
  } catch {
    return undefined;
  }
}
