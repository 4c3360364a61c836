import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPostgres } from '../support/postgres.ts';
import type { Postgres } from '../support/postgres.ts';
import { until } from './condition.ts';
import { createItems } from './items.ts';
import { useInstallation } from './launch.ts';
import type { Launched } from './launch.ts';
import { ROOT } from './nodes.ts';
import { expectVisit, visit, visitAndEnd } from './visit.ts';

interface Metric {
  readonly name: string;
  readonly unit: string;
  readonly points: readonly { readonly attributes: Record<string, string>; readonly value: number }[];
}

const RECORDS = 7;
const OTHER_SDK = { OPENTELEMETRY: join(ROOT, 'test/runtimes/opentelemetry-2/package.json') };

const installation = useInstallation();
let postgres: Postgres;
const servers: Server[] = [];

beforeAll(async () => {
  postgres = await startPostgres();
  await createItems(postgres.url);
});
afterAll(async () => {
  for (const server of servers) server.close();
  await postgres?.stop();
});

test.each<[string, string, readonly string[], Record<string, string>]>([
  ['before the preload', 'app.cjs', ['--require', './metrics.cjs'], {}],
  ['before the preload, with an older API', 'app.cjs', ['--require', './metrics.cjs'], OTHER_SDK],
  ['by the application', 'metered-app.cjs', [], {}],
  ['by the application, with an older API', 'metered-app.cjs', [], OTHER_SDK],
  ['long after the start', 'metered-app.cjs', [], { METRICS: 'late' }],
])(
  'A meter provider that is registered %s is told what became of the records',
  async (_, file, before, env) => {
    const app = launch(file, env, before);
    await visit(await app.address());
    await until('the records', () => app.lines().length === RECORDS);
    const metrics = await until('the metrics', async () => {
      const found = await ask(app);
      return valueOf(found, 'audit.records.exported') === RECORDS && found;
    });
    expect(Object.fromEntries(metrics.map(({ name, unit }) => [name, unit]))).toEqual({
      'audit.records.emitted': '{record}',
      'audit.records.exported': '{record}',
      'audit.records.dropped': '{record}',
      'audit.records.refused': '{record}',
      'audit.queue.depth': '{record}',
      'audit.faults': '{fault}',
      // A histogram shows itself with its first value, which may have been taken before there was a provider.
      ...(metrics.some(({ name }) => name === 'audit.export.duration') && { 'audit.export.duration': 's' }),
    });
    expect(valueOf(metrics, 'audit.records.emitted')).toBe(RECORDS);
    expect(valueOf(metrics, 'audit.records.dropped')).toBe(0);
    expect(valueOf(metrics, 'audit.faults')).toBe(0);
    expect(metrics.find(({ name }) => name === 'audit.queue.depth')?.points).toEqual([
      { attributes: { 'audit.queue.place': 'memory' }, value: 0 },
      { attributes: { 'audit.queue.place': 'spool' }, value: 0 },
    ]);
    expect(app.stderr()).toBe('');
  },
);

test('Metrics say how long a segment took to send', async () => {
  const app = launch('app.cjs', {}, ['--require', './metrics.cjs']);
  await visit(await app.address());
  await until('the records', () => app.lines().length === RECORDS);
  const metric = (await ask(app)).find(({ name }) => name === 'audit.export.duration');
  expect(metric?.points).toEqual([{ attributes: {}, value: expect.any(Number) }]);
  expect(metric?.points[0]?.value).toBeGreaterThan(0);
});

test('The meter provider of an application is given the metrics of its requests, too', async () => {
  const app = launch('app.cjs', { AUDIT_REGISTER_CAPTURE: 'auto' }, ['--require', './metrics.cjs']);
  await visit(await app.address());
  await until('the records', () => app.lines().length === RECORDS);
  app.child.send('names?');
  expect((await once(app.child, 'message'))[0]).toContain('http.server.request.duration');
});

test('OTEL_METRICS_EXPORTER=otlp exports them, to the end of the process', async () => {
  const { url, exported } = await startCollector();
  const app = launch('app.cjs', {
    OTEL_METRICS_EXPORTER: 'otlp',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_EXPORTER_OTLP_ENDPOINT: url,
    OTEL_METRIC_EXPORT_INTERVAL: '500',
    OTEL_METRIC_EXPORT_TIMEOUT: '500',
  });
  await visit(await app.address());
  await until('our metrics', () => exported().has('audit.records.exported'));
  expect(exported()).toContain('http.server.request.duration');
  app.child.kill('SIGTERM');
  expect((await app.ended).signal).toBe('SIGTERM');
  expectVisit(app.lines());
});

test('Without OTEL_METRICS_EXPORTER nothing is exported', async () => {
  const { url, requests } = await startCollector();
  const app = launch('app.cjs', { OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_METRIC_EXPORT_INTERVAL: '500' });
  expectVisit(await visitAndEnd(app));
  expect(requests()).toBe(0);
  expect(app.stderr()).toBe('');
});

function launch(file: string, env: Record<string, string>, before: readonly string[] = []): Launched {
  return installation().launch(file, {
    nodeArgs: [...before, '--require', 'audit-register'],
    env: { ...env, DATABASE_URL: postgres.url },
  });
}

/** What the application's own provider has. */
async function ask({ child }: Launched): Promise<readonly Metric[]> {
  child.send('metrics?');
  const [metrics] = (await once(child, 'message')) as [readonly Metric[]];
  return metrics;
}

function valueOf(metrics: readonly Metric[], name: string): number | undefined {
  return metrics.find((metric) => metric.name === name)?.points[0]?.value;
}

async function startCollector() {
  const names = new Set<string>();
  let requests = 0;
  const server = createServer(async (request, response) => {
    requests += 1;
    for (const name of metricNamesOf(await json(request))) names.add(name);
    response.setHeader('content-type', 'application/json').end('{}');
  }).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, exported: () => names, requests: () => requests };
}

/** Source: OpenTelemetry protocol, JSON encoding of ExportMetricsServiceRequest. */
function metricNamesOf(body: unknown): string[] {
  const { resourceMetrics } = body as {
    resourceMetrics: { scopeMetrics: { metrics: { name: string }[] }[] }[];
  };
  return resourceMetrics.flatMap(({ scopeMetrics }) =>
    scopeMetrics.flatMap(({ metrics }) => metrics.map(({ name }) => name)),
  );
}
