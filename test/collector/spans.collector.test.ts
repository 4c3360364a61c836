import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../process/condition.ts';
import { newSpanId, newTraceId } from '../store/spans.ts';
import { Collecting } from './collecting.ts';

type Attributes = Readonly<Record<string, string | number | readonly string[]>>;

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly kind: number;
  readonly attributes: Attributes;
  readonly startTimeUnixNano?: string;
  readonly status?: { readonly code: number; readonly message?: string };
  readonly events?: readonly { readonly name: string; readonly attributes: Attributes }[];
}

const SERVER = 2;
const CLIENT = 3;
const START = BigInt(Date.now()) * 1_000_000n;

let collecting: Collecting;
beforeAll(async () => {
  collecting = await Collecting.start();
}, 120_000);
afterAll(() => collecting?.stop());

/** Sends spans as OTLP in JSON, until they are taken. */
async function send(spans: readonly Span[]): Promise<void> {
  const body = JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: list({ 'service.name': 'java' }) },
        scopeSpans: [{ spans: spans.map(written) }],
      },
    ],
  });
  await until('a collector that takes spans', () =>
    fetch(`${collecting.collector.url}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    }).then(
      ({ ok }) => ok,
      () => false,
    ),
  );
}

function written({ attributes, events = [], startTimeUnixNano = String(START), ...span }: Span): object {
  return {
    ...span,
    name: 'a span',
    startTimeUnixNano,
    endTimeUnixNano: String(BigInt(startTimeUnixNano) + 1_000_000n),
    attributes: list(attributes),
    events: events.map((event) => ({
      name: event.name,
      timeUnixNano: startTimeUnixNano,
      attributes: list(event.attributes),
    })),
  };
}

function list(attributes: Attributes): object[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }));
}

function anyValue(value: Attributes[string]): object {
  if (typeof value === 'number') return { intValue: String(value) };
  return typeof value === 'string' ? { stringValue: value } : { arrayValue: { values: value.map(anyValue) } };
}

const request = (method: string, path: string, more: Attributes = {}): Attributes => ({
  'http.request.method': method,
  'url.path': path,
  'http.response.status_code': 200,
  ...more,
});
const sql = (text: string): Attributes => ({ 'db.system.name': 'postgresql', 'db.query.text': text });

const rowsOf = (trace: string): Promise<Record<string, unknown>[]> =>
  collecting.query('SELECT * FROM audit.records WHERE trace_id = {trace:String}', { trace });

describe('of spans', () => {
  test('only what is worth a record passes: requests but health checks and files, statements but reads', async () => {
    const [kept, dropped] = [newTraceId(), newTraceId()];
    const span = (traceId: string, kind: number, attributes: Attributes, more: Partial<Span> = {}): Span => ({
      traceId,
      spanId: newSpanId(),
      kind,
      attributes,
      ...more,
    });
    const passing = [
      span(kept, SERVER, request('GET', '/orders')),
      span(kept, SERVER, request('POST', '/healthz')),
      span(kept, SERVER, request('GET', '/healthz', { 'http.response.status_code': 503 })),
      span(kept, SERVER, request('GET', '/users/7.css', { 'http.route': '/users/{id}' })),
      span(kept, SERVER, { 'http.method': 'GET', 'http.target': '/old?x=1', 'http.status_code': 200 }),
      span(kept, CLIENT, sql('/* hint */ UPDATE t SET a = 1')),
      span(kept, CLIENT, sql('SELECT 1; DELETE FROM t')),
      span(kept, CLIENT, sql('SELECT * INTO u FROM t')),
      span(kept, CLIENT, sql('EXPLAIN ANALYZE DELETE FROM t')),
      span(kept, CLIENT, sql('WITH d AS (DELETE FROM t RETURNING *) SELECT * FROM d')),
      span(kept, CLIENT, { 'db.system': 'mysql', 'db.statement': 'DELETE FROM t' }),
      span(kept, CLIENT, { 'db.system': 'redis', 'db.statement': 'SET key ?' }),
      span(kept, CLIENT, { 'db.system.name': 'redis', 'db.query.text': 'SET key ?' }),
      // As Python's instrumentation tells of a pipeline.
      span(kept, CLIENT, { 'db.system': 'redis', 'db.statement': 'GET ?\nSET ? ?' }),
      span(kept, CLIENT, {
        'db.system.name': 'mongodb',
        'db.operation.name': 'aggregate',
        'db.query.text': '{"pipeline": [{"$merge": "?"}]}',
      }),
      span(kept, CLIENT, sql('/* /* */ select */ DELETE FROM t')),
      span(kept, CLIENT, { 'db.system': 'mysql', 'db.statement': "SET PASSWORD FOR a = '?'" }),
      span(kept, CLIENT, {
        'db.system.name': 'microsoft.sql_server',
        'db.query.text': 'SELECT 1 DELETE FROM t',
      }),
      span(kept, CLIENT, {
        'db.system.name': 'mongodb',
        'db.operation.name': 'insert',
        'db.collection.name': 'c',
      }),
    ];
    await send([
      ...passing,
      span(dropped, SERVER, request('GET', '/healthz')),
      span(dropped, SERVER, request('HEAD', '/health/live')),
      span(dropped, SERVER, request('GET', '/metrics')),
      span(dropped, SERVER, request('GET', '/static/app.css')),
      span(dropped, SERVER, { 'http.method': 'GET', 'http.target': '/ping?x=1', 'http.status_code': 200 }),
      span(dropped, SERVER, { 'rpc.system': 'grpc' }),
      span(dropped, 1, request('GET', '/internal')),
      span(dropped, CLIENT, request('GET', '/outgoing')),
      span(dropped, CLIENT, sql('SELECT * FROM t')),
      span(dropped, CLIENT, sql('-- why\n(select 1)')),
      span(dropped, CLIENT, sql('WITH a AS (SELECT 1) SELECT * FROM a')),
      span(dropped, CLIENT, sql('BEGIN')),
      span(dropped, CLIENT, sql('SET search_path TO x')),
      span(dropped, CLIENT, { 'db.system': 'redis', 'db.statement': 'GET key' }),
      span(dropped, CLIENT, { 'db.system.name': 'redis', 'db.query.text': 'GET key' }),
      span(dropped, CLIENT, {
        'db.system.name': 'microsoft.sql_server',
        'db.query.text': 'SELECT deleted FROM t',
      }),
      span(dropped, CLIENT, {
        'db.system.name': 'mongodb',
        'db.operation.name': 'find',
        'db.collection.name': 'c',
      }),
    ]);
    await collecting.untilStored(passing.length, `trace_id = '${kept}'`);
    await collecting.untilDrained();
    expect(await rowsOf(kept)).toHaveLength(passing.length);
    expect(await rowsOf(dropped)).toEqual([]);
  });

  test('no secret comes into a column, and nothing of what becomes none', async () => {
    const trace = newTraceId();
    const secret = 'hunter2secret';
    await send([
      {
        traceId: trace,
        spanId: newSpanId(),
        kind: SERVER,
        attributes: request('POST', '/orders', {
          'url.query': `password=${secret}`,
          'http.request.header.authorization': [`Bearer ${secret}`],
          'http.request.body': secret,
          'user.id': 'alice',
          'user.roles': ['admin', 'clerk'],
          'user_agent.original': `x password=${secret}`,
          'db.query.parameter.0': secret,
        }),
        status: { code: 2, message: `token: ${secret}` },
        events: [
          {
            name: 'exception',
            attributes: {
              'exception.type': 'E',
              'exception.message': `secret is ${secret}`,
              'exception.stacktrace': secret,
            },
          },
        ],
      },
    ]);
    await collecting.untilStored(1, `trace_id = '${trace}'`);
    const [row] = await rowsOf(trace);
    expect(row).toMatchObject({
      actor_id: 'alice',
      actor_roles: ['admin', 'clerk'],
      outcome: 'failure',
      error_type: 'E',
    });
    expect(JSON.stringify(row)).not.toContain(secret);
  });

  test('one with an impossible time is taken, and none behind it waits', async () => {
    const trace = newTraceId();
    // The one of 2150 the retention would take for 2013.
    const times = ['0', '1', '18446744073708551614', '5700000000000000000'];
    await send(
      times.map((startTimeUnixNano) => ({
        traceId: trace,
        spanId: newSpanId(),
        kind: SERVER,
        startTimeUnixNano,
        attributes: request('GET', '/when'),
      })),
    );
    await collecting.untilStored(4, `trace_id = '${trace}'`);
    await collecting.untilDrained();
    expect(await rowsOf(trace)).toHaveLength(4);
  });

  test('with long statements go in inserts of a size that ClickHouse can read in time', async () => {
    const trace = newTraceId();
    const long = `INSERT INTO t VALUES ${'(?, ?), '.repeat(8_000)}(?, ?)`;
    for (let request = 0; request < 4; request++)
      await send(
        Array.from({ length: 50 }, () => ({
          traceId: trace,
          spanId: newSpanId(),
          kind: CLIENT,
          attributes: sql(long),
        })),
      );
    await collecting.untilStored(200, `trace_id = '${trace}'`);
    const [row] = await collecting.query<{ most: number }>(
      `SELECT toUInt32(max(spans)) AS most FROM (SELECT ingested_at, count() AS spans FROM audit.records WHERE trace_id = '${trace}' GROUP BY ingested_at)`,
    );
    // Each is some 64,000 bytes: of 8 MiB a hundred and thirty.
    expect(row?.most).toBeLessThan(150);
  }, 120_000);

  test('each is there once, whoever is killed: sent again and again, to a collector and a ClickHouse that die in the middle', async () => {
    const traces = Array.from({ length: 6 }, () => randomBytes(16).toString('hex'));
    const batches = traces.map((traceId) =>
      Array.from({ length: 50 }, (_, at) => ({
        traceId,
        spanId: newSpanId(),
        kind: SERVER,
        attributes: request('POST', `/${at}`),
      })),
    );
    for (const [at, batch] of batches.entries()) {
      await send(batch);
      if (at === 1) await collecting.restartCollector('kill');
      if (at === 2) await collecting.killStore();
      if (at === 3) await collecting.restartCollector('kill');
      if (at === 4) await collecting.startStoreAgain();
      await send(batch);
    }
    // In another company than before.
    await send([...batches.flatMap((batch) => batch.slice(0, 10)), ...(batches[0] ?? [])]);
    const all = traces.map((trace) => `'${trace}'`).join(', ');
    await collecting.untilStored(300, `trace_id IN (${all})`);
    await collecting.untilDrained();
    const [row] = await collecting.query<{ rows: number; spans: number }>(
      `SELECT toUInt32(count()) AS rows, toUInt32(uniqExact(trace_id, span_id)) AS spans FROM audit.records WHERE trace_id IN (${all})`,
    );
    expect(row).toEqual({ rows: 300, spans: 300 });
  }, 180_000);
});
