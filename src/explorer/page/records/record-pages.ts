import { api } from '../api/api.js';
import type { Asked } from '../api/api.js';
import { isAbort } from '../api/api-error.js';
import type { ApiError } from '../api/api-error.js';
import type { Described } from '../api/answers.js';
import { SLOW_AFTER_MILLIS, toApiError } from '../api/use-loaded.js';

export const PAGE_SIZE = 100;
/** What the server says it at most; beyond it the reader loads the list anew. */
export const MOST_ARRIVALS = 1_000;

export interface PagesState {
  readonly rows: readonly Described[];
  readonly phase: 'loading' | 'ready' | 'failed' | 'cancelled';
  readonly hasMore: boolean;
  readonly isSlow: boolean;
  readonly error: ApiError | undefined;
  /** Came in meanwhile, the newest first; they wait until the reader wants them. */
  readonly arrivals: readonly Described[];
}

/** The list of one search: a page after the other on demand, and what arrives at its top. */
export class RecordPages {
  readonly #asked: Asked;
  #changed: (state: PagesState) => void;
  readonly #known = new Set<string>();
  #state: PagesState = FIRST;
  #next: string | undefined;
  #loading: AbortController | undefined;
  /** Arrived while a page was under way that may bring them or may have been made before they came. */
  #early: Described[] = [];

  constructor(asked: Asked, changed: (state: PagesState) => void) {
    this.#asked = asked;
    this.#changed = changed;
  }

  /** The first page, or the one that follows; nothing while one is under way. */
  async load(): Promise<void> {
    const { rows, hasMore } = this.#state;
    if (this.#loading !== undefined || (rows.length > 0 && !hasMore)) return;
    const controller = new AbortController();
    this.#loading = controller;
    this.#set({ phase: 'loading', error: undefined, isSlow: false });
    const slow = setTimeout(() => this.#set({ isSlow: true }), SLOW_AFTER_MILLIS);
    try {
      const { records, next } = await api.records(this.#asked, PAGE_SIZE, this.#next, controller.signal);
      this.#next = next;
      this.#set({ phase: 'ready', rows: [...rows, ...this.#fresh(records)], hasMore: next !== undefined });
    } catch (error) {
      if (!isAbort(error)) this.#set({ phase: 'failed', error: toApiError(error) });
    } finally {
      clearTimeout(slow);
      if (this.#loading === controller) this.#settle();
    }
  }

  cancel(): void {
    this.#loading?.abort();
    this.#settle();
    this.#set({ phase: 'cancelled', isSlow: false });
  }

  /** The newest record that is known, as the server's cursors are written. */
  get newest(): string | undefined {
    const [first] = [...this.#state.arrivals, ...this.#state.rows].sort(newestFirst);
    return first && `${first.record.occurred_at},${first.record.record_id}`;
  }

  arrive(described: Described): void {
    const { arrivals } = this.#state;
    if (arrivals.length >= MOST_ARRIVALS) return;
    if (!this.isShown(described)) {
      if (this.#loading !== undefined && this.#early.length < MOST_ARRIVALS) this.#early.push(described);
      return;
    }
    const fresh = this.#fresh([described]);
    if (fresh.length > 0) this.#set({ arrivals: [...fresh, ...arrivals] });
  }

  showArrivals(): void {
    const { arrivals, rows } = this.#state;
    this.#set({ arrivals: [], rows: [...arrivals, ...rows].sort(newestFirst) });
  }

  close(): void {
    this.#changed = () => {};
    this.#loading?.abort();
  }

  /** Of the period, and not of a page that is still to be loaded: that one brings it. */
  isShown(described: Described): boolean {
    const { rows, hasMore } = this.#state;
    const { from, to } = this.#asked;
    const millis = Date.parse(described.record.occurred_at);
    if (from !== '' && millis < Date.parse(from)) return false;
    if (to !== '' && millis >= Date.parse(to)) return false;
    const last = rows.at(-1);
    return !hasMore || last === undefined || newestFirst(described, last) < 0;
  }

  /** No page is under way any more. */
  #settle(): void {
    this.#loading = undefined;
    const early = this.#early;
    this.#early = [];
    for (const described of early) this.arrive(described);
  }

  #fresh(records: readonly Described[]): readonly Described[] {
    const fresh = records.filter(({ record }) => !this.#known.has(record.record_id));
    for (const { record } of fresh) this.#known.add(record.record_id);
    return fresh;
  }

  #set(change: Partial<PagesState>): void {
    this.#state = { ...this.#state, ...change };
    this.#changed(this.#state);
  }
}

export const FIRST: PagesState = {
  rows: [],
  phase: 'loading',
  hasMore: false,
  isSlow: false,
  error: undefined,
  arrivals: [],
};

function newestFirst(left: Described, right: Described): number {
  const [a, b] = [left.record, right.record];
  if (a.occurred_at !== b.occurred_at) return a.occurred_at < b.occurred_at ? 1 : -1;
  return a.record_id < b.record_id ? 1 : -1;
}
