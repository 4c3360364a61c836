'use strict';

/* Spans travel as protobuf to the address in OTEL_EXPORTER_OTLP_ENDPOINT. */

const { OTLPTraceExporter } = require('@opentelemetry/exporter-trace-otlp-proto');
const { BatchSpanProcessor } = require('@opentelemetry/sdk-trace');
const { startOpenTelemetry } = require('./opentelemetry.cjs');

// With the defaults (a queue of 2,048, 30 exports at a time) most spans of this load would be dropped, cheaply.
const processor = new BatchSpanProcessor({
  exporter: new OTLPTraceExporter({ concurrencyLimit: 10_000, timeoutMillis: 60_000 }),
  maxQueueSize: 2_000_000,
  maxExportBatchSize: 4_096,
  scheduledDelayMillis: 1_000,
  exportTimeoutMillis: 60_000,
});
startOpenTelemetry([processor]);
globalThis[Symbol.for('audit-register.bench.flush')] = () => processor.forceFlush();
