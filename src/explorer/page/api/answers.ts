import type { FoundRecord } from '../../../search/search.js';
import type { Sentence } from '../../../search/sentence.js';

/** What the explorer's server answers (docs/explorer.md). */
export interface Described {
  readonly record: FoundRecord;
  readonly sentence: Sentence;
}

export interface Session {
  readonly version: string;
  readonly store: { readonly url: string; readonly database: string; readonly user: string };
  readonly now: string;
  readonly newestAt?: string | null;
  readonly delaySeconds: number;
  readonly isEmpty: boolean;
  readonly fields: readonly SearchField[];
}

export interface SearchField {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly kind: string;
  readonly meaning: string;
  readonly values?: readonly string[];
}

export interface RecordsAnswer {
  readonly records: readonly Described[];
  readonly next?: string;
}

export interface RecordAnswer extends Described {
  readonly request: readonly Described[];
  readonly integrity: SegmentState;
}

export interface Suggestion {
  readonly value: string;
  readonly count: number;
}

export type Outcome = 'ok' | 'failed' | 'denied' | 'rolled_back' | 'unknown';

export interface Histogram {
  readonly from: string;
  readonly to: string;
  readonly bucketSeconds: number;
  readonly buckets: readonly Bucket[];
  readonly total: number;
}

export interface Bucket {
  readonly at: string;
  readonly counts: Readonly<Record<Outcome, number>>;
}

export interface FieldChange {
  readonly field: string;
  readonly before?: string;
  readonly after?: string;
}

export interface ObjectChange extends Described {
  readonly fields: readonly FieldChange[];
}

/** The latest changes; with `next` there are earlier ones. */
export interface ObjectAnswer {
  readonly changes: readonly ObjectChange[];
  readonly next?: string;
}

export type Soundness = 'intact' | 'altered' | 'unverified' | 'unsealed' | 'unvouched' | 'of-no-chain';

export interface SegmentState {
  readonly state: Soundness;
  readonly isCertified: boolean;
  readonly isSigned: boolean;
  readonly keyId: string;
  readonly promised: number;
  readonly stored: number;
}

export interface IntegrityAnswer {
  readonly segments: Readonly<Record<string, SegmentState>>;
}

export interface Counted {
  readonly value: string;
  readonly count: number;
  readonly firstAt?: string;
  readonly lastAt?: string;
}

export interface ActorSummary {
  readonly actorId: string;
  readonly names: readonly Counted[];
  readonly types: readonly Counted[];
  readonly assurances: readonly Counted[];
  readonly firstAt: string;
  readonly lastAt: string;
  readonly total: number;
  readonly counts: Readonly<Record<Outcome, number>>;
  readonly addresses: readonly Counted[];
  readonly sessions: readonly Counted[];
  readonly agents: readonly Counted[];
  /** Records in each hour of the day, UTC. */
  readonly hours: readonly number[];
  /** Who acted as this actor. */
  readonly impersonatedBy: readonly Counted[];
  /** As whom this actor acted. */
  readonly impersonated: readonly Counted[];
}
