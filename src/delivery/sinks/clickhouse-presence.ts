import type { ClickHouseClient } from '../../store/client.js';
import type { Segment } from '../segment.js';
import { ACCESS_DENIED, codeOf } from './clickhouse-errors.js';
import { exchange } from './clickhouse-exchange.js';

/** Nanoseconds since the epoch; what is outside need not be looked through. */
export interface Span {
  readonly from: string;
  readonly to: string;
}

/** NOTE: an answer that fails in its middle must not look like one that is short. */
const SETTINGS = { wait_end_of_query: 1 } as const;

/**
 * Sequences of the rows of a segment that the store has. Undefined where the user may not ask, for which it needs
 * `SELECT(chain_id, segment_id, sequence)`, and `occurred_at` too for not looking through everything.
 */
export async function sequencesThere(
  client: ClickHouseClient,
  table: string,
  segment: Segment,
  occurred: Span | undefined,
  timeoutMillis: number,
): Promise<ReadonlySet<number> | undefined> {
  const condition =
    'chain_id = {chain: UUID} AND segment_id = {segment: UUID} AND sequence BETWEEN {first: UInt64} AND {last: UInt64}';
  const time =
    "occurred_at BETWEEN fromUnixTimestamp64Nano({from: Int64}, 'UTC') AND fromUnixTimestamp64Nano({to: Int64}, 'UTC')";
  const ask = async (where: string): Promise<ReadonlySet<number>> => {
    const query = `SELECT DISTINCT sequence FROM ${table} WHERE ${where} FORMAT TabSeparated`;
    const params = {
      chain: segment.chainId,
      segment: segment.id,
      first: segment.firstSequence,
      last: segment.lastSequence,
      ...occurred,
    };
    const text = await exchange(client, { query, params, settings: SETTINGS }, timeoutMillis);
    return new Set(text === '' ? [] : text.split('\n').map(Number));
  };
  try {
    if (occurred !== undefined) return await ask(`${condition} AND ${time}`);
  } catch (error) {
    if (codeOf(error) !== ACCESS_DENIED) throw error;
  }
  try {
    return await ask(condition);
  } catch (error) {
    if (codeOf(error) !== ACCESS_DENIED) throw error;
    return undefined;
  }
}
