'use strict';

const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http');
const { PgInstrumentation } = require('@opentelemetry/instrumentation-pg');
const { NodeSDK } = require('@opentelemetry/sdk-node');

/** What the documentation of OpenTelemetry has its users write, traces only. */
function startOpenTelemetry(spanProcessors) {
  const sdk = new NodeSDK({
    spanProcessors,
    instrumentations: [new HttpInstrumentation(), new PgInstrumentation()],
    // Without these the SDK starts exporters of metrics and logs by itself.
    metricReaders: [],
    logRecordProcessors: [],
  });
  sdk.start();
}

module.exports = { startOpenTelemetry };
