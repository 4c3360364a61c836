import type { FoundRecord } from '../../search/search.js';
import { describeRecord } from '../../search/sentence.js';
import { createRecordTable } from './record-table.js';
import type { RecordTableOptions } from './record-table.js';

/** Stands before what was done in a request whose own record is above it. */
const BRANCH = '└ ';
const NO_REQUEST = /^[0-]*$/;

/** Records as a table, those of one request together: first the request, then what was done in it, in order. */
export function formatByRequest(records: readonly FoundRecord[], options: RecordTableOptions): string[] {
  const table = createRecordTable(options);
  return [
    table.title(),
    ...[...Map.groupBy(records, requestOf).values()].flatMap((group) => {
      const [first, ...rest] = group.toSorted(inOrder);
      if (first === undefined) return [];
      const isWhole = first.category === 'http';
      return [
        ...table.lines(first, describeRecord(first)),
        ...rest.flatMap((record) => {
          const sentence = describeRecord(record);
          return table.lines(record, isWhole ? { ...sentence, did: BRANCH + sentence.did } : sentence);
        }),
      ];
    }),
  ];
}

/** What belongs to no request stands alone. */
function requestOf(record: FoundRecord): string {
  const request = String(record['request_id'] ?? '');
  return NO_REQUEST.test(request) ? record.record_id : request;
}

/** The request comes before what was done in it, whenever its record was made. */
function inOrder(a: FoundRecord, b: FoundRecord): number {
  const rank = ({ category }: FoundRecord): number => (category === 'http' ? 0 : 1);
  return (
    rank(a) - rank(b) || a.occurred_at.localeCompare(b.occurred_at) || a.record_id.localeCompare(b.record_id)
  );
}
