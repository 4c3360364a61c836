import type { Certificate } from '../../integrity/certificate.js';
import type { Segment } from '../segment.js';

/** What became of a segment. Never thrown: a sink returns it. */
export type SinkResult =
  | { readonly status: 'accepted' }
  /** Not now: the same segment is sent again, after `retryAfterMillis` where the sink said so. */
  | { readonly status: 'retry'; readonly reason: string; readonly retryAfterMillis?: number }
  /** Not ever: the sink refuses the content. */
  | { readonly status: 'refused'; readonly reason: string };

export interface SendOptions {
  /**
   * True where the segment may have arrived long ago, so that the sink may no longer know it by its token: it is asked
   * which rows it has, and only gets the others.
   */
  readonly mayBeOld: boolean;
  /** Smallest and largest `occurred_at` of the whole segment, in nanoseconds: where a store has to look for its rows. */
  readonly occurred?: { readonly from: string; readonly to: string };
  /** By which the sink knows the insert again. @default the segment's id; a part of a segment has one of its own */
  readonly token?: string;
}

/** Where segments go. */
export interface Sink {
  /** Named in messages, without credentials. */
  readonly name: string;
  /** What is wrong where it refuses a segment that has no rows, and what mends it. Missing where it refuses none. */
  readonly mendOfRefusal?: string;
  /** Sends one segment; sending the same one again must not make its records twice. */
  send(segment: Segment, options: SendOptions): Promise<SinkResult>;
  /** Says of a delivered segment what was promised; missing where a sink has no place for it. */
  certify?(certificate: Certificate, segmentId: string): Promise<SinkResult>;
  close(): Promise<void>;
}
