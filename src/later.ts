import { setTimeout } from './timers.js';

/** By then most applications listen; none has been waiting for it. */
const FIRST_MILLIS = 250;
/** Between two works the application's own come to their turn. */
const PAUSE_MILLIS = 10;

/** Calls by which a process that was started as root gives up rights, perhaps that to read our files. */
const GIVE_UP_RIGHTS = ['setuid', 'seteuid', 'setgid', 'setegid', 'setgroups'] as const;

const works: (() => unknown)[] = [];

/**
 * Loads something when the application has started, one thing at a time: the first request that needs it need not wait for
 * it. It may be needed, and loaded, before; a process that ends before it never loads it.
 */
export function loadLater(work: () => unknown): void {
  if (works.includes(work) || works.push(work) > 1) return;
  const watching = GIVE_UP_RIGHTS.map((name) => watch(name));
  const end = (): void => watching.forEach((unwatch) => unwatch());
  setTimeout(() => next(end), FIRST_MILLIS).unref();
}

function next(end: () => void): void {
  loadOne();
  if (works.length > 0) setTimeout(() => next(end), PAUSE_MILLIS).unref();
  else end();
}

function loadOne(): void {
  try {
    works[0]?.();
  } catch {
    // NOTE: whoever needs it meets the same error, and has an answer to it.
  }
  works.shift();
}

/** Loads everything before a call that may take the right to. */
function watch(name: (typeof GIVE_UP_RIGHTS)[number]): () => void {
  const original = process[name] as ((...args: unknown[]) => unknown) | undefined;
  // NOTE: there are none on Windows.
  if (original === undefined) return () => {};
  const watched = (...args: unknown[]): unknown => {
    while (works.length > 0) loadOne();
    return original.apply(process, args);
  };
  Object.assign(process, { [name]: watched });
  return () => {
    if (process[name] === watched) Object.assign(process, { [name]: original });
  };
}
