import { AsyncResource } from 'node:async_hooks';
import type { EventEmitter } from 'node:events';
import type { Span } from '@opentelemetry/api';
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';
import type { PgInstrumentationConfig } from '@opentelemetry/instrumentation-pg';
import type { Instrumentation } from '@opentelemetry/instrumentation';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { Pipeline } from '../pipeline/pipeline.js';
import type { Guard } from './guard.js';
import { QueryCall } from './query-call.js';
import type { PgClient } from './query-call.js';

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;
type Patch = (original: AnyFunction) => AnyFunction;

/** The patch methods of the pinned instrumentation, which its types call private. */
interface PgPatches extends Instrumentation {
  _getClientQueryPatch(): Patch;
  _getPoolConnectPatch(): Patch;
}

const Base = PgInstrumentation as unknown as new (config: PgInstrumentationConfig) => PgPatches;

/** A query that is run by pg but read by its maker: cursors, streams, COPY, `pg.Query`. */
interface Submittable {
  readonly submit: AnyFunction;
  readonly text?: unknown;
  readonly values?: unknown;
  readonly cursor?: { readonly text?: unknown; readonly values?: unknown };
}

type QuerySpan = Span & ReadableSpan;

const CALL = Symbol('audit-register.query-call');
const SEEN = Symbol('audit-register.seen');

/** Statements of pg, from its instrumentation's spans and from the calls below them. */
export interface PgCapture {
  readonly instrumentation: Instrumentation;
  /** Tells of a span that starts; one of a query is tied to the call that started it. */
  readonly spanStarted: (span: QuerySpan) => void;
  /** Reports the query of a span that has ended; false for any other span. */
  readonly spanEnded: (span: ReadableSpan) => boolean;
}

/**
 * instrumentation-pg, corrected: the wrong request is never blamed for a pooled or queued query, cursors, streams and
 * COPY end, and what the server answered is seen.
 *
 * NOTE: it patches by the private methods of instrumentation-pg 0.77, so that version is pinned.
 */
export function createPgCapture(
  pipeline: Pipeline,
  guard: Guard,
  onFirstUse: () => void,
  config: PgInstrumentationConfig,
): PgCapture {
  /** Handed over in one synchronous run: the instrumentation starts its span, then calls the original query. */
  let startedSpan: QuerySpan | undefined;

  class AuditPgInstrumentation extends Base {
    override _getPoolConnectPatch(): Patch {
      const outer = super._getPoolConnectPatch();
      return (original) => {
        const connect = outer(original);
        // NOTE: a waiting caller is served in the turn of whoever released the client; its own context goes with it.
        return function auditedConnect(callback, ...rest) {
          onFirstUse();
          return connect.call(
            this,
            typeof callback === 'function' ? AsyncResource.bind(callback as AnyFunction) : callback,
            ...rest,
          );
        };
      };
    }

    override _getClientQueryPatch(): Patch {
      const outer = super._getClientQueryPatch();
      return (original) => {
        const query = outer(tap(original));
        return function firstQuery(...args) {
          onFirstUse();
          return query.apply(this, args);
        };
      };
    }
  }

  function tap(original: AnyFunction): AnyFunction {
    return function auditedQuery(...args) {
      const span = startedSpan;
      startedSpan = undefined;
      const watched = guard('a pg query', () => watch(this as PgClient, args, span));
      if (watched === undefined) return original.apply(this, args);
      try {
        const result = original.apply(this, watched.args);
        if (result instanceof Promise) result.then(watched.succeed, watched.fail);
        return result;
      } catch (error) {
        watched.fail(error);
        throw error;
      }
    };
  }

  function watch(client: PgClient, args: readonly unknown[], span: QuerySpan | undefined) {
    watchConnection(client);
    const [query] = args;
    const call = new QueryCall(pipeline, client, textOf(query), parametersOf(query, args[1]));
    if (span !== undefined) Object.defineProperty(span, CALL, { value: call });
    /** NOTE: with a span the report waits for its end, which follows in the same turn. */
    const finish = (outcome: () => void): void => {
      guard('the outcome of a pg query', () => {
        outcome();
        if (span === undefined) call.report(undefined);
      });
    };
    const succeed = (result: unknown): void => finish(() => call.succeed(result));
    const fail = (error: unknown): void => finish(() => call.fail(error));
    if (isSubmittable(query)) watchSubmittable(query, call, span);
    return { args: watchCallback(args, succeed, fail), succeed, fail };
  }

  function watchConnection(client: PgClient): void {
    if (Object.hasOwn(client, SEEN)) return;
    Object.defineProperty(client, SEEN, { value: true });
    (client as unknown as EventEmitter).once('end', () => {
      guard('the end of a pg connection', () => pipeline.connectionLost(client));
    });
  }

  /** Follows the protocol's messages, and ends the span that the instrumentation leaves open. */
  function watchSubmittable(query: Submittable, call: QueryCall, span: QuerySpan | undefined): void {
    const end = (): void => {
      if (span === undefined) call.report(undefined);
      else if (!span.ended) span.end();
    };
    follow(query, 'handleCommandComplete', (message) =>
      call.completeCommand(String((message as { text?: unknown }).text)),
    );
    follow(query, 'handleReadyForQuery', end);
    follow(query, 'handleError', (error) => {
      call.fail(error);
      end();
    });
  }

  function follow(target: object, name: string, notice: (argument: unknown) => void): void {
    const original = (target as Record<string, unknown>)[name];
    if (typeof original !== 'function') return;
    const followed: AnyFunction = function followed(...args) {
      guard('a pg message', () => notice(args[0]));
      return original.apply(this, args);
    };
    Object.defineProperty(target, name, { value: followed, configurable: true, writable: true });
  }

  return {
    instrumentation: new AuditPgInstrumentation(config),
    spanStarted: (span) => {
      if (isQuerySpan(span)) startedSpan = span;
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

function isSubmittable(query: unknown): query is Submittable {
  return (
    typeof query === 'object' &&
    query !== null &&
    typeof (query as { submit?: unknown }).submit === 'function'
  );
}

function textOf(query: unknown): string {
  if (typeof query === 'string') return query;
  const { text, cursor } = (query ?? {}) as { text?: unknown; cursor?: { text?: unknown } };
  const own = text ?? cursor?.text;
  return typeof own === 'string' ? own : '';
}

/** A copy: the application may reuse its array before the outcome is known. */
function parametersOf(query: unknown, second: unknown): readonly unknown[] {
  const { values, cursor } = (typeof query === 'object' && query !== null ? query : {}) as Submittable;
  const given = values ?? cursor?.values ?? second;
  return Array.isArray(given) ? [...given] : [];
}

/** The arguments with their callback watched, and bound to the context of the caller. */
function watchCallback(
  args: readonly unknown[],
  succeed: (result: unknown) => void,
  fail: (error: unknown) => void,
): unknown[] {
  const watched = [...args];
  const last = watched.length - 1;
  const config = watched[0] as { callback?: unknown } | null | undefined;
  if (typeof watched[last] === 'function')
    watched[last] = wrapCallback(watched[last] as AnyFunction, succeed, fail);
  else if (typeof config === 'object' && typeof config?.callback === 'function') {
    config.callback = wrapCallback(config.callback as AnyFunction, succeed, fail);
  }
  return watched;
}

function wrapCallback(
  callback: AnyFunction,
  succeed: (result: unknown) => void,
  fail: (error: unknown) => void,
): AnyFunction {
  return AsyncResource.bind(function auditedCallback(this: unknown, error: unknown, result: unknown) {
    if (error) fail(error);
    else succeed(result);
    return callback.call(this, error, result);
  });
}
