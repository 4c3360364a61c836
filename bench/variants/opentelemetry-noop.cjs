'use strict';

/* The instrumentations alone: spans are made and dropped. */

const { NoopSpanProcessor } = require('@opentelemetry/sdk-trace');
const { startOpenTelemetry } = require('./opentelemetry.cjs');

startOpenTelemetry([new NoopSpanProcessor()]);
