import { AsyncLocalStorage } from 'node:async_hooks';
import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { suppressTracing } from './spans/suppression.js';
import { runAsOwnWork } from '../own-work.js';

/** Runs work apart from whatever is being served: no request scope, no span of ours in anybody's trace. */
export type RunDetached = <T>(work: () => T) => T;

/** Call it while nothing is being served: that is the state the work will find. */
export function createDetachedRunner(): RunDetached {
  const runOutside = AsyncLocalStorage.snapshot();
  return (work) => runOutside(() => runAsOwnWork(() => context.with(suppressTracing(ROOT_CONTEXT), work)));
}
