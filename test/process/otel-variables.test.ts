import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startPostgres } from '../support/postgres.ts';
import type { Postgres } from '../support/postgres.ts';
import { until } from './condition.ts';
import { createItems } from './items.ts';
import { useInstallation } from './launch.ts';
import type { Launched, Line } from './launch.ts';
import { authorizationOf } from './tokens.ts';
import { expectVisit, visitAndEnd } from './visit.ts';

interface ExportedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
}

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';

const installation = useInstallation();
let postgres: Postgres;
let collector: Server;
const exported: ExportedSpan[] = [];

beforeAll(async () => {
  postgres = await startPostgres();
  await createItems(postgres.url);
  collector = createServer(async (request, response) => {
    exported.push(...spansOf(await json(request)));
    response.setHeader('content-type', 'application/json').end('{}');
  }).listen(0, '127.0.0.1');
  await once(collector, 'listening');
});
beforeEach(() => void exported.splice(0));
afterAll(async () => {
  collector?.close();
  await postgres?.stop();
});

test.each<[string, Record<string, string>]>([
  ['OTEL_TRACES_SAMPLER=always_off', { OTEL_TRACES_SAMPLER: 'always_off' }],
  ['OTEL_SDK_DISABLED=true', { OTEL_SDK_DISABLED: 'true' }],
  ['OTEL_SDK_DISABLED=true and an exporter', { OTEL_SDK_DISABLED: 'true', OTEL_TRACES_EXPORTER: 'otlp' }],
  ['OTEL_TRACES_EXPORTER=none', { OTEL_TRACES_EXPORTER: 'none' }],
  ['a sampler that does not exist', { OTEL_TRACES_SAMPLER: 'whenever' }],
])('The audit is complete with %s', async (_, env) => {
  const app = launch(env);
  expectVisit(await visitAndEnd(app));
});

test('A traceparent that is not sampled hides nothing, and joins the records to its trace', async () => {
  const app = launch({});
  await post(await app.address(), { traceparent: `00-${TRACE_ID}-00f067aa0ba902b7-00` });
  const lines = await end(app, 2);
  expect(lines.map((line) => [line.category, line.actor_id, line.trace_id])).toEqual([
    ['db', 'alice', TRACE_ID],
    ['http', 'alice', TRACE_ID],
  ]);
  expect(lines[1]?.['parent_span_id']).toBe('00f067aa0ba902b7');
});

test('OTEL_TRACES_EXPORTER=otlp exports the sampled spans, and nothing but the sampled spans', async () => {
  const app = launch({ ...toCollector(), OTEL_TRACES_SAMPLER: 'parentbased_always_on' });
  const address = await app.address();
  await post(address, { traceparent: `00-${TRACE_ID}-00f067aa0ba902b7-01` });
  await post(address, { traceparent: `00-${TRACE_ID.replace('4', '5')}-00f067aa0ba902b7-00` });
  const lines = await end(app, 4);
  const sampled = lines.filter((line) => line.trace_id === TRACE_ID).map((line) => line['span_id']);
  expect(sampled).toHaveLength(2);
  expect(new Set(exported.map((span) => span.traceId))).toEqual(new Set([TRACE_ID]));
  expect(exported.map((span) => span.spanId)).toEqual(expect.arrayContaining(sampled));
});

test('OTEL_TRACES_EXPORTER=otlp with a sampler that takes nothing exports nothing', async () => {
  const app = launch({ ...toCollector(), OTEL_TRACES_SAMPLER: 'always_off' });
  expectVisit(await visitAndEnd(app));
  expect(exported).toEqual([]);
});

test('OTEL_TRACES_EXPORTER=console writes the spans to standard output', async () => {
  const app = launch({ OTEL_TRACES_EXPORTER: 'console' });
  const lines = await visitAndEnd(app);
  expectVisit(lines);
  for (const line of lines) expect(app.stdout()).toContain(`id: '${String(line['span_id'])}'`);
});

test('OTEL_TRACES_EXPORTER is left to an application that has its own SDK', async () => {
  const spansFile = `${installation().directory}/spans.jsonl`;
  const app = launch({ OTEL_TRACES_EXPORTER: 'console', SPANS_FILE: spansFile }, 'traced-app.cjs');
  expectVisit(await visitAndEnd(app));
  expect(app.stdout()).toMatch(/^listening \d+\n$/);
});

test('An application ends in time where the collector never answers', async () => {
  const silent = createServer(() => {}).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const app = launch(toCollector(silent));
  await post(await app.address(), {});
  const started = performance.now();
  await end(app, 2);
  expect(performance.now() - started).toBeLessThan(5_000);
  silent.closeAllConnections();
  silent.close();
});

function launch(env: Record<string, string>, file = 'app.cjs'): Launched {
  return installation().launch(file, { env: { ...env, DATABASE_URL: postgres.url } });
}

function toCollector(server = collector): Record<string, string> {
  return {
    OTEL_TRACES_EXPORTER: 'otlp',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  };
}

async function post(address: string, headers: Record<string, string>): Promise<void> {
  const response = await fetch(`${address}/items`, {
    method: 'POST',
    headers: { ...headers, ...(await authorizationOf('alice')) },
  });
  expect(await response.text()).toBe('/items');
}

async function end(app: Launched, records: number): Promise<readonly Line[]> {
  await until(`${records} records`, () => app.lines().length >= records);
  app.child.kill('SIGTERM');
  await app.ended;
  return app.lines().toSorted((a, b) => a.category.localeCompare(b.category));
}

/** Source: OpenTelemetry protocol, JSON encoding of ExportTraceServiceRequest. */
function spansOf(body: unknown): ExportedSpan[] {
  const { resourceSpans } = body as { resourceSpans: { scopeSpans: { spans: ExportedSpan[] }[] }[] };
  return resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));
}
