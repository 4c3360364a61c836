import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { COLUMNS } from '../../src/record/columns.ts';
import { decodeRecords } from '../../src/record/decode.ts';
import { OTLP_PLACES } from '../../src/record/otlp-attributes.ts';
import type { StoredRecord } from '../../src/record/record.ts';
import { uuidV4 } from '../../src/record/uuid.ts';
import { anyRecord, anyText, wellFormed } from '../record/arbitrary-record.ts';
import { EDGE_RECORDS } from '../record/edge-values.ts';
import { storedRecord } from '../record/records.ts';
import { insertSegment, segmentOf } from '../store/segments.ts';
import { useClickHouse } from '../support/clickhouse.ts';
import { bytesOfChain, insertLogs } from './otel-logs-table.ts';
import { logOfCertificate, logOfRecord } from './otlp-log.ts';
import type { OtlpLog } from './otlp-log.ts';

const NO_CHAIN = '00000000-0000-0000-0000-000000000000';
const NOW = BigInt(Date.now()) * 1_000_000n;
const DAY = 86_400_000_000_000n;
/** What delivery decides itself, for which there is no value at the edge. */
const MADE = ['chain_id', 'sequence', 'segment_id'];

describe('what a collector inserts into otel_logs', () => {
  const store = useClickHouse();
  // NOTE: some of these times are past the retention.
  beforeAll(() => store().client.command({ query: 'SYSTEM STOP MERGES audit.records' }));

  /** The same records by both ways, each in a chain of its own. */
  async function bothWays(records: readonly StoredRecord[]): Promise<[direct: Buffer, collected: Buffer]> {
    const chain = uuidV4();
    const segment = segmentOf(records, { chain });
    // As the sink sends them: what was encoded, decoded again.
    const sent = [...decodeRecords(Buffer.from(segment.rows))];
    await insertLogs(store().client, sent.map(logOfRecord));
    const collected = await bytesOfChain(store().client, chain);
    await store().client.command({ query: 'TRUNCATE TABLE audit.records' });
    await insertSegment(store(), segment, segment.id);
    return [await bytesOfChain(store().client, chain), collected];
  }

  test('becomes the row of the direct path, to the byte: every column with every value at the edge of its type', async () => {
    const [direct, collected] = await bothWays(EDGE_RECORDS.map(({ record }) => record));
    expect([...decodeRecords(collected)]).toEqual([...decodeRecords(direct)]);
    expect(collected.equals(direct)).toBe(true);
  });

  test('becomes the row of the direct path, whatever is in it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyRecord, { minLength: 50, maxLength: 100 }), async (generated) => {
        const records = generated.map((record) => ({
          ...record,
          occurred_at: NOW - (record.occurred_at % (30n * DAY)),
        }));
        const [direct, collected] = await bothWays(records);
        expect([...decodeRecords(collected)]).toEqual([...decodeRecords(direct)]);
      }),
      { numRuns: 8 },
    );
  });

  test('fills each column from its place in the table of places, and from nowhere else', async () => {
    const filled = COLUMNS.flatMap(({ name }) => {
      const edge = EDGE_RECORDS.findLast(({ column, record }) => column === name && !isEmpty(record[name]));
      if (edge === undefined) return [];
      const [chain, without] = [uuidV4(), uuidV4()];
      const [record] = decodeRecords(
        Buffer.from(segmentOf([edge.record], { chain }).rows),
      ) as Iterable<StoredRecord>;
      return [{ name, chain, without, record: record as StoredRecord }];
    });
    expect(COLUMNS.map(({ name }) => name).filter((name) => !filled.some((of) => of.name === name))).toEqual([
      ...MADE,
    ]);
    const logs = filled.flatMap(({ name, without, record }) => [
      logOfRecord(record),
      withoutPlace(logOfRecord({ ...record, chain_id: without }), name),
    ]);
    await insertLogs(store().client, logs);
    const rows = new Map(
      (await rowsOf(...filled.flatMap(({ chain, without }) => [chain, without]))).map((row) => [
        row.chain_id,
        row,
      ]),
    );
    for (const { name, chain, without, record } of filled) {
      expect(rows.get(chain)?.[name], name).toEqual(record[name]);
      expect(isEmpty(rows.get(without)?.[name]), name).toBe(true);
    }
  });

  async function rowsOf(...chains: readonly string[]): Promise<StoredRecord[]> {
    return [...decodeRecords(await bytesOfChain(store().client, ...chains))];
  }

  test('is there once, however often it is inserted, and also when some time has passed', async () => {
    const chain = uuidV4();
    const logs = Array.from({ length: 300 }, (_, index) =>
      logOfRecord(storedRecord({ chain_id: chain, sequence: index + 1, occurred_at: NOW })),
    );
    await insertLogs(store().client, logs);
    await sleepInStore(1.1);
    await Promise.all([1, 2, 3].map(() => insertLogs(store().client, logs)));
    expect(await rowsOf(chain)).toHaveLength(300);
  });

  test('is there once, too, where it is of no chain', async () => {
    const logs = [1, 2, 3].map((number) => foreign({ 'audit.record.id': `twice ${number}` }));
    await insertLogs(store().client, logs);
    await sleepInStore(1.1);
    await insertLogs(store().client, logs);
    expect(await foreignRows('twice')).toHaveLength(3);
  });

  test('is counted once by the views past the window, where it is of a chain', async () => {
    const chain = uuidV4();
    const logs = [1, 2].map((sequence) =>
      logOfRecord(storedRecord({ chain_id: chain, sequence, occurred_at: NOW })),
    );
    await setWindow(1);
    await insertLogs(store().client, logs);
    await insertLogs(store().client, [foreign({ 'audit.record.id': 'another' })]);
    await insertLogs(store().client, logs);
    await setWindow(100_000);
    expect(await rowsOf(chain)).toHaveLength(4);
    const counted = await store().query(
      'SELECT count() AS records FROM audit.unique_records WHERE chain_id = {chain: UUID}',
      {
        chain,
      },
    );
    expect(counted).toEqual([{ records: 2 }]);
  });

  test('is an entry of audit.segments where it is a certificate, once, to the letter', async () => {
    const certificate = { seal: '{"chain":"é\\u0000<&>"}', shortfall: '', signature: 'a..b', key_id: 'key' };
    const logs = [logOfCertificate(certificate)];
    await insertLogs(store().client, logs);
    await sleepInStore(1.1);
    await insertLogs(store().client, logs);
    const rows = await store().query('SELECT seal, shortfall, signature, key_id FROM audit.segments');
    expect(rows).toEqual([certificate]);
  });

  test('is nothing at all where it is an ordinary log', async () => {
    const before = await store().query('SELECT count() AS records FROM audit.records');
    await insertLogs(store().client, [foreign({ 'http.route': '/orders' })]);
    expect(await store().query('SELECT count() AS records FROM audit.records')).toEqual(before);
  });

  function foreign(attributes: OtlpLog['attributes'], log: Partial<OtlpLog> = {}): OtlpLog {
    return { resource: { 'service.name': 'python' }, attributes, timeUnixNano: NOW, ...log };
  }

  function foreignRows(id: string): Promise<Record<string, unknown>[]> {
    return store().query(
      `SELECT * FROM audit.records WHERE startsWith(attributes['otlp.audit.record.id'], {id: String})
       ORDER BY attributes['otlp.audit.record.id']`,
      { id },
    );
  }

  async function foreignRow(
    attributes: OtlpLog['attributes'],
    log: Partial<OtlpLog> = {},
  ): Promise<Record<string, unknown>> {
    const id = uuidV4().replace(/^./, 'no UUID ');
    await insertLogs(store().client, [foreign({ 'audit.record.id': id, ...attributes }, log)]);
    const [row, ...more] = await foreignRows(id);
    expect(more).toEqual([]);
    return row ?? {};
  }

  test('cannot say of itself that its actor was verified, without a chain', async () => {
    const actor = { 'audit.actor.id': 'alice' };
    expect(await foreignRow({ ...actor, 'audit.actor.assurance': 'verified' })).toMatchObject({
      actor_id: 'alice',
      actor_assurance: 'claimed',
      chain_id: NO_CHAIN,
      policy_rule: 'logs/audit',
      attributes: { 'audit.source': 'otlp.logs', 'otlp.audit.actor.assurance': 'verified' },
    });
    expect(await foreignRow({ ...actor, 'audit.actor.assurance': 'expired' })).toMatchObject({
      actor_assurance: 'expired',
    });
    expect(await foreignRow(actor)).toMatchObject({ actor_assurance: 'claimed' });
    expect(await foreignRow({})).toMatchObject({ actor_assurance: 'none' });
  });

  test('cannot pretend to belong to a chain by an attribute that the views read', async () => {
    const attributes = JSON.stringify({ 'audit.redriven.from': uuidV4(), plain: 'x', 'audit.source': 'x' });
    expect(await foreignRow({ 'audit.attributes': attributes, 'audit.redriven.from': 'y' })).toMatchObject({
      attributes: {
        'audit.source': 'otlp.logs',
        'otlp.audit.source': 'x',
        plain: 'x',
        'otlp.audit.redriven.from': 'y',
      },
    });
  });

  test('keeps what has no column, and what its column cannot hold', async () => {
    const row = await foreignRow(
      {
        'audit.outcome': 'maybe',
        'audit.category': 'gap',
        'audit.duration_us': '1.5',
        'audit.new_values': '{broken',
        'http.response.status_code': 70_000,
        'client.address': 'somewhere',
        'my.attribute': 'mine',
      },
      { body: 'a text', severityText: 'WARN', severityNumber: 13 },
    );
    expect(row).toMatchObject({
      outcome: 'unknown',
      category: 'app',
      severity: 'warning',
      new_values: {},
      http_status: 0,
    });
    expect(row['attributes']).toMatchObject({
      'otlp.audit.outcome': 'maybe',
      'otlp.audit.category': 'gap',
      'otlp.audit.duration_us': '1.5',
      'otlp.audit.new_values': '{broken',
      'http.response.status_code': '70000',
      'client.address': 'somewhere',
      'my.attribute': 'mine',
      'log.body': 'a text',
    });
  });

  test('has the id that it was given where that is a UUID, else one made of it, the same each time', async () => {
    const id = uuidV4();
    await insertLogs(store().client, [foreign({ 'audit.record.id': id })]);
    expect(
      await store().query('SELECT count() AS records FROM audit.records WHERE record_id = {id: UUID}', {
        id,
      }),
    ).toEqual([{ records: 1 }]);
    const same = { 'audit.record.id': 'order 1' };
    await insertLogs(store().client, [
      foreign(same),
      foreign({ ...same, other: 'x' }),
      foreign({ 'audit.record.id': 'order 2' }),
    ]);
    await insertLogs(store().client, [{ ...foreign(same), resource: { 'service.name': 'another' } }]);
    const ids = (await foreignRows('order ')).map((row) => String(row['record_id']));
    expect(ids).toHaveLength(4);
    expect(new Set(ids).size).toBe(3);
    for (const made of ids)
      expect(made).toMatch(/^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-a[\da-f]{3}-[\da-f]{12}$/);
  });

  test('is never refused, whatever stands in its attributes, or one record would block the queue of a collector for ever', async () => {
    const names = [
      ...Object.values(OTLP_PLACES).flatMap((place) => (place.in === 'field' ? [] : [place.name])),
      'audit.seal',
      'audit.shortfall',
      'other',
    ];
    const anyValue = fc.oneof(
      anyText,
      fc.json(),
      fc.integer().map(String),
      fc.double().map(String),
      fc.bigInt().map(String),
      fc.uuid(),
      fc.constantFrom(
        '[',
        '{',
        '["',
        '{"a":',
        '[1,2',
        '[[["a"]]]',
        '{"a":{"b":[1e400]}}',
        '-1',
        '1e999',
        '99999999999999999999',
      ),
    );
    const anyAttributes = fc.dictionary(fc.constantFrom(...names), anyValue, {
      maxKeys: 40,
      noNullPrototype: true,
    });
    const anyTime = fc.bigInt({ min: -2_208_988_800_000_000_000n, max: 2n ** 63n - 1n });
    const anyLog = fc.record({
      resource: anyAttributes,
      attributes: anyAttributes,
      timeUnixNano: anyTime,
      body: anyText,
    });
    let expected = 0;
    const before = await storedCount();
    await fc.assert(
      fc.asyncProperty(fc.array(anyLog, { minLength: 20, maxLength: 60 }), async (logs) => {
        const unlike = logs.map((log) =>
          wellFormed({ ...log, attributes: { ...log.attributes, unlike: uuidV4() } }),
        );
        await insertLogs(store().client, unlike);
        expected += logs.filter(
          ({ attributes: a }) => 'audit.record.id' in a || 'audit.chain.id' in a,
        ).length;
      }),
      { numRuns: 25 },
    );
    expect(expected).toBeGreaterThan(0);
    expect(await storedCount()).toBe(before + expected);
  });

  test.each([
    "unhex('ff00fe')",
    "unhex('7bff')",
    "concat('[\"', unhex('fffe'), '\"]')",
    "concat('{\"a\":\"', unhex('ff'), '\"}')",
    "repeat('[', 100000)",
    'repeat(\'{"a":\', 100000)',
    "concat('{\"a\":', repeat('9', 100000), '}')",
  ])('is not refused either where it is no text, too deep or too long: %s', async (bytes) => {
    const before = await storedCount();
    const named = (others: string): string =>
      `map(${[
        'audit.record.id',
        'audit.new_values',
        'audit.actor.roles',
        'client.address',
        'audit.recorded_at',
        'audit.seal',
      ]
        .map((name) => `'${name}', ${bytes}`)
        .join(', ')}${others})`;
    for (const others of ['', `, 'audit.chain.id', '${uuidV4()}', 'audit.sequence', '1'`])
      await store().client.command({
        query: `INSERT INTO audit.otel_logs (Timestamp, LogAttributes, Body, TraceId) SELECT now64(9), ${named(others)}, ${bytes}, ${bytes}`,
      });
    expect(await storedCount()).toBe(before + 2);
  });

  async function storedCount(): Promise<number> {
    const [row] = await store().query<{ records: number }>(
      'SELECT toUInt32(count()) AS records FROM audit.records',
    );
    return row?.records ?? 0;
  }

  async function setWindow(inserts: number): Promise<void> {
    const query = `ALTER TABLE audit.records MODIFY SETTING non_replicated_deduplication_window = ${inserts}`;
    await store().client.command({ query });
  }

  /** By the clock of the store, which fills in `ingested_at`. */
  async function sleepInStore(seconds: number): Promise<void> {
    await store().query(`SELECT sleep(${seconds}) AS slept`);
  }
});

function withoutPlace(log: OtlpLog, column: keyof StoredRecord): OtlpLog {
  const place = OTLP_PLACES[column];
  const names = place.in === 'field' ? [`${place.name.replace('_', '.')}`] : [place.name];
  const without = (attributes: OtlpLog['attributes']): OtlpLog['attributes'] =>
    Object.fromEntries(
      Object.entries(attributes).filter(
        ([name]) => !names.includes(name.replace(/^audit\.(trace|span)\.id$/, '$1.id')),
      ),
    );
  const { traceId, spanId, severityText, timeUnixNano, ...rest } = log;
  return {
    ...rest,
    resource: without(log.resource),
    attributes: without(log.attributes),
    ...(column !== 'trace_id' && traceId !== undefined && { traceId }),
    ...(column !== 'span_id' && spanId !== undefined && { spanId }),
    ...(column !== 'severity' && severityText !== undefined && { severityText }),
    ...(column !== 'occurred_at' && timeUnixNano !== undefined && { timeUnixNano }),
  };
}

function isEmpty(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  return value === '' || value === 0 || value === 0n || value === '::' || value === NO_CHAIN;
}
