import { IncomingMessage, ServerResponse } from 'node:http';
import { ROOT_CONTEXT } from '@opentelemetry/api';
import type { Context, ContextManagementToken } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { scopeOf } from '../http/bound-events.js';
import { activeContext, enterContext, runInContext } from '../request-scope.js';

/**
 * OpenTelemetry's context, kept in the register's own store of places: a request enters one store, not two.
 *
 * NOTE: what binds emitters and functions is inherited; it goes by `with`. So is what switches off, which leaves this store alone:
 * requests are known by it.
 */
export class PlaceContextManager extends AsyncLocalStorageContextManager {
  override active(): Context {
    return activeContext() ?? ROOT_CONTEXT;
  }

  override with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    context: Context,
    run: F,
    self?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    return runInContext(context, () => run.apply(self, args));
  }

  /** NOTE: the events of a request are emitted in its place, so none of their methods has to be replaced for it. */
  override bind<T>(context: Context, target: T): T {
    const isMessage = target instanceof IncomingMessage || target instanceof ServerResponse;
    const scope = isMessage ? scopeOf(target) : undefined;
    if (scope === undefined) return super.bind(context, target);
    scope.place.context ??= context;
    return target;
  }

  override attach(context: Context): ContextManagementToken {
    const previous = this.active();
    enterContext(context);
    let isOver = false;
    return {
      dispose: () => {
        if (!isOver) enterContext(previous);
        isOver = true;
      },
    };
  }
}
