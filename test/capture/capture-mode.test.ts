import { expect, test } from 'vitest';
import { captureModeOf } from '../../src/capture/spans/capture-mode.ts';

const ASKED = [
  ['traces exported', 'OTEL_TRACES_EXPORTER', 'otlp'],
  ['metrics exported', 'OTEL_METRICS_EXPORTER', 'console'],
  ['another propagator', 'OTEL_PROPAGATORS', 'b3'],
  ['one propagator of two', 'OTEL_PROPAGATORS', 'tracecontext'],
  ['another sampler', 'OTEL_TRACES_SAMPLER', 'traceidratio'],
] as const;

test.each(ASKED)('with %s, auto is instrumentation', (_, name, value) => {
  expect(captureModeOf('auto', { [name]: value })).toBe('instrumentation');
});

test.each(ASKED)('with %s, lean is refused by the names of both settings', (_, name, value) => {
  expect(() => captureModeOf('lean', { [name]: value })).toThrow(
    new RegExp(
      `AUDIT_REGISTER_CAPTURE is lean, but ${name} .*AUDIT_REGISTER_CAPTURE to auto or instrumentation`,
    ),
  );
});

test.each([
  {},
  {
    OTEL_TRACES_EXPORTER: 'none',
    OTEL_METRICS_EXPORTER: 'none',
    OTEL_PROPAGATORS: '',
    OTEL_TRACES_SAMPLER: '',
  },
  { OTEL_PROPAGATORS: 'baggage, tracecontext', OTEL_TRACES_SAMPLER: 'parentbased_always_on' },
  { OTEL_TRACES_EXPORTER: 'otlp', OTEL_SDK_DISABLED: 'true' },
])('with %o, auto is lean', (env) => {
  expect(captureModeOf('auto', env)).toBe('lean');
  expect(captureModeOf('lean', env)).toBe('lean');
});

test('instrumentation is that, whatever else is asked for', () => {
  expect(captureModeOf('instrumentation', {})).toBe('instrumentation');
});
