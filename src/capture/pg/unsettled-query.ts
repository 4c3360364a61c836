import type { AsyncResource } from 'node:async_hooks';
import type { Span } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { dataOf } from '../../pipeline/values/plain-data.js';
import type { Guard } from '../../guard.js';
import { bindToCaller, boundTo, callerHere } from './callers.js';
import type { AnyFunction, QueryEnd, Submittable } from './pg-query.js';
import type { PgSending } from './pg-sending.js';
import type { QueryCall } from './query-call.js';

export type QuerySpan = Span & ReadableSpan;

/** What pg's connection calls on a query that reads its own messages. */
const MESSAGE_HANDLERS = [
  'handleRowDescription',
  'handleDataRow',
  'handlePortalSuspended',
  'handleEmptyQuery',
  'handleCommandComplete',
  'handleCopyInResponse',
  'handleCopyData',
  'handleReadyForQuery',
  'handleError',
] as const;

/** Queries of which neither a promise nor the caller's callback says how they ended. */
export interface UnsettledQueries {
  readonly watchMessages: (query: Submittable, call: QueryCall, span: QuerySpan | undefined) => void;
  readonly watchCallback: (end: QueryEnd, call: QueryCall, span: QuerySpan | undefined) => void;
}

/** Follows what pg calls on the query itself; with it the call is reported, or its span ended. */
export function createUnsettledQueries(guard: Guard, sending: PgSending): UnsettledQueries {
  /**
   * pg may be given a promise class. The instrumentation does not know its promises, and to follow one ourselves would
   * hide from the application that nobody handles its rejection. A callback behind a getter is only known to pg.
   */
  function watchCallback({ succeed, fail }: QueryEnd, call: QueryCall, span: QuerySpan | undefined): void {
    const { query } = call;
    if (query?.callback === undefined) return;
    const settle = (error: unknown, result: unknown): void => {
      if (error) fail(error);
      else succeed(result);
      close(call, span);
    };
    follow(query, 'callback', settle, callerHere());
  }

  /**
   * Follows the protocol's messages, and ends the span that the instrumentation leaves open. The messages come in the
   * context of the connection; what the application does with them belongs to whoever made the query.
   */
  function watchMessages(query: Submittable, call: QueryCall, span: QuerySpan | undefined): void {
    const notices: Readonly<Record<string, (argument: unknown) => void>> = {
      handleDataRow: () => call.countRow(),
      handleCommandComplete: (message) => call.completeCommand(dataOf(message, 'text')),
      handleReadyForQuery: () => close(call, span),
      handleError: (error) => {
        call.fail(error);
        close(call, span);
      },
    };
    const caller = callerHere();
    for (const name of MESSAGE_HANDLERS) follow(query, name, notices[name] ?? (() => {}), caller);
    sending.tie(query, call);
    Object.defineProperty(query, 'submit', {
      value: sending.submit(query.submit),
      configurable: true,
      writable: true,
    });
    bindClose(query as { close?: unknown });
  }

  function follow(
    target: object,
    name: string,
    notice: (...args: unknown[]) => void,
    caller: AsyncResource,
  ): void {
    const original = (target as Record<string, unknown>)[name];
    if (typeof original !== 'function') return;
    const bound = boundTo(caller, original as AnyFunction);
    const followed: AnyFunction = function followed(...args) {
      guard('a pg message', () => notice(...args));
      return bound.apply(this, args);
    };
    Object.defineProperty(target, name, { value: followed, configurable: true, writable: true });
  }

  return { watchMessages, watchCallback };
}

/** A cursor calls back from the connection when it is closed. */
function bindClose(query: { close?: unknown }): void {
  const { close } = query;
  if (typeof close !== 'function') return;
  const bound: AnyFunction = function boundClose(callback, ...rest) {
    return (close as AnyFunction).call(this, bindToCaller(callback), ...rest);
  };
  Object.defineProperty(query, 'close', { value: bound, configurable: true, writable: true });
}

function close(call: QueryCall, span: QuerySpan | undefined): void {
  if (span === undefined) call.report(undefined);
  else if (!span.ended) span.end();
}
