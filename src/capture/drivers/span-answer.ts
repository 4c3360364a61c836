import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { ErrorFacts } from '../../pipeline/facts.js';
import type { SentValue } from '../../pipeline/values/value-text.js';
import type { CallPlace } from './call-place.js';

/** What is seen beneath an instrumentation, in the driver itself, of the call that a span is about. */
export interface SpanAnswer {
  /** What was sent, where the driver knows it better than the span. */
  text?: string;
  parameters?: readonly SentValue[];
  rowCount?: number;
  /** Key that the server gave to the row. */
  insertedId?: string;
  hasSucceeded?: boolean;
  error?: ErrorFacts;
  /** Where the call was made, if not where the span began. */
  place?: CallPlace;
  /** Whether the span is of a call that has one already. */
  isRepeated?: true;
}

const ANSWER = Symbol('audit-register.span-answer');

type Answered = ReadableSpan & { [ANSWER]?: SpanAnswer };

/** NOTE: handed over in one synchronous run: an instrumentation starts its span, then calls what it has wrapped. */
let started: ReadableSpan | undefined;

export function databaseSpanStarted(span: ReadableSpan): void {
  started = span;
}

/** The answer that belongs to the span which has just been started for a database of this name; undefined without one. */
export function answerOfStarted(system: string): SpanAnswer | undefined {
  const span = started;
  if (span === undefined) return undefined;
  started = undefined;
  const { attributes } = span;
  if (span.ended || (attributes['db.system.name'] ?? attributes['db.system']) !== system) return undefined;
  const answer: SpanAnswer = {};
  Object.defineProperty(span, ANSWER, { value: answer });
  return answer;
}

export function answerOf(span: ReadableSpan): SpanAnswer | undefined {
  return (span as Answered)[ANSWER];
}
