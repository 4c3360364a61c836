import type { Buffer } from 'node:buffer';
import { TextDecoder } from 'node:util';
import type { BodyFacts, BodyText } from '../../pipeline/facts.js';
import { mediaTypeOf } from '../../record/media-type.js';
import { decodeContent } from './body-encoding.js';
import type { BodyPrefix } from './body-prefix.js';

/** What the headers say of a body, and how much of it there should have been. */
export interface BodyHeaders {
  readonly contentType: string;
  readonly contentEncoding: string;
  /** Bytes by `content-length`; 0 when not declared. */
  readonly declaredSize: number;
  /** Whether its end went by. */
  readonly isWhole: boolean;
}

const FORM = 'application/x-www-form-urlencoded';

/** NOTE: a stream of events goes on for hours, and is no answer to one request. */
const TEXT =
  /^(?:application\/(?:json|json-seq|jsonl|ndjson|x-ndjson|graphql|xml|x-www-form-urlencoded|[\w.-]+\+xml)|[\w.-]+\/[\w.-]+\+json|text\/(?!event-stream$)[\w.+-]+)$/;

const MEDIA_TYPE = /^[\w.+-]{1,64}\/[\w.+-]{1,64}$/;

export function isTextual(contentType: string): boolean {
  return TEXT.test(mediaTypeOf(contentType));
}

/** @param headers Read when the body is: by then a response has sent them. */
export function createBodyFacts(prefix: BodyPrefix, headers: BodyHeaders): BodyFacts {
  return {
    read: (maxBytes) => readBody(prefix, headers, maxBytes),
    release: () => prefix.release(),
  };
}

function readBody(prefix: BodyPrefix, headers: BodyHeaders, maxBytes: number): BodyText {
  const { contentType, contentEncoding, declaredSize, isWhole } = headers;
  if (prefix.size === 0) return refuse(declaredSize > 0 ? 'it did not pass through the stream' : '');
  const type = mediaTypeOf(contentType);
  if (!TEXT.test(type)) return refuse(describeType(contentType, type));
  const content = decodeContent(prefix.bytes, contentEncoding, maxBytes);
  if (content === undefined) return refuse(`${type} in an encoding that is not known`);
  const isCut = !isWhole || prefix.size > prefix.bytes.length || content.isCut;
  const text = decodeText(content.bytes, charsetOf(contentType), isCut);
  if (text === undefined) return refuse(`${type} in a charset that is not known`);
  return { text, isForm: type === FORM, isCut, refusal: '' };
}

function refuse(refusal: string): BodyText {
  return { text: '', isForm: false, isCut: false, refusal };
}

/** NOTE: a client may send any text as its type, a secret too. */
function describeType(contentType: string, type: string): string {
  if (contentType === '') return 'no content type';
  return MEDIA_TYPE.test(type) ? type : 'no media type';
}

function charsetOf(contentType: string): string {
  return /;\s*charset\s*=\s*"?([\w.:-]{1,64})/i.exec(contentType)?.[1] ?? 'utf-8';
}

/** Up to the last whole character of a text that was cut. */
function decodeText(bytes: Buffer, charset: string, isCut: boolean): string | undefined {
  // NOTE: most bodies are this, and a decoder for each would cost more than all the rest.
  if (!isCut && /^utf-?8$/i.test(charset)) return bytes.toString();
  try {
    return new TextDecoder(charset).decode(bytes, { stream: isCut });
  } catch {
    return undefined;
  }
}
