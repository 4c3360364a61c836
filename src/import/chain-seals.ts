import type { Seal } from '../integrity/seal.js';
import type { StoredSegment } from './stored-segment.js';

/** The last certificate of a chain. */
export interface ChainHead {
  /** 0 where there is none. */
  readonly number: number;
  readonly hash: string;
  /** Last sequence that is certified. */
  readonly last: number;
}

export const NO_HEAD: ChainHead = { number: 0, hash: '', last: 0 };

/**
 * The seal of a segment that is in the register: the same to the letter, whichever importer makes it, because it is made of
 * nothing but what is stored.
 *
 * NOTE: process 0 of no host: history has no process that could fall silent, so its chain is never closed, and a later
 * import goes on with it.
 */
export function sealOfStored(chain: string, stored: StoredSegment, head: ChainHead): Seal {
  const { digest, first, last, occurredFrom, occurredTo, rows, schema } = stored;
  return {
    format: 1,
    chain,
    number: head.number + 1,
    segment: stored.id,
    kind: 'records',
    first,
    last,
    rows,
    digest,
    previous: head.hash,
    predecessors: [],
    occurredFrom,
    occurredTo,
    openedAt: stored.storedFrom,
    sealedAt: stored.storedTo,
    schema,
    process: {
      service: stored.service,
      version: '',
      instance: '',
      environment: stored.environment,
      host: '',
      pid: 0,
    },
    counts: { appended: last, delivered: last, dropped: 0, dead: 0 },
  };
}
