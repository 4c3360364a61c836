import { AsyncResource } from 'node:async_hooks';
import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { runOutsideScopes } from '../request-scope.js';
import type { AnyFunction } from './pg-query.js';

/**
 * A connection is opened outside of the request that happens to need it first: everything its socket calls later, such as
 * listeners of notifications, would otherwise be done in that request's name.
 */
export function connectOutside(original: AnyFunction): AnyFunction {
  return function detachedConnect(callback, ...rest) {
    const bound = bindToCaller(callback);
    return runOutsideScopes(() => context.with(ROOT_CONTEXT, () => original.call(this, bound, ...rest)));
  };
}

/** A callback that is run in the context of whoever gives it. */
export function bindToCaller(callback: unknown): unknown {
  return typeof callback === 'function' ? boundTo(callerHere(), callback as AnyFunction) : callback;
}

/** The context of whoever calls. */
export function callerHere(): AsyncResource {
  return new AsyncResource('AuditRegisterCaller');
}

/** NOTE: `AsyncResource.bind` takes fifty times as long: it defines properties on every function that it makes. */
export function boundTo(caller: AsyncResource, callback: AnyFunction): AnyFunction {
  return function boundToCaller(...args) {
    return caller.runInAsyncScope(callback, this, ...args);
  };
}
