import { AsyncLocalStorage } from 'node:async_hooks';
import type { UseSafety } from '../../pipeline/delivery-demands.js';
import { clearTimeout, setTimeout } from '../../timers.js';

/** A disk that does not answer is no safe place. */
const ANSWER_MILLIS = 10_000;

/**
 * Waits until records are known to be safe or not, and tells so once, in the context of whoever waits: what leaves then
 * calls back into the application.
 *
 * @param use Must not throw.
 * @returns What takes the word; whoever waits no longer calls `stop`.
 */
export function waitForSafety(
  use: UseSafety,
  timeoutMillis = ANSWER_MILLIS,
): { readonly tell: UseSafety; readonly stop: () => void } {
  const runHere = AsyncLocalStorage.snapshot();
  let isOver = false;
  const timer = setTimeout(() => tell(false), timeoutMillis).unref();
  const stop = (): void => {
    isOver = true;
    clearTimeout(timer);
  };
  const tell: UseSafety = (isSafe, isProven) => {
    if (isOver) return;
    stop();
    runHere(use, isSafe, isProven);
  };
  return { tell, stop };
}
