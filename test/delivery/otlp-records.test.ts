import { createRequire } from 'node:module';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ProtobufLogsSerializer as Serializer } from '@opentelemetry/otlp-transformer';
import { OpenSegment } from '../../src/delivery/segment.ts';
import type { Segment } from '../../src/delivery/segment.ts';
import { bodyOf } from '../../src/delivery/sinks/otlp-body.ts';
import { certificateRecord, logRecordsOf } from '../../src/delivery/sinks/otlp-records.ts';
import { COLUMNS } from '../../src/record/columns.ts';
import { decodeRows } from '../../src/record/decode.ts';
import { OTLP_PLACES } from '../../src/record/otlp-attributes.ts';
import type { StoredRecord } from '../../src/record/record.ts';
import { anyRecord } from '../record/arbitrary-record.ts';
import { storedRecord } from '../record/records.ts';
import { readExport } from './otlp-protobuf.ts';
import type { ReadLog } from './otlp-protobuf.ts';
import { rowOf } from './otlp-rows.ts';
import { itemOf, segmentOf } from './shipments.ts';

const { ProtobufLogsSerializer } = createRequire(import.meta.url)('@opentelemetry/otlp-transformer') as {
  ProtobufLogsSerializer: typeof Serializer;
};

/** As the sink puts them together. */
function exported(segment: Segment): ReadLog[] {
  const pieces = [...logRecordsOf(segment)].map((piece) =>
    ProtobufLogsSerializer.serializeRequest([...piece]),
  );
  return readExport(Buffer.concat(pieces.map((piece) => piece ?? new Uint8Array())));
}

function segmentWith(records: readonly StoredRecord[]): Segment {
  const open = new OpenSegment(records[0]?.chain_id ?? '', 1);
  for (const record of records) open.append(record);
  return open.seal();
}

function rowsOf(segment: Segment): Record<string, unknown>[] {
  return [...decodeRows(segment.rows, segment.columns, 'pairs')];
}

test('Every column of every record comes back as it was, in the order of the segment', () => {
  fc.assert(
    fc.property(fc.array(anyRecord, { minLength: 1, maxLength: 4 }), (records) => {
      const segment = segmentWith(records);
      expect(exported(segment).map(rowOf)).toEqual(rowsOf(segment));
    }),
    { numRuns: 300 },
  );
});

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const hexOf = (digits: number) =>
  fc.stringMatching(new RegExp(`^[0-9a-f]{${digits}}$`)).filter((id) => id.length === digits);

test('Ids as traces have them and any other, and times of clocks gone wrong, come back as they were', () => {
  const fields = fc.record({
    trace_id: fc.oneof(hexOf(32), fc.constantFrom('', '0'.repeat(32), 'A'.repeat(32), 'abc', 'no id')),
    span_id: fc.oneof(hexOf(16), fc.constantFrom('', '0'.repeat(16), 'F'.repeat(16), 'é')),
    occurred_at: int64,
    recorded_at: int64,
  });
  fc.assert(
    fc.property(fields, (values) => {
      const segment = segmentWith([storedRecord(values)]);
      expect(exported(segment).map(rowOf)).toEqual(rowsOf(segment));
    }),
    { numRuns: 300 },
  );
});

test('Of a map its order travels, and a name that comes twice', () => {
  const newValues = { b: '1', 10: '2', 2: '3', '\ud800': 'x', '\udfff': 'y', __proto__x: 'z' };
  const [log] = exported(segmentWith([storedRecord({ new_values: newValues })]));
  expect(log?.attributes.get('audit.new_values')).toBe(
    '{"2":"3","10":"2","b":"1","\ufffd":"x","\ufffd":"y","__proto__x":"z"}',
  );
});

test('Every column has a place of its own, and none that is not there', () => {
  expect(Object.keys(OTLP_PLACES)).toEqual(COLUMNS.map(({ name }) => name));
  const places = Object.values(OTLP_PLACES).map((place) => `${place.in} ${place.name}`);
  expect(new Set(places).size).toBe(places.length);
});

test('What is empty does not travel', () => {
  const [log] = exported(
    segmentWith([storedRecord({ service_version: '', host_name: '', process_id: 0, sequence: 1 })]),
  );
  expect([...log!.resource.keys()].sort()).toEqual([
    'deployment.environment.name',
    'service.instance.id',
    'service.name',
  ]);
  expect([...log!.attributes.keys()].sort()).toEqual([
    'audit.action',
    'audit.actor.assurance',
    'audit.actor.type',
    'audit.category',
    'audit.chain.id',
    'audit.outcome',
    'audit.record.id',
    'audit.schema_version',
    'audit.segment.id',
    'audit.sequence',
  ]);
});

