import type { Place, RecordLoader } from './record-loader.js';
import type { FoundRecord } from './search.js';

/** So many are read at once: what is too much is not read to its end. */
const RECORDS_AT_ONCE = 100;

export interface BoundedLoad {
  readonly records: readonly FoundRecord[];
  /** Whether some are left out. */
  readonly isCut: boolean;
}

/**
 * The records at the first of these places, as far as they are not larger together; a larger one comes alone.
 *
 * @param mostBytes Roughly: characters of their JSON.
 */
export async function loadWithin(
  loader: RecordLoader,
  places: readonly Place[],
  mostBytes: number,
  signal?: AbortSignal,
): Promise<BoundedLoad> {
  const records: FoundRecord[] = [];
  let bytes = 0;
  for (const some of slices(places)) {
    for (const record of await loader.load(some, signal)) {
      bytes += JSON.stringify(record).length;
      const last = records.at(-1);
      // NOTE: two of one id and instant are kept together, or the next page would begin behind both.
      if (last !== undefined && bytes > mostBytes && !isSame(last, record)) return { records, isCut: true };
      records.push(record);
    }
  }
  return { records, isCut: false };
}

/** NOTE: the loader gives all records of a place, so none may be in two slices. */
function* slices(places: readonly Place[]): Generator<readonly Place[]> {
  const distinct = [...new Map(places.map((place) => [`${place.nanos} ${place.recordId}`, place])).values()];
  for (let at = 0; at < distinct.length; at += RECORDS_AT_ONCE) {
    yield distinct.slice(at, at + RECORDS_AT_ONCE);
  }
}

function isSame(a: FoundRecord, b: FoundRecord): boolean {
  return a.occurred_at === b.occurred_at && a.record_id === b.record_id;
}
