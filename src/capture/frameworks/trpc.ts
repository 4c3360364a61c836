import type { Guard } from '../../guard.js';
import { ownData } from '../../identity/data-property.js';
import type { FailedOperation } from '../../pipeline/operations.js';
import { isPlainArray } from '../../pipeline/values/plain-data.js';
import { currentScope } from '../request-scope.js';
import type { RequestScope } from '../request-scope.js';
import type { FunctionFile } from './module-hook.js';

/** What every adapter of tRPC hands to the function that answers a request. */
interface ResolveOptions {
  readonly createContext: (given: unknown) => unknown;
  readonly onError?: (given: unknown) => unknown;
}

type Resolve = (this: unknown, options: ResolveOptions, ...rest: unknown[]) => unknown;

/** Standalone, Express, Fastify, fetch and Next.js adapters all answer by it; version 11. */
export const TRPC: readonly FunctionFile[] = [
  {
    file: /\/node_modules\/@trpc\/server\/dist\/(?:[^/]+\/)*[^/]+\.[cm]?js$/,
    declares: 'resolveResponse',
    watch: watchResolve,
  },
];

const DENIALS: ReadonlySet<unknown> = new Set(['UNAUTHORIZED', 'FORBIDDEN']);

/** Of these the message quotes what the client sent. */
const QUOTING: ReadonlySet<unknown> = new Set(['PARSE_ERROR', 'BAD_REQUEST', 'NOT_FOUND']);

function watchResolve(original: Resolve, guard: Guard): Resolve {
  return function resolveResponse(options, ...rest) {
    const scope = currentScope();
    const watched = scope === undefined || scope.isReported ? options : watchOptions(options, scope, guard);
    return original.call(this, watched, ...rest);
  };
}

/** Two callbacks of tRPC's own tell all: one with the calls before any is made, one with each error. */
function watchOptions(options: ResolveOptions, scope: RequestScope, guard: Guard): ResolveOptions {
  return {
    ...options,
    createContext(given) {
      guard('the procedures of tRPC', () => noteCalls(scope, given));
      return options.createContext(given);
    },
    onError(given) {
      guard('an error of tRPC', () => noteError(scope, given));
      return options.onError?.(given);
    },
  };
}

function noteCalls({ asked }: RequestScope, given: unknown): void {
  const calls = ownData(ownData(given, 'info'), 'calls');
  if (!isPlainArray(calls)) return;
  for (const call of calls) {
    const type = typeOf(call);
    const path = type === '' ? '' : textOf(call, 'path');
    asked.note({
      type,
      names: path === '' ? [] : [path],
      attributes: { 'rpc.system.name': 'trpc', 'rpc.method': path },
    });
  }
}

/** Of its procedure; empty for a path that the router does not have, of which the client chose the name. */
function typeOf(call: unknown): string {
  const procedure = ownData(call, 'procedure');
  const definition =
    typeof procedure === 'function' ? Object.getOwnPropertyDescriptor(procedure, '_def')?.value : undefined;
  return textOf(definition, 'type');
}

function noteError({ asked }: RequestScope, given: unknown): void {
  const type = textOf(given, 'type');
  const path = textOf(given, 'path');
  const error = ownData(given, 'error');
  const code = textOf(error, 'code');
  const isKnown = type !== '' && type !== 'unknown' && path !== '';
  const failed: FailedOperation = {
    outcome: DENIALS.has(code) ? 'denied' : 'failure',
    names: isKnown ? [path] : [],
    error: { type: code || 'TRPCError', message: QUOTING.has(code) ? '' : textOf(error, 'message') },
  };
  asked.countErrors(1);
  asked.fail(isKnown ? type : '', failed);
}

function textOf(holder: unknown, name: string): string {
  const text = ownData(holder, name);
  return typeof text === 'string' ? text : '';
}
