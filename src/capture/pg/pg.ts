import { types } from 'node:util';
import type { PgInstrumentationConfig } from '@opentelemetry/instrumentation-pg';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { Pipeline } from '../../pipeline/pipeline.js';
import type { WatchedFile } from '../frameworks/module-hook.js';
import type { Guard } from '../../guard.js';
import { readableError } from './pg-error.js';
import { activeTrace } from '../spans/active-span.js';
import { startQuerySpan } from '../spans/lean-query-span.js';
import { boundTo, callerHere, connectOutside } from './callers.js';
import { watchMethods } from './pg-methods.js';
import {
  callbackOf,
  givenArguments,
  isSubmittable,
  isThenable,
  queuedQuery,
  textOf,
  valuesOf,
  withCallback,
} from './pg-query.js';
import type { AnyFunction, QueryEnd, Submittable } from './pg-query.js';
import { watchConnection } from './connection-end.js';
import { QueryCall } from './query-call.js';
import type { PgClient } from './query-call.js';
import { createPgSending } from './pg-sending.js';
import { createPooledQueries } from './pooled-query.js';
import { createUnsettledQueries } from './unsettled-query.js';
import type { QuerySpan } from './unsettled-query.js';

const CALL = Symbol('audit-register.query-call');

/** Statements of pg, from the spans of an instrumentation and from the calls below them. */
export interface PgCapture {
  /** The files of pg that are watched beneath any instrumentation, ours or the application's. */
  readonly files: readonly WatchedFile[];
  /** Tells of a span that starts; one of a query is tied to the call that started it, and true. */
  readonly spanStarted: (span: QuerySpan) => boolean;
  /** Reports the query of a span that has ended; false for any other span. */
  readonly spanEnded: (span: ReadableSpan) => boolean;
}

/**
 * instrumentation-pg, corrected: the wrong request is never blamed for a pooled or queued query, cursors, streams and
 * COPY end, and what the server answered is seen.
 *
 * An instrumentation of the application takes ours away (the last one wins), therefore what must stay is put into pg's
 * own files, beneath both.
 *
 * @param isOurs Decides at the first use whose OpenTelemetry it is; false where it is the application's.
 * @param instrumented How instrumentation-pg is to make the spans; undefined where the calls themselves do.
 */
