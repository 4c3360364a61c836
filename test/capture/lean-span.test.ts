import { setTimeout as delay } from 'node:timers/promises';
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags } from '@opentelemetry/api';
import type { Exception, Span, SpanContext } from '@opentelemetry/api';
import { TraceState } from '@opentelemetry/core';
import {
  AlwaysOnSampler,
  createAlwaysRecordSampler,
  ParentBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { describe, expect, test } from 'vitest';
import { nowMillis } from '../../src/capture/clock.ts';
import { isDatabaseSpan } from '../../src/capture/spans/database-span.ts';
import { LeanSpan } from '../../src/capture/spans/lean-span.ts';
import { newSpanId, newTraceId } from '../../src/capture/spans/trace-ids.ts';

const tracer = new TracerProvider({
  sampler: createAlwaysRecordSampler(new ParentBasedSampler({ root: new AlwaysOnSampler() })),
}).getTracer('real');

const PARENT: SpanContext = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  traceFlags: TraceFlags.SAMPLED,
  isRemote: true,
  traceState: new TraceState('vendor=1'),
};

type Both = Span & ReadableSpan;

function lean(parent?: SpanContext): Both {
  return new LeanSpan('GET', SpanKind.SERVER, parent, nowMillis());
}

function real(parent?: SpanContext): Both {
  const above = parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
  return tracer.startSpan('GET', { kind: SpanKind.SERVER }, above) as Both;
}

/** What can be read of a span, but for ids and times. */
function shown(span: Both): object {
  const { name, kind, attributes, status, ended, links } = span;
  const { traceFlags, traceState, isRemote } = span.spanContext();
  const events = span.events.map((event) => ({ name: event.name, attributes: event.attributes }));
  const parent = span.parentSpanContext;
  const state = traceState?.serialize();
  return {
    name,
    kind,
    attributes,
    status,
    ended,
    links,
    events,
    traceFlags,
    state,
    isRemote,
    parent,
    isRecording: span.isRecording(),
  };
}

const OPERATIONS: Readonly<Record<string, (span: Both) => void>> = {
  nothing: () => {},
  attributes: (span) => span.setAttributes({ a: 1, b: ['x', 'y'], c: undefined }).setAttribute('a', 2),
  'attributes of no kind that there is': (span) =>
    span.setAttribute('o', (() => {}) as never).setAttribute('', 'x'),
  'too many attributes': (span) => {
    for (let n = 0; n < 200; n++) span.setAttribute(`a${n}`, n);
  },
  events: (span) => span.addEvent('one').addEvent('two', { a: 1 }).addEvent('three', 5),
  'too many events': (span) => {
    for (let n = 0; n < 200; n++) span.addEvent(`e${n}`);
  },
  links: (span) => span.addLink({ context: PARENT, attributes: { a: 1 } }).addLinks([{ context: PARENT }]),
  'a name': (span) => span.updateName('other'),
  'an error': (span) => span.setStatus({ code: SpanStatusCode.ERROR, message: 'm' }),
  'an error that is none': (span) =>
    span.setStatus({ code: SpanStatusCode.OK }).setStatus({ code: SpanStatusCode.ERROR, message: 'm' }),
  'an error forgotten': (span) =>
    span.setStatus({ code: SpanStatusCode.ERROR, message: 'm' }).setStatus({ code: SpanStatusCode.UNSET }),
  'what comes too late': (span) => {
    span.end();
    span.setAttribute('a', 1).addEvent('e').updateName('n').setStatus({ code: SpanStatusCode.ERROR });
    span.recordException(new Error('late'));
    span.end();
  },
};

const EXCEPTIONS: Readonly<Record<string, unknown>> = {
  'an error': new TypeError('wrong'),
  'one with a code': Object.assign(new Error('coded'), { code: 42 }),
  'a text': 'only a text',
  'an empty text': '',
  'an object without words': {},
  nothing: undefined,
};

describe.each([
  ['no parent', undefined],
  ['a sampled parent', PARENT],
  ['a parent that is not sampled', { ...PARENT, traceFlags: TraceFlags.NONE }],
] as const)('below %s', (_, parent) => {
  test.each(Object.entries(OPERATIONS))('a lean span shows %s as a real one does', (_, operate) => {
    const [own, other] = [lean(parent), real(parent)];
    operate(own);
    operate(other);
    expect(shown(own)).toEqual(shown(other));
  });
});

test.each(Object.entries(EXCEPTIONS))('a lean span tells of %s as a real one does', (_, exception) => {
  const spans = [lean(), real()];
  for (const span of spans) span.recordException(exception as Exception);
  const [own, other] = spans.map(({ events }) =>
    events.map(({ name, attributes }) => ({ name, attributes })),
  );
  expect(own).toEqual(other);
});

test('a span below another is of its trace, one below nothing of a new one', () => {
  const [below, alone, another] = [lean(PARENT), lean(), lean()].map((span) => span.spanContext());
  expect(below?.traceId).toBe(PARENT.traceId);
  expect(below?.spanId).not.toBe(PARENT.spanId);
  expect(trace.isSpanContextValid(alone as SpanContext)).toBe(true);
  expect(alone?.traceId).not.toBe(another?.traceId);
});

test('a span has the ids that it was asked for first', () => {
  const span = lean();
  expect(span.spanContext()).toBe(span.spanContext());
});

test('its times are those of the clock', async () => {
  const before = Date.now();
  const span = lean();
  expect(span.duration).toEqual([-1, -1]);
  await delay(20);
  span.end();
  const millisOf = ([seconds, nanos]: readonly [number, number]): number => seconds * 1e3 + nanos / 1e6;
  expect(millisOf(span.startTime)).toBeGreaterThanOrEqual(before - 2);
  expect(millisOf(span.duration)).toBeGreaterThan(10);
  expect(millisOf(span.endTime) - millisOf(span.startTime)).toBeCloseTo(millisOf(span.duration), 2);
});

test('ids are of hexadecimal digits and never the same', () => {
  const ids = Array.from({ length: 2_000 }, () => [newTraceId(), newSpanId()] as const);
  for (const [traceId, spanId] of ids) {
    expect(traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(spanId).toMatch(/^[0-9a-f]{16}$/);
  }
  expect(new Set(ids.flat()).size).toBe(4_000);
});

test('a query below a server span does not ask for its attributes, which are made then', () => {
  const attributes = { 'db.system.name': 'postgresql' };
  const asked: string[] = [];
  const span = (kind: SpanKind) => ({
    kind,
    get attributes() {
      asked.push(SpanKind[kind]);
      return attributes;
    },
  });
  expect([SpanKind.SERVER, SpanKind.CLIENT].map((kind) => isDatabaseSpan(span(kind)))).toEqual([false, true]);
  expect(asked).toEqual(['CLIENT']);
});
