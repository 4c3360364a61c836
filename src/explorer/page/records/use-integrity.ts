import { useEffect, useRef } from 'preact/hooks';
import { api } from '../api/api.js';
import type { Asked } from '../api/api.js';
import type { Described, IntegrityAnswer, SegmentState } from '../api/answers.js';
import { useLoaded } from '../api/use-loaded.js';
import type { Loaded } from '../api/use-loaded.js';

/** Records whose segments are checked with one question. */
const BLOCK = 100;

export interface SeenIntegrity {
  readonly phase: Loaded<unknown>['phase'];
  readonly error: Loaded<unknown>['error'];
  /** Of all records that have been in sight. */
  readonly segments: readonly SegmentState[];
  readonly records: number;
}

/**
 * How sound the segments are of what is in sight. Checking is work for the store, so it goes along with the reader: a block of
 * records when its first one comes into sight.
 */
export function useIntegrity(rows: readonly Described[], firstInSight: number, asked: Asked): SeenIntegrity {
  const seen = useRef({ asked, segments: new Map<string, SegmentState>(), records: 0 });
  if (seen.current.asked !== asked) seen.current = { asked, segments: new Map(), records: 0 };
  const begin = Math.floor(Math.max(0, firstInSight) / BLOCK) * BLOCK;
  const ids = rows.slice(begin, begin + BLOCK).map(({ record }) => record.record_id);
  const key = `${ids.length} ${ids[0] ?? ''} ${ids.at(-1) ?? ''}`;
  const { value, phase, error } = useLoaded(
    (signal): Promise<IntegrityAnswer> =>
      ids.length === 0 ? Promise.resolve({ segments: {} }) : api.integrity(ids, asked, signal),
    key,
  );
  const counted = useRef('');
  useEffect(() => {
    counted.current = '';
  }, [asked]);
  if (phase === 'done' && value !== undefined && counted.current !== key) {
    counted.current = key;
    seen.current.records += ids.length;
    for (const [id, state] of Object.entries(value.segments)) seen.current.segments.set(id, state);
  }
  return { phase, error, segments: [...seen.current.segments.values()], records: seen.current.records };
}