export function createPgCapture(
  pipeline: Pipeline,
  guard: Guard,
  isOurs: () => boolean,
  instrumented: PgInstrumentationConfig | undefined,
): PgCapture {
  const sending = createPgSending(guard);
  const pooled = createPooledQueries(guard);
  const unsettled = createUnsettledQueries(guard, sending);
  /** Handed over in one synchronous run: the instrumentation starts its span, then calls the original query. */
  let startedSpan: QuerySpan | undefined;
  /** Whether our own instrumentation stands above the query, and reads its error. */
  let isSpanned = false;

  function tap(original: AnyFunction): AnyFunction {
    return function auditedQuery(...args) {
      const span = startedSpan;
      const shown = isSpanned ? readableError : asIs;
      startedSpan = undefined;
      isSpanned = false;
      const watched = guard('a pg query', () => watch(this as PgClient, givenArguments(args), span, shown));
      if (watched === undefined) return sending.during(undefined, () => original.apply(this, args));
      try {
        const result = sending.during(watched.call, () => original.apply(this, watched.args));
        guard('a pg query', () => watched.sent(result));
        return types.isPromise(result) ? settling(result, watched.end, shown) : result;
      } catch (error) {
        watched.end.fail(error);
        throw error;
      }
    };
  }

  function expectQueries(original: AnyFunction): AnyFunction {
    const connect = connectOutside(original);
    return function expectantConnect(...args) {
      pipeline.expectQueries();
      return connect.apply(this, args);
    };
  }

  function watch(
    client: PgClient,
    args: unknown[],
    span: QuerySpan | undefined,
    shown: (error: unknown) => unknown,
  ) {
    watchConnection(client, pipeline, guard);
    const [query] = args;
    const call = new QueryCall(
      pipeline,
      client,
      textOf(query, client),
      valuesOf(query, args[1]),
      sending.isWatching(client),
      pooled.takeActor(),
      isOurs() && span === undefined ? startQuerySpan() : activeTrace(),
    );
    if (span !== undefined) Object.defineProperty(span, CALL, { value: call });
    const end = endOf(call, span);
    if (isSubmittable(query)) unsettled.watchMessages(query, call, span);
    const callback = callbackOf(args);
    const sent = (result: unknown): void => {
      const queued = call.hasQuery ? undefined : queuedQuery(client);
      if (queued !== undefined && !sending.isTied(queued)) sending.tie(queued, call);
      // NOTE: behind a proxy it is only seen by what pg gives back.
      if (result === query && !isSubmittable(query))
        unsettled.watchMessages(query as Submittable, call, span);
      call.readText(query);
      if (isUnseen(result, callback)) unsettled.watchCallback(end, call, span);
    };
    const watched = callback === undefined ? args : withCallback(args, noting(callback, end, shown));
    return { call, args: watched, end, sent };
  }

  /** NOTE: with a span the report waits for its end, which follows in the same turn. */
  function endOf(call: QueryCall, span: QuerySpan | undefined): QueryEnd {
    const finish = (outcome: () => void): void => {
      guard('the outcome of a pg query', () => {
        outcome();
        if (span === undefined) call.report(undefined);
      });
    };
    return {
      succeed: (result) => finish(() => call.succeed(result)),
      fail: (error) => finish(() => call.fail(error)),
    };
  }

  if (instrumented !== undefined) {
    // NOTE: loaded only where it is asked for.
    (require('./pg-instrumentation.js') as typeof import('./pg-instrumentation.js')).createPgInstrumentation(
      instrumented,
      isOurs,
      () => {
        [startedSpan, isSpanned] = [undefined, true];
      },
    );
  }

  return {
    files: [
      watchMethods(/\/node_modules\/pg\/lib\/(native\/)?client\.js$/, {
        query: tap,
        connect: expectQueries,
      }),
      watchMethods(/\/node_modules\/pg-pool\/index\.js$/, { query: pooled.query, connect: pooled.connect }),
      ...sending.files,
    ],
    spanStarted: (span) => {
      if (!isQuerySpan(span)) return false;
      startedSpan = span;
      return true;
    },
    spanEnded: (span) => {
      const call = (span as { [CALL]?: QueryCall })[CALL];
      call?.report(span);
      return call !== undefined;
    },
  };
}

function isQuerySpan(span: ReadableSpan & { instrumentationLibrary?: { name: string } }): boolean {
  // NOTE: SDK 1.x, which an application may bring, has the older name.
  const scope = span.instrumentationScope ?? span.instrumentationLibrary;
  return scope?.name === '@opentelemetry/instrumentation-pg' && span.name.startsWith('pg.query');
}

function asIs(error: unknown): unknown {
  return error;
}

/** Whether a call neither gave a promise of the engine nor a callback that is known. */
function isUnseen(result: unknown, callback: AnyFunction | undefined): boolean {
  return callback === undefined && (result === undefined || isThenable(result));
}

/** NOTE: in the chain, not beside it: V8 shows the application's frames only along promises with one reaction. */
function settling(
  result: Promise<unknown>,
  { succeed, fail }: QueryEnd,
  shown: (error: unknown) => unknown,
): Promise<unknown> {
  return result.then(
    (value) => {
      succeed(value);
      return value;
    },
    (error: unknown) => {
      fail(error);
      throw shown(error);
    },
  );
}

/** A callback bound to the context of the caller. */
function noting(
  callback: AnyFunction,
  { succeed, fail }: QueryEnd,
  shown: (error: unknown) => unknown,
): AnyFunction {
  return boundTo(callerHere(), function auditedCallback(this: unknown, error: unknown, result: unknown) {
    if (error) fail(error);
    else succeed(result);
    return callback.call(this, shown(error), result);
  });
}
