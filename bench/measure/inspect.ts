import type { Stage } from '../stage/stage.ts';
import { VARIANTS } from '../variants/variants.ts';
import type { VariantName } from '../variants/variants.ts';
import {
  compareEvents,
  compareRecords,
  compareSpans,
  expectedEvents,
  expectedRecords,
  expectedSpans,
  expectedWideEvents,
} from './arrivals.ts';
import type { Doings } from './arrivals.ts';

export interface Arrivals {
  /** Records, spans or events that arrived. */
  readonly arrived: number;
  readonly problems: readonly string[];
}

/** Counts, at its sink, what a process has left behind. */
export async function inspectArrivals(
  stage: Stage,
  variant: VariantName,
  instance: string,
  doings: Doings,
): Promise<Arrivals> {
  const { sends, recordsReads = false, recordsBodies = false } = VARIANTS[variant];
  const recorded = { reads: recordsReads, bodies: recordsBodies };
  if (sends === 'spans') {
    const expected = expectedSpans(doings);
    const spans = await stage.sink.take(expected);
    return { arrived: spans.http + spans.pg, problems: compareSpans(expected, spans) };
  }
  if (sends === 'events') {
    const events = await stage.eventTables.events();
    return { arrived: events.rows, problems: compareEvents(expectedEvents(doings, recorded), events) };
  }
  if (sends === 'wide-events') {
    const events = await stage.eventTables.wideEvents(instance);
    return { arrived: events.rows, problems: compareEvents(expectedWideEvents(doings, recorded), events) };
  }
  const stored = await stage.register.recordsOf(instance);
  const expected = sends === 'records' ? expectedRecords(doings, recorded) : [];
  return {
    arrived: stored.reduce((sum, { records }) => sum + records, 0),
    problems: compareRecords(expected, stored),
  };
}
