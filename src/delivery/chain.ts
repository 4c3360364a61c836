import { sealText } from '../integrity/seal.js';
import type { ChainEnd, ProcessName, SealCounts, SealText, SegmentKind } from '../integrity/seal.js';
import { nowMicros } from '../record/clock.js';
import { SCHEMA_VERSION } from '../record/columns.js';
import type { AuditRecord } from '../record/record.js';
import { uuidV4 } from '../record/uuid.js';
import { NAMED_TYPES, OpenSegment } from './segment.js';
import type { SegmentHead } from './spool/spool.js';

/** A segment of the chain that still takes records, and what its file begins with. */
export interface OpenPart {
  readonly segment: OpenSegment;
  readonly head: SegmentHead;
}

/**
 * The evidence of one run of a process or worker thread: gives records their sequence, segments their number, and seals
 * that name each other. Ends with its `closing` segment.
 */
export class Chain {
  readonly id = uuidV4();
  readonly #process: ProcessName;
  readonly #predecessors: readonly ChainEnd[];
  #sequence = 0;
  #number = 0;
  #previous = '';

  constructor(process: ProcessName, predecessors: readonly ChainEnd[]) {
    this.#process = process;
    this.#predecessors = predecessors;
  }

  begin(): OpenPart {
    this.#number += 1;
    const segment = new OpenSegment(this.id, this.#sequence + 1);
    const head: SegmentHead = {
      format: 1,
      segment: segment.id,
      chain: this.id,
      number: this.#number,
      firstSequence: segment.firstSequence,
      previous: this.#previous,
      predecessors: this.#number === 1 ? this.#predecessors : [],
      schema: SCHEMA_VERSION,
      columns: NAMED_TYPES,
      process: this.#process,
      openedAt: String(nowMicros()),
    };
    return { segment, head };
  }

  /** @throws TypeError for a record that cannot be encoded; its sequence is then given to the next. */
  append({ segment }: OpenPart, record: AuditRecord): void {
    const sequence = this.#sequence + 1;
    segment.appendAt(record, {
      chain_id: this.id,
      sequence,
      segment_id: segment.id,
      schema_version: SCHEMA_VERSION,
    });
    this.#sequence = sequence;
  }

  /** NOTE: all rows of the segment must have been taken, for the digest is over what was. */
  seal({ segment, head }: OpenPart, kind: SegmentKind, counts: SealCounts): SealText {
    const sealed = sealText({
      format: 1,
      chain: head.chain,
      number: head.number,
      segment: head.segment,
      kind,
      first: segment.firstSequence,
      last: segment.lastSequence,
      rows: segment.rowCount,
      digest: segment.digest(),
      previous: head.previous,
      predecessors: head.predecessors,
      occurredFrom: String(segment.occurred.from),
      occurredTo: String(segment.occurred.to),
      openedAt: head.openedAt,
      sealedAt: String(nowMicros()),
      schema: head.schema,
      process: head.process,
      counts,
    });
    this.#previous = sealed.hash;
    return sealed;
  }
}
