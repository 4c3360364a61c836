import { setTimeout as pause } from 'node:timers/promises';
import type { ClickHouseConfig } from '../config/config.js';
import { describeReadingError } from './reading.js';

const SECOND_MILLIS = 1_000;

export interface FollowOptions {
  readonly intervalMillis: number;
  readonly store: ClickHouseConfig;
  readonly say: (line: string) => void;
  readonly stop: AbortSignal;
}

/**
 * Looks again and again until it is stopped, and outlives a store that is gone for a while: one line when it breaks, one when
 * it heals.
 *
 * @param look Shows what is new; true where there may be more at once.
 */
export async function follow(look: () => Promise<boolean>, options: FollowOptions): Promise<void> {
  const { intervalMillis, say, stop } = options;
  let brokenAt: number | undefined;
  while (!stop.aborted) {
    try {
      const isMore = await look();
      if (brokenAt !== undefined) say(`ClickHouse answers again, after ${secondsSince(brokenAt)} s.`);
      brokenAt = undefined;
      if (isMore) continue;
    } catch (error) {
      if (stop.aborted) return;
      if (brokenAt === undefined) say(describeBreak(error, options));
      brokenAt ??= Date.now();
    }
    await pause(intervalMillis, undefined, { signal: stop }).catch(() => undefined);
  }
}

function describeBreak(error: unknown, { store, intervalMillis }: FollowOptions): string {
  const { message } = describeReadingError(error, store);
  return `${message.replace(/\s+/g, ' ')} Looking again every ${intervalMillis / SECOND_MILLIS} s; nothing will be missed.`;
}

function secondsSince(millis: number): number {
  return Math.max(1, Math.round((Date.now() - millis) / SECOND_MILLIS));
}
