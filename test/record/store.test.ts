import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OpenSegment } from '../../src/delivery/segment.ts';
import { createClickHouseSink } from '../../src/delivery/sinks/clickhouse.ts';
import type { Sink } from '../../src/delivery/sinks/sink.ts';
import { createLog } from '../../src/log.ts';
import { COLUMNS } from '../../src/record/columns.ts';
import { decodeRecords } from '../../src/record/decode.ts';
import { toJsonLine } from '../../src/record/json.ts';
import type { StoredRecord } from '../../src/record/record.ts';
import { uuidV4 } from '../../src/record/uuid.ts';
import { useClickHouse } from '../support/clickhouse.ts';
import { EDGE_RECORDS } from './edge-values.ts';
import { anyRecord, wellFormed } from './arbitrary-record.ts';
import { storedRecord } from './records.ts';

const NAMES = COLUMNS.map(({ name }) => name).join(', ');
type Row = Readonly<Record<string, unknown>>;

const NANOS_PER_DAY = 86_400_000_000_000n;

describe('records in ClickHouse', () => {
  const store = useClickHouse();
  let sink: Sink;
  beforeAll(() => {
    sink = createClickHouseSink(store().config(), createLog('silent'));
  });
  afterAll(() => sink.close());

  async function insert(records: readonly StoredRecord[]): Promise<string> {
    const chain = uuidV4();
    const segment = new OpenSegment(chain, 1);
    records.forEach((record, index) => segment.append({ ...record, chain_id: chain, sequence: index + 1 }));
    expect(await sink.send(segment.seal(), { mayBeOld: false })).toEqual({ status: 'accepted' });
    return chain;
  }

  async function bytesOf(chain: string): Promise<Buffer> {
    const { stream } = await store().client.exec({
      query: `SELECT ${NAMES} FROM audit.records WHERE chain_id = {chain: UUID} ORDER BY sequence FORMAT RowBinary`,
      query_params: { chain },
    });
    return buffer(stream);
  }

  it('read back as they were, whatever is in them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyRecord, { minLength: 50, maxLength: 200 }), async (generated) => {
        const records = generated.map((record) => ({ ...record, occurred_at: recent(record.occurred_at) }));
        const chain = await insert(records);
        const stored = [...decodeRecords(await bytesOf(chain))];
        expect(stored).toEqual(
          records.map((record, index) => wellFormed({ ...record, chain_id: chain, sequence: index + 1 })),
        );
      }),
      { numRuns: 12 },
    );
  });

  it('mean the same to ClickHouse: every column with every value at the edge of its type', async () => {
    // NOTE: some of these times are past the retention.
    await store().client.command({ query: 'SYSTEM STOP MERGES audit.records' });
    const chain = await insert(EDGE_RECORDS.map(({ record }) => record));
    const { stream } = await store().client.exec({
      query: `SELECT ${NAMES} FROM audit.records WHERE chain_id = {chain: UUID} ORDER BY sequence FORMAT JSONEachRow
        SETTINGS output_format_json_quote_64bit_integers = 0`,
      query_params: { chain },
    });
    const rows = (await buffer(stream))
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Row);
    expect(rows).toHaveLength(EDGE_RECORDS.length);
    EDGE_RECORDS.forEach(({ column, record, meant }, index) => {
      const row = rows[index] as Row;
      // NOTE: as text, where a key `__proto__` counts like any other.
      expect([column, JSON.stringify(row[column])]).toEqual([column, JSON.stringify(meant)]);
      expect(row['record_id']).toBe(record.record_id.toLowerCase());
    });
  });

  it('show the same as their JSON lines', async () => {
    const record = storedRecord({
      occurred_at: recent(123_456_789n),
      recorded_at: recent(0n) / 1_000n,
      source_address: 'fe80::1%eth0',
      duration_us: Number.MAX_SAFE_INTEGER,
      actor_roles: ['a', 'ü'],
      new_values: { note: 'line\nbreak', __proto__: 'x' },
      error_message: '\0 and 😀',
    });
    const chain = await insert([record]);
    const [row] = await store().query(
      `SELECT toString(source_address) AS source_address, toString(duration_us) AS duration_us, actor_roles, new_values, error_message,
        concat(replaceOne(toString(occurred_at), ' ', 'T'), 'Z') AS occurred_at, toString(record_id) AS record_id
      FROM audit.records WHERE chain_id = {chain: UUID}`,
      { chain },
    );
    const [decoded] = decodeRecords(await bytesOf(chain));
    const line = JSON.parse(toJsonLine(decoded as StoredRecord)) as Record<string, unknown>;
    expect(row).toEqual({
      source_address: line['source_address'],
      duration_us: String(line['duration_us']),
      actor_roles: line['actor_roles'],
      new_values: line['new_values'],
      error_message: line['error_message'],
      occurred_at: line['occurred_at'],
      record_id: line['record_id'],
    });
  });
});

/** A time of the last thirty days: older ones would be of other partitions, and removed. */
function recent(nanos: bigint): bigint {
  return BigInt(Date.now()) * 1_000_000n - (nanos % (30n * NANOS_PER_DAY));
}
