import type { Actor } from '../../record/actor.js';
import { NO_UUID } from '../blank-record.js';
import type { Draft } from '../blank-record.js';
import { commonActor, keepCommon } from './fold-common.js';
import { epochMillis, setTimeout } from '../../timers.js';

const WINDOW_MILLIS = 60_000;

/** Failures of a window that have records of their own: of one source and name, and of one source or one name. */
const APART_OF_PAIR = 10;
const APART_OF_ONE = 30;

/** What is counted at a time; failures beyond it are folded together whatever their source and name. */
const MOST_WINDOWS = 3_000;
/** Names and addresses that a folded record keeps. */
const KEPT_NAMES = 100;
const KEPT_SOURCES = 20;

/** Takes records that are ready. */
export type Finish = (draft: Draft, actor: Actor) => void;

interface Window {
  readonly endMillis: number;
  /** Failures that may have records of their own. */
  readonly apart: number;
  /** Those that had. */
  count: number;
  fold: Fold | undefined;
}

export interface AuthFoldOptions {
  /** @default 60000 */
  readonly windowMillis?: number;
}

/**
 * Keeps a flood of failed logins from becoming a flood of records: the first of a window are written one by one, the rest
 * as one record with a count. Guessing one account, trying one password on many accounts, and many sources guessing one
 * account are all a flood. Nothing is left out: the requests themselves all have records.
 */
export class AuthFold {
  readonly #finish: Finish;
  readonly #windowMillis: number;
  readonly #windows = new Map<string, Window>();
  #isTimed = false;

  constructor(finish: Finish, { windowMillis = WINDOW_MILLIS }: AuthFoldOptions = {}) {
    this.#finish = finish;
    this.#windowMillis = windowMillis;
  }

  /** @param draft Complete but for its actor. */
  failure(draft: Draft, actor: Actor): void {
    this.#endWindows(epochMillis());
    const keys = keysOf(draft);
    // NOTE: what is folded makes no windows, so a flood of random names has none but that of its source.
    const flood = keys.map((key) => this.#windows.get(key)).find(isFull) ?? this.#begun(keys, draft.action);
    if (flood === undefined) this.#finish(draft, actor);
    else if (flood.fold === undefined) flood.fold = new Fold(draft, actor);
    else flood.fold.add(draft, actor);
  }

  /** Writes what has been folded so far. The windows stay: what comes after is folded again. */
  settle(): void {
    for (const window of this.#windows.values()) {
      window.fold?.write(this.#finish);
      window.fold = undefined;
    }
  }

  /** Counts a record of its own in all of its windows; a window where there is no room for them. */
  #begun(keys: readonly string[], anyOfAction: string): Window | undefined {
    if (this.#windows.size + keys.length > MOST_WINDOWS) return this.#window(anyOfAction, 0);
    keys.forEach((key, index) => {
      this.#window(key, index === 0 ? APART_OF_PAIR : APART_OF_ONE).count += 1;
    });
    return undefined;
  }

  #window(key: string, apart: number): Window {
    const found = this.#windows.get(key);
    if (found !== undefined) return found;
    const window: Window = {
      endMillis: epochMillis() + this.#windowMillis,
      apart,
      count: 0,
      fold: undefined,
    };
    this.#windows.set(key, window);
    if (!this.#isTimed) this.#wakeIn(this.#windowMillis);
    return window;
  }

  #wakeIn(millis: number): void {
    this.#isTimed = true;
    setTimeout(() => {
      this.#isTimed = false;
      this.#endWindows(epochMillis());
      const [oldest] = this.#windows.values();
      // NOTE: windows are in the order of their ends, because all are of one length.
      if (oldest !== undefined) this.#wakeIn(Math.max(1, oldest.endMillis - epochMillis()));
    }, millis).unref();
  }

  #endWindows(nowMillis: number): void {
    for (const [key, window] of this.#windows) {
      if (window.endMillis > nowMillis) return;
      this.#windows.delete(key);
      window.fold?.write(this.#finish);
    }
  }
}

/** The pair comes first: what one source does to one name is told best by a record of just that. */
function keysOf({ action, source_address: source, target_id: name }: Draft): readonly string[] {
  const keys = [`${action}\0pair\0${source}\0${name}`];
  if (source !== '') keys.push(`${action}\0source\0${source}`);
  if (name !== '') keys.push(`${action}\0name\0${name}`);
  return keys;
}

function isFull(window: Window | undefined): boolean {
  return window !== undefined && window.count >= window.apart;
}

/** Many failures in one record: what they have in common, how many, from when to when. */
class Fold {
  readonly #draft: Draft;
  #actor: Actor;
  #count = 1;
  #lastAtNanos: bigint;
  readonly #names = new Set<string>();
  readonly #sources = new Set<string>();

  constructor(draft: Draft, actor: Actor) {
    this.#draft = draft;
    this.#actor = actor;
    this.#lastAtNanos = draft.occurred_at;
    this.#keep(draft);
  }

  add(draft: Draft, actor: Actor): void {
    this.#count += 1;
    if (draft.occurred_at > this.#lastAtNanos) this.#lastAtNanos = draft.occurred_at;
    keepCommon(this.#draft, draft);
    this.#actor = commonActor(this.#actor, actor);
    this.#keep(draft);
  }

  write(finish: Finish): void {
    const draft = this.#draft;
    const [name = ''] = this.#names;
    const [source = ''] = this.#sources;
    draft.target_id = this.#names.size === 1 ? name : '';
    draft.target_ids = this.#names.size === 1 ? [] : [...this.#names];
    draft.source_address = this.#sources.size === 1 ? source : '';
    draft.attributes = { ...draft.attributes, ...this.#attributes() };
    draft.duration_us = Number((this.#lastAtNanos - draft.occurred_at) / 1_000n);
    forgetRequest(draft);
    finish(draft, this.#actor);
  }

  #attributes(): Record<string, string> {
    return {
      'audit.auth.count': String(this.#count),
      'audit.auth.first_at': isoOf(this.#draft.occurred_at),
      'audit.auth.last_at': isoOf(this.#lastAtNanos),
      ...(this.#sources.size > 1 ? { 'audit.auth.sources': [...this.#sources].join(' ') } : {}),
    };
  }

  #keep({ target_id: name, source_address: source }: Draft): void {
    if (this.#names.size < KEPT_NAMES) this.#names.add(name);
    if (this.#sources.size < KEPT_SOURCES) this.#sources.add(source);
  }
}

/** One of many requests must not stand for all of them. */
function forgetRequest(draft: Draft): void {
  draft.request_id = NO_UUID;
  draft.correlation_id = '';
  draft.trace_id = '';
  draft.span_id = '';
  draft.parent_span_id = '';
  draft.source_port = 0;
}

function isoOf(nanos: bigint): string {
  return new Date(Number(nanos / 1_000_000n)).toISOString();
}
