import { setTimeout } from './timers.js';

/** By then most applications listen; none has been waiting for it. */
const FIRST_MILLIS = 250;
/** Between two works the application's own come to their turn. */
const PAUSE_MILLIS = 10;

const works: (() => unknown)[] = [];

/**
 * Loads something when the application has started, one thing at a time: the first request that needs it need not wait for
 * it. It may be needed, and loaded, before; a process that ends before it never loads it.
 */
export function loadLater(work: () => unknown): void {
  if (!works.includes(work) && works.push(work) === 1) setTimeout(next, FIRST_MILLIS).unref();
}

function next(): void {
  try {
    works[0]?.();
  } catch {
    // NOTE: whoever needs it meets the same error, and has an answer to it.
  }
  works.shift();
  if (works.length > 0) setTimeout(next, PAUSE_MILLIS).unref();
}