test('For other receivers, a log says its event, its severity as a number and when it was recorded', () => {
  const numbers = ['info', 'notice', 'warning', 'error', 'odd'].map((severity) => {
    const [log] = exported(segmentWith([storedRecord({ severity, occurred_at: 5_000n, recorded_at: 7n })]));
    expect(log).toMatchObject({
      eventName: 'audit.record',
      timeUnixNano: 5_000n,
      observedTimeUnixNano: 7_000n,
    });
    return log?.severityNumber;
  });
  expect(numbers).toEqual([9, 10, 13, 17, 0]);
});

test('Rows that follow each other share a resource where all six values are the same, and only those', () => {
  const names = ['a', 'a', 'b', 'a', 'a'];
  const logs = exported(segmentWith(names.map((service_name) => storedRecord({ service_name }))));
  expect(logs.map(({ resourceIndex }) => resourceIndex)).toEqual([0, 0, 1, 2, 2]);
  const varied: Partial<StoredRecord>[] = [
    {},
    { service_version: '2' },
    { service_instance: '2' },
    { environment: '2' },
    { host_name: '2' },
    { process_id: 2 },
    {},
  ];
  const each = exported(segmentWith(varied.map((values) => storedRecord(values))));
  expect(each.map(({ resourceIndex }) => resourceIndex)).toEqual([0, 1, 2, 3, 4, 5, 6]);
});

test('A segment of 10,000 rows is made in pieces of at most a hundred, in order, and the same each time', () => {
  const segment = segmentOf(10_000);
  const sizes = [...logRecordsOf(segment)].map((piece) => piece.length);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(100);
  const sequences = exported(segment).map(({ attributes }) => attributes.get('audit.sequence'));
  expect(sequences).toEqual(Array.from({ length: 10_000 }, (_, index) => BigInt(index + 1)));
  const [one, other] = [segment, segment].map((each) =>
    [...logRecordsOf(each)].map((piece) => ProtobufLogsSerializer.serializeRequest([...piece])),
  );
  expect(one).toEqual(other);
});

test('Large records are a piece for each', () => {
  const large = segmentOf(5, { record: () => ({ request_body: 'x'.repeat(100_000) }) });
  expect([...logRecordsOf(large)].map((piece) => piece.length)).toEqual([1, 1, 1, 1, 1]);
});

test('Rows that lie in several buffers are read where they lie', () => {
  const open = new OpenSegment(segmentOf(1).chainId, 1);
  for (let sequence = 1; sequence <= 1_000; sequence++)
    open.append(storedRecord({ sequence, error_message: 'x'.repeat(1_000) }));
  const held = open.hold();
  expect(held.pieces.length).toBeGreaterThan(1);
  expect([...logRecordsOf(held)].flat()).toEqual([...logRecordsOf(open.seal())].flat());
});

test.each(['gzip', 'none'] as const)(
  'The application has its turn between any two pieces (%s)',
  async (compression) => {
    let turns = 0;
    let isOver = false;
    const turn = (): void => {
      turns += 1;
      if (!isOver) setImmediate(turn);
    };
    setImmediate(turn);
    const seen: number[] = [];
    function* pieces(): Generator<Uint8Array> {
      for (let index = 0; index < 50; index++) {
        seen.push(turns);
        yield Buffer.alloc(10_000, index);
      }
    }
    await bodyOf(pieces(), compression);
    isOver = true;
    expect(seen).toHaveLength(50);
    for (const [index, count] of seen.entries())
      if (index > 0) expect(count).toBeGreaterThan(seen[index - 1]!);
  },
);

test('A segment of a version with columns that are not known here is not sent without them', () => {
  const segment = segmentOf(1);
  const columns = [...segment.columns, ['new_column', 'String'] as const];
  const newer = { ...segment, columns, rows: Buffer.concat([segment.rows, Buffer.from('\u0003abc')]) };
  expect(() => [...logRecordsOf(newer)]).toThrow(/new_column/);
});

test('A certificate is an event of its own, of the process that sealed the segment', () => {
  const { seal } = itemOf(segmentOf(3));
  const certificate = { seal: seal.text, shortfall: '', signature: 'a..b', keyId: 'k' };
  const [log] = readExport(
    Buffer.from(ProtobufLogsSerializer.serializeRequest([certificateRecord(certificate)])!),
  );
  expect(log).toMatchObject({
    eventName: 'audit.segment',
    timeUnixNano: BigInt(seal.seal.sealedAt) * 1_000n,
    traceId: '',
  });
  expect(Object.fromEntries(log!.attributes)).toEqual({
    'audit.seal': seal.text,
    'audit.signature': 'a..b',
    'audit.key.id': 'k',
  });
  expect(Object.fromEntries(log!.resource)).toEqual({
    'service.name': 'test',
    'host.name': 'here',
    'process.pid': 1n,
  });
});
