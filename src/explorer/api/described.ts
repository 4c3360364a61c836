import type { FoundRecord } from '../../search/search.js';
import { describeRecord } from '../../search/sentence.js';
import type { Sentence } from '../../search/sentence.js';

/** A record as people read it, and as it is. */
export interface Described {
  readonly record: FoundRecord;
  readonly sentence: Sentence;
}

export function described(record: FoundRecord): Described {
  return { record, sentence: describeRecord(record) };
}
