import type { ProtobufLogsSerializer } from '@opentelemetry/otlp-transformer';
import { messageOf } from '../../errors.js';
import { DeadlineError } from './otlp-exchange.js';
import type { OtlpAnswer } from './otlp-exchange.js';
import { readStatusMessage } from './otlp-status.js';
import { retryAfterMillis } from './retry-after.js';
import type { SinkResult } from './sink.js';

export const PROTOBUF = 'application/x-protobuf';

type Deserialize = typeof ProtobufLogsSerializer.deserializeResponse;
/** `warning`: what should be known although everything was taken. */
export type Judgement =
  { readonly status: 'accepted'; readonly warning?: string } | Exclude<SinkResult, { status: 'accepted' }>;

const MOST_REASON_CHARACTERS = 300;
const CHECK = 'check AUDIT_REGISTER_OTLP_ENDPOINT';
const GRPC =
  'AUDIT_REGISTER_OTLP_ENDPOINT must name the port of OTLP over HTTP, which is 4318 as a rule: 4317 is that of gRPC';

/** NOTE: the collector says 400 where 413 is meant. */
const TOO_LARGE = /body too large/;
const LARGER = "raise the limit of the receiver: max_request_body_size of the collector's OTLP receiver";

/** Not now, but later. Source: OTLP specification, "Retryable Response Codes". */
const BUSY = new Set([429, 502, 503, 504]);

/** What an operator can do about an answer that is none of the protocol's. */
const MENDS: Readonly<Record<number, string>> = {
  401: 'set AUDIT_REGISTER_OTLP_HEADERS, such as authorization=Bearer%20…',
  403: 'see AUDIT_REGISTER_OTLP_HEADERS, and what the receiver allows them',
  404: `${CHECK}: it must name the receiver of OTLP over HTTP; /v1/logs is added to its path`,
  405: `${CHECK}: it must name the receiver of OTLP over HTTP`,
  407: `${CHECK}: a proxy stands before the receiver`,
  415: 'the receiver must take application/x-protobuf; AUDIT_REGISTER_OTLP_COMPRESSION=none leaves compression out',
};

/** What an answer means for what was sent. Everything but acceptance loses nothing. */
export function judge(answer: OtlpAnswer, deserialize: Deserialize): Judgement {
  const { status } = answer;
  if (status >= 200 && status < 300) return judgeSuccess(answer, deserialize);
  const said = `HTTP ${status}${describe(answer)}`;
  if (status === 413 || (status === 400 && TOO_LARGE.test(said)))
    return { status: 'refused', reason: `${said} (${LARGER})` };
  if (status === 400) return { status: 'refused', reason: said };
  if (BUSY.has(status)) return busy(answer, said);
  if (status >= 300 && status < 400) {
    const mend = 'AUDIT_REGISTER_OTLP_ENDPOINT must name the receiver itself: redirects are not followed';
    return { status: 'retry', reason: `${said} (${mend})` };
  }
  const mend = MENDS[status] ?? (status >= 500 ? `see the log of the receiver, or ${CHECK}` : CHECK);
  return { status: 'retry', reason: `${said} (${mend})` };
}

function busy({ headers }: OtlpAnswer, said: string): SinkResult {
  const millis = retryAfterMillis(headers['retry-after']);
  const reason = `${said} (the receiver, or what stands before it, is too busy or away)`;
  return { status: 'retry', reason, ...(millis !== undefined && { retryAfterMillis: millis }) };
}

/** NOTE: a proxy's friendly page must not pass for a stored segment. */
function judgeSuccess(answer: OtlpAnswer, deserialize: Deserialize): Judgement {
  const type = mediaTypeOf(answer);
  if (answer.body.length === 0 && (type === '' || type === PROTOBUF)) return { status: 'accepted' };
  if (type !== PROTOBUF) return noReceiver(`HTTP ${answer.status}, ${type === '' ? 'no type' : type}`);
  let partial;
  try {
    partial = deserialize(answer.body).partialSuccess;
  } catch (error) {
    return noReceiver(messageOf(error));
  }
  const said = partial?.errorMessage ?? '';
  const rejected = partial?.rejectedLogRecords ?? 0;
  if (rejected > 0) {
    const reason = `${rejected} of the records rejected${said === '' ? '' : `: ${said}`}`;
    return { status: 'refused', reason: shortened(reason) };
  }
  return { status: 'accepted', ...(said !== '' && { warning: shortened(said) }) };
}

function noReceiver(why: string): SinkResult {
  return {
    status: 'retry',
    reason: `what answers is no OTLP receiver: ${shortened(why)} (${CHECK}: it must name a receiver that takes and answers ${PROTOBUF})`,
  };
}

/** What an error that brought no answer means. */
export function explainFailure(error: unknown, url: string): Judgement {
  return { status: 'retry', reason: `${shortened(messageOf(error))} (${mendOf(error, url)})` };
}

function mendOf(error: unknown, url: string): string {
  const { code = '' } = error as NodeJS.ErrnoException;
  const message = messageOf(error);
  // NOTE: by TLS it just closes the connection.
  if (code === 'HPE_INVALID_CONSTANT' || new URL(url).port === '4317') return GRPC;
  // NOTE: columns of a newer version wait for it.
  if (error instanceof TypeError)
    return 'install the version of audit-register that made the records, or a newer one';
  if (error instanceof DeadlineError) return `${CHECK}, or raise AUDIT_REGISTER_OTLP_TIMEOUT_MS`;
  if (/wrong version number|packet length too long/.test(message))
    return `${CHECK}: what answers speaks no TLS, for which http:// stands`;
  if (/certificate|altname/i.test(message))
    return 'name its authority in NODE_EXTRA_CA_CERTS, or correct AUDIT_REGISTER_OTLP_ENDPOINT';
  return CHECK;
}

/** What an error says of itself, where that is for people. */
function describe(answer: OtlpAnswer): string {
  const type = mediaTypeOf(answer);
  let text = '';
  if (type === PROTOBUF) text = readStatusMessage(answer.body);
  else if (type === '' || type === 'text/plain' || type === 'application/json') text = answer.body.toString();
  const said = shortened(text);
  return said === '' ? '' : `: ${said}`;
}

function shortened(text: string): string {
  return text
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, MOST_REASON_CHARACTERS);
}

function mediaTypeOf({ headers }: OtlpAnswer): string {
  return (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}
