import type { RowBounds } from '../record/row-bounds.js';
import { rowBounds } from '../record/row-bounds.js';
import type { Segment } from './segment.js';
import { partOf, partToken } from './segment-part.js';
import type { SinkResult } from './sinks/sink.js';

/**
 * Parts of one segment that are tried. A refused row among 10,000 takes 28; where so many are refused that this is not
 * enough, the parts that are left are refused as they are.
 */
const MOST_PARTS = 2_000;

/** Rows that the sink refuses, and why. */
export interface RefusedPart {
  readonly part: Segment;
  readonly reason: string;
}

export type DivisionResult =
  | { readonly status: 'divided'; readonly accepted: readonly RowBounds[]; readonly refused: RefusedPart[] }
  | { readonly status: 'stopped' }
  | Extract<SinkResult, { status: 'retry' }>;

export type SendPart = (part: Segment, token: string) => Promise<SinkResult>;

/**
 * Finds the rows of a refused segment that the sink refuses, by halves; all others are stored. Remembers what it knows of each
 * part, so that it can be taken up where the sink went away. Another process divides in the same way, with the same tokens.
 */
export class Division {
  readonly #known = new Map<string, string | true>();

  /**
   * @param reason Why the segment was refused as a whole.
   * @param mayGoOn Asked before each part.
   */
  async divide(
    segment: Segment,
    reason: string,
    send: SendPart,
    mayGoOn: () => boolean,
  ): Promise<DivisionResult> {
    const rows = rowBounds(segment.rows, segment.columns);
    // NOTE: columns of a version that is not known here.
    if (rows === undefined) return { status: 'divided', accepted: [], refused: [{ part: segment, reason }] };
    const accepted: RowBounds[] = [];
    const refused: RefusedPart[] = [];
    const queue: { rows: readonly RowBounds[]; reason: string }[] = [{ rows, reason }];
    let tried = 0;
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      if (next.rows.length === 1 || tried >= MOST_PARTS) {
        refused.push({ part: partOf(segment, next.rows), reason: next.reason });
        continue;
      }
      for (const half of halves(next.rows)) {
        if (!mayGoOn()) return { status: 'stopped' };
        tried += 1;
        const result = await this.#try(partOf(segment, half), send);
        if (result.status === 'retry') return result;
        if (result.status === 'accepted') accepted.push(...half);
        else queue.push({ rows: half, reason: result.reason });
      }
    }
    return { status: 'divided', accepted: accepted.sort(bySequence), refused: refused.sort(byFirst) };
  }

  async #try(part: Segment, send: SendPart): Promise<SinkResult> {
    const token = partToken(part);
    const known = this.#known.get(token);
    if (known === true) return { status: 'accepted' };
    if (known !== undefined) return { status: 'refused', reason: known };
    const result = await send(part, token);
    if (result.status !== 'retry') this.#known.set(token, result.status === 'accepted' || result.reason);
    return result;
  }
}

function halves(rows: readonly RowBounds[]): (readonly RowBounds[])[] {
  const middle = Math.ceil(rows.length / 2);
  return [rows.slice(0, middle), rows.slice(middle)];
}

function bySequence(a: RowBounds, b: RowBounds): number {
  return a.start - b.start;
}

function byFirst(a: RefusedPart, b: RefusedPart): number {
  return a.part.firstSequence - b.part.firstSequence;
}
