import { Buffer } from 'node:buffer';
import { digestOf, sealText } from '../../integrity/seal.js';
import type { Seal, SealCounts, SealText } from '../../integrity/seal.js';
import { decodeRows } from '../../record/decode.js';
import { uuidV5 } from '../../record/uuid.js';
import { NAMED_TYPES } from '../segment.js';
import type { NamedType } from '../segment.js';
import { rowCountOf, rowsOf } from './segment-content.js';
import type { SegmentContent } from './segment-content.js';
import type { SegmentHead } from './spool.js';
import { setImmediate } from '../../timers.js';

const ROWS_AT_ONCE = 200;
const NO_COUNTS: SealCounts = { appended: 0, delivered: 0, dropped: 0, dead: 0 };

/**
 * The seal of a segment whose process died before it made one. Whoever makes it makes the same: it is decided by what was
 * left, not by who finds it or when.
 */
export async function sealLeft(
  head: SegmentHead,
  content: SegmentContent,
  before: SealText | undefined,
): Promise<SealText> {
  const rows = rowsOf(content);
  const times = await timesOf(rows, head.columns);
  const counts = before?.seal.counts ?? NO_COUNTS;
  const last = content.lastSequence;
  return sealText({
    ...linkOf(head),
    // NOTE: the file of a segment is begun with its first rows: without any, all that it says is where the chain stands.
    kind: last < head.firstSequence ? 'abandoned' : 'records',
    last,
    rows: rowCountOf(content),
    digest: digestOf(rows),
    occurredFrom: times.from,
    occurredTo: times.to,
    sealedAt: times.recorded ?? head.openedAt,
    counts: { ...counts, appended: Math.max(counts.appended, last) },
  });
}

/**
 * The end of a chain whose process died, and the head of its file.
 *
 * @param number One behind the last that can be read, and behind those that cannot: what was lost stays visible.
 */
export function closeLeft(
  last: SealText,
  number: number,
  columns: readonly NamedType[] = NAMED_TYPES,
): { readonly head: SegmentHead; readonly seal: SealText } {
  const { seal } = last;
  const head: SegmentHead = {
    format: 1,
    segment: uuidV5(seal.chain, `abandoned ${number}`),
    chain: seal.chain,
    number,
    firstSequence: seal.last + 1,
    previous: number === seal.number + 1 ? last.hash : '',
    predecessors: [],
    schema: seal.schema,
    columns,
    process: seal.process,
    openedAt: seal.sealedAt,
  };
  const closing = sealText({
    ...linkOf(head),
    kind: 'abandoned',
    last: seal.last,
    rows: 0,
    digest: digestOf(Buffer.alloc(0)),
    occurredFrom: '0',
    occurredTo: '0',
    sealedAt: seal.sealedAt,
    counts: seal.counts,
  });
  return { head, seal: closing };
}

function linkOf(
  head: SegmentHead,
): Pick<
  Seal,
  | 'format'
  | 'chain'
  | 'number'
  | 'segment'
  | 'first'
  | 'previous'
  | 'predecessors'
  | 'openedAt'
  | 'schema'
  | 'process'
> {
  const { chain, number, segment, firstSequence, previous, predecessors, openedAt, schema, process } = head;
  return {
    format: 1,
    chain,
    number,
    segment,
    first: firstSequence,
    previous,
    predecessors,
    openedAt,
    schema,
    process,
  };
}

interface Times {
  readonly from: string;
  readonly to: string;
  readonly recorded: string | undefined;
}

const NO_TIMES: Times = { from: '0', to: '0', recorded: undefined };

/** Of rows that this version cannot read, which are sent all the same, no times are known. */
async function timesOf(rows: Buffer, columns: readonly NamedType[]): Promise<Times> {
  let [from, to, recorded, count] = [0n, 0n, 0n, 0];
  try {
    for (const row of decodeRows(rows, columns)) {
      const [at, made] = [row['occurred_at'] as bigint, row['recorded_at'] as bigint];
      if (count === 0 || at < from) from = at;
      if (count === 0 || at > to) to = at;
      if (made > recorded) recorded = made;
      count += 1;
      // NOTE: the application goes first: ten thousand rows in one go would hold it up.
      if (count % ROWS_AT_ONCE === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  } catch {
    return NO_TIMES;
  }
  return count === 0 ? NO_TIMES : { from: String(from), to: String(to), recorded: String(recorded) };
}
