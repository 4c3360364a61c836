import type { Segment } from '../segment.js';

/** What became of a segment. Never thrown: a sink returns it. */
export type SinkResult =
  | { readonly status: 'accepted' }
  /** Not now: the same segment is sent again, after `retryAfterMillis` where the sink said so. */
  | { readonly status: 'retry'; readonly reason: string; readonly retryAfterMillis?: number }
  /** Not ever: the sink refuses the content. */
  | { readonly status: 'refused'; readonly reason: string };

/** Where segments go. */
export interface Sink {
  /** Named in messages, without credentials. */
  readonly name: string;
  /** Sends one segment; sending the same one again must not make its records twice. */
  send(segment: Segment): Promise<SinkResult>;
  close(): Promise<void>;
}
