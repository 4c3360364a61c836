import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { ErrorFacts, QueryFacts, RequestStart, StatementResult, Work } from '../../pipeline/facts.js';
import type { Actor } from '../../record/actor.js';
import { timeOfSpan } from '../clock.js';
import { answerOf } from '../drivers/span-answer.js';
import type { SpanAnswer } from '../drivers/span-answer.js';
import { traceOf } from '../reporter.js';

/** What redis answers when it does not do what it is asked: `WRONGTYPE Operation against …`. */
const REDIS_REFUSAL = /^([A-Z]{2,20})\b/;
const REDIS_DENIED = /^(?:NOPERM|NOAUTH|WRONGPASS)$/;
/** Not refused but cut off, as far as the client knows. */
const UNANSWERED = /\b(?:connection|timed? ?out|timeout|socket|closed|lost|ECONN\w+|EPIPE)\b/i;
const DEFAULT_PORTS: Readonly<Record<string, string>> = { mysql: '3306', mongodb: '27017', redis: '6379' };

/** Whether a span is of a call to a database: by the stable conventions, or the form before them. */
export function isDatabaseSpan(span: Pick<ReadableSpan, 'kind' | 'attributes'>): boolean {
  // NOTE: the attributes of a server span are made when they are asked for.
  return span.kind === SpanKind.CLIENT && systemOf(span.attributes) !== '';
}

/**
 * A query as a span of any database instrumentation tells it, with what was seen beneath it in the driver.
 * Source: OpenTelemetry semantic conventions for database client spans, stable and the form before it.
 *
 * @returns Undefined for what is no query: a connection that is opened, or one that has a span already.
 */
export function readDatabaseSpan(
  span: ReadableSpan,
  request: RequestStart | undefined,
  work: Work | undefined,
  actor: Actor | undefined,
): QueryFacts | undefined {
  const { attributes } = span;
  const answer = answerOf(span);
  const system = systemOf(attributes);
  const text = answer?.text ?? textIn(attributes, 'db.query.text', 'db.statement');
  const operation = textIn(attributes, 'db.operation.name', 'db.operation');
  if (!isDatabaseSpan(span) || (text === '' && operation === '') || answer?.isRepeated === true)
    return undefined;
  if (system === 'redis' && operation === '' && text === 'connect') return undefined;
  const error = answer?.error ?? errorOf(span, system, operation || text);
  return {
    ...timeOfSpan(span.startTime, span.duration),
    request,
    work,
    actor,
    trace: traceOf(span),
    ...answer?.place,
    system,
    namespace: textIn(attributes, 'db.namespace', 'db.name'),
    server: serverOf(attributes, system),
    text,
    operation,
    collection: textIn(attributes, 'db.collection.name', 'db.sql.table', 'db.mongodb.collection'),
    parameters: answer?.parameters ?? [],
    parameterCount: answer?.parameters?.length ?? 0,
    results: error === undefined ? resultsOf(span, system, answer) : [],
    ...(error === undefined ? {} : { error }),
    isToldAsWhole: true,
    connection: undefined,
    backendPid: 0,
  };
}

function systemOf(attributes: ReadableSpan['attributes']): string {
  return textIn(attributes, 'db.system.name', 'db.system');
}

function textIn(attributes: ReadableSpan['attributes'], ...names: readonly string[]): string {
  for (const name of names) {
    const value = attributes[name];
    if (typeof value === 'string') return value;
  }
  return '';
}

function serverOf(attributes: ReadableSpan['attributes'], system: string): string {
  const host = textIn(attributes, 'server.address', 'net.peer.name');
  const port = attributes['server.port'] ?? attributes['net.peer.port'] ?? DEFAULT_PORTS[system] ?? '';
  return host === '' ? '' : `${host}:${String(port)}`;
}

/** NOTE: a command of MongoDB succeeds when the server refuses to write; without its reply nobody knows. */
function resultsOf(
  span: ReadableSpan,
  system: string,
  answer: SpanAnswer | undefined,
): readonly StatementResult[] {
  if (system === 'mongodb' && answer?.hasSucceeded !== true) return [];
  const told = span.attributes['db.response.returned_rows'];
  const rowCount = answer?.rowCount ?? (typeof told === 'number' ? told : undefined);
  const { insertedId } = answer ?? {};
  return [
    {
      command: rowCount === undefined ? '' : 'OK',
      rowCount: rowCount ?? 0,
      rows: [],
      fields: [],
      ...(rowCount === undefined ? { isUncounted: true } : {}),
      ...(insertedId === undefined ? {} : { insertedId }),
    },
  ];
}

function errorOf(span: ReadableSpan, system: string, command: string): ErrorFacts | undefined {
  const { attributes, status } = span;
  if (status.code !== SpanStatusCode.ERROR) return undefined;
  const message = status.message ?? '';
  const code = attributes['db.response.status_code'] ?? attributes['error.type'];
  const refused = system === 'redis' ? REDIS_REFUSAL.exec(message)?.[1] : undefined;
  if (refused !== undefined && !UNANSWERED.test(message)) {
    return {
      type: refused,
      message: redisMessage(message, command),
      refusal: REDIS_DENIED.test(refused) ? 'denied' : 'failure',
    };
  }
  return { type: String(code ?? 'error'), message };
}

/** NOTE: redis quotes what it does not know, and what a script says is the application's own: its arguments are not told. */
function redisMessage(message: string, command: string): string {
  if (/\b(?:eval|fcall)/i.test(command.slice(0, 32))) return '';
  return message.replace(/(?<!\w)'[\s\S]*'|"[\s\S]*"/, '?');
}
