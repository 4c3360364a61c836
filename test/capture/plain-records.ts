import type { RecordRow } from '../support/preloaded.ts';

/** What differs from run to run, whoever made the spans. */
const VARYING = new Set([
  'record_id',
  'occurred_at',
  'recorded_at',
  'duration_us',
  'source_port',
  'service_instance',
  'process_id',
  'chain_id',
  'sequence',
  'segment_id',
  'db_backend_pid',
]);

const IDS = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|\b[0-9a-f]{32}\b|\b[0-9a-f]{16}\b/g;

/** A value without the names of what is new in each run: the same id has the same number wherever it stands. */
export function withNumbers(value: unknown): unknown {
  const numbers = new Map<string, string>();
  const text = JSON.stringify(value).replaceAll(IDS, (id) => {
    const number = numbers.get(id) ?? `#${numbers.size + 1} of ${id.length}`;
    numbers.set(id, number);
    return number;
  });
  return JSON.parse(text) as unknown;
}

/** Records without what differs from run to run, in an order of their own. */
export function plain(records: readonly RecordRow[]): readonly Readonly<Record<string, unknown>>[] {
  const kept = records.map((record) =>
    Object.fromEntries(Object.entries(record).filter(([name]) => !VARYING.has(name))),
  );
  return kept.sort((one, other) => orderOf(one).localeCompare(orderOf(other)));
}

/** By what was done, not by when it was written: both are the same, the second is a matter of luck. */
function orderOf(record: Readonly<Record<string, unknown>>): string {
  return `${String(record['category'])} ${JSON.stringify(record).replaceAll(IDS, '')}`;
}
