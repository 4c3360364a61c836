import type { FoundRecord } from './search.js';

/** Who did what to what, with which outcome, through which request, from where. The same words for everybody who reads. */
export interface Sentence {
  /** The name of the actor, or what is known instead: `alice`, `anonymous`, `cron`. */
  readonly who: string;
  /** `verified`, `trusted`, `claimed`, `expired`, `invalid` or `none`. */
  readonly assurance: string;
  /** `deleted`, `tried to log in`, … */
  readonly did: string;
  /** `orders / 1042`, `orders (37 rows)`, a path, or empty. */
  readonly what: string;
  readonly ending: Ending;
  /** `DELETE /orders/:id → 204`, or `by itself`. */
  readonly way: string;
  /** Empty where it is not known. */
  readonly address: string;
}

/** How it ended, as people say it. */
export type Ending = 'ok' | 'committed' | 'rolled back' | 'denied' | 'failed' | 'unknown';

export type DescribeRecord = (record: FoundRecord) => Sentence;
