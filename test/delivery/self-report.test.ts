import { createRequire } from 'node:module';
import { metrics } from '@opentelemetry/api';
import type { MeterProvider } from '@opentelemetry/api';
import { afterEach, expect, test } from 'vitest';
import { createMeasuredSink } from '../../src/delivery/sinks/measured.ts';
import { OpenSegment } from '../../src/delivery/segment.ts';
import { createGuard } from '../../src/guard.ts';
import { uuidV4 } from '../../src/record/uuid.ts';
import { reportMetrics } from '../../src/self-report.ts';
import { createFakeSink, createLines, NOT_NOW } from './fake-sink.ts';

interface Reader {
  collect(): Promise<{
    resourceMetrics: {
      scopeMetrics: {
        metrics: {
          descriptor: { name: string };
          dataPoints: { attributes: object; value: number | { count: number } }[];
        }[];
      }[];
    };
  }>;
}

// NOTE: comes with sdk-node, and is no dependency of this package.
const { MeterProvider: Provider, MetricReader } = createRequire(import.meta.url)(
  '@opentelemetry/sdk-metrics',
) as {
  MeterProvider: new (options: { readers: readonly Reader[] }) => MeterProvider;
  MetricReader: new () => Reader;
};

class AskedReader extends MetricReader {
  async onShutdown(): Promise<void> {}
  async onForceFlush(): Promise<void> {}
}

const COUNTS = { appended: 100, delivered: 60, dropped: 3, dead: 5, waiting: 35, unsaved: 10 };

afterEach(() => metrics.disable());

function registerProvider(): Reader {
  const reader = new AskedReader();
  metrics.setGlobalMeterProvider(new Provider({ readers: [reader] }));
  return reader;
}

async function valuesOf(reader: Reader): Promise<Record<string, unknown>> {
  const { resourceMetrics } = await reader.collect();
  const all = resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics);
  const points = all.flatMap(({ descriptor, dataPoints }) =>
    dataPoints.map(({ attributes, value }) => [
      [descriptor.name, ...Object.values(attributes)].join(' '),
      typeof value === 'number' ? value : value.count,
    ]),
  );
  return Object.fromEntries(points) as Record<string, unknown>;
}

test('Metrics tell what waits in memory from what waits in the spool, and how segments ended', async () => {
  const reader = registerProvider();
  const { log } = createLines();
  const report = reportMetrics({ counts: () => COUNTS, faults: () => 2 }, createGuard(log));
  const fake = createFakeSink();
  const sink = createMeasuredSink(fake, report.exportTook);
  const segment = new OpenSegment(uuidV4(), 1).seal();
  await sink.send(segment, { mayBeOld: false });
  fake.answer = () => NOT_NOW;
  await sink.send(segment, { mayBeOld: false });
  expect(await valuesOf(reader)).toEqual({
    'audit.records.emitted': 100,
    'audit.records.exported': 60,
    'audit.records.dropped': 3,
    'audit.records.refused': 5,
    'audit.queue.depth memory': 10,
    'audit.queue.depth spool': 25,
    'audit.faults': 2,
    'audit.export.duration': 1,
    'audit.export.duration retry': 1,
  });
});

test('A provider that comes after the last look of the timer is found when a segment is sent', async () => {
  const { log } = createLines();
  const report = reportMetrics({ counts: () => COUNTS, faults: () => 0 }, createGuard(log));
  report.exportTook(1);
  const reader = registerProvider();
  report.exportTook(1);
  expect(await valuesOf(reader)).toMatchObject({ 'audit.records.emitted': 100, 'audit.export.duration': 1 });
});

test('A provider that throws is a fault of its own, said once, and nobody notices', async () => {
  const provider = {
    getMeter: () => {
      throw new Error('no meters today');
    },
  };
  metrics.setGlobalMeterProvider(provider);
  const { log, lines } = createLines();
  const guard = createGuard(log);
  const report = reportMetrics({ counts: () => COUNTS, faults: guard.failures }, guard);
  report.exportTook(1);
  report.exportTook(1);
  expect(guard.failures()).toBe(1);
  expect(lines).toEqual([expect.stringContaining('no meters today')]);
});
