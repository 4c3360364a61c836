import { SpanKind } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startOtlpSink } from '../../bench/stage/otlp-sink.ts';
import type { OtlpSink } from '../../bench/stage/otlp-sink.ts';

let sink: OtlpSink;

beforeAll(async () => {
  sink = await startOtlpSink('');
});
afterAll(() => sink.stop());

test('requests and statements that the real exporter sends are counted, once', async () => {
  const exporter = new OTLPTraceExporter({ url: `${sink.url}/v1/traces` });
  const provider = new TracerProvider({ spanProcessors: [new BatchSpanProcessor({ exporter })] });
  const tracer = provider.getTracer('bench');
  const span = (name: string, kind: SpanKind): void =>
    tracer.startSpan(name, { kind, attributes: { 'db.query.text': 'SELECT 1', rows: 300 } }).end();
  for (let request = 0; request < 3; request++) span('GET', SpanKind.SERVER);
  span('GET', SpanKind.CLIENT);
  span('pg-pool.connect', SpanKind.CLIENT);
  span('pg.query:SELECT shop', SpanKind.CLIENT);
  span('pg.query:UPDATE shop', SpanKind.CLIENT);
  await provider.forceFlush();

  expect(await sink.take({ http: 3, pg: 2 })).toEqual({ http: 3, pg: 2 });
  expect(await sink.take({ http: 0, pg: 0 })).toEqual({ http: 0, pg: 0 });
  await provider.shutdown();
});
