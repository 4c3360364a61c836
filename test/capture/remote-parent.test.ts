import { ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { expect, test } from 'vitest';
import { remoteParent } from '../../src/capture/spans/remote-parent.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';
const GIVEN = [
  `00-${TRACE}-${SPAN}-01`,
  `00-${TRACE}-${SPAN}-00`,
  `00-${TRACE}-${SPAN}-ff`,
  `00-${TRACE}-${SPAN}-01-more`,
  `01-${TRACE}-${SPAN}-01-more`,
  `cc-${TRACE}-${SPAN}-01`,
  `ff-${TRACE}-${SPAN}-01`,
  `00-${'0'.repeat(32)}-${SPAN}-01`,
  `00-${TRACE}-${'0'.repeat(16)}-01`,
  `00-${TRACE.toUpperCase()}-${SPAN}-01`,
  `00-${TRACE}-${SPAN}-1`,
  `00-${TRACE}-${SPAN}`,
  `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`,
  '',
  'nonsense',
];
const propagator = new W3CTraceContextPropagator();
const getter = {
  get: (headers: Readonly<Record<string, string>>, key: string) => headers[key],
  keys: (headers: Readonly<Record<string, string>>) => Object.keys(headers),
};

test.each(GIVEN)('of %j is read what OpenTelemetry reads', (traceparent) => {
  for (const headers of [
    { traceparent },
    { traceparent, tracestate: 'a=1,b=2' },
    { traceparent, tracestate: '' },
  ]) {
    const context = propagator.extract(ROOT_CONTEXT, headers, getter);
    const expected = trace.getSpanContext(context);
    const read = remoteParent(headers);
    expect({ ...read, traceState: undefined }).toEqual({ ...expected, traceState: undefined });
    expect(read?.traceState?.serialize()).toBe(expected?.traceState?.serialize());
  }
});

test('a request that says nothing came from nowhere', () => {
  expect(remoteParent({})).toBeUndefined();
});
