import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Attributes } from '@opentelemetry/api';
import { AlwaysOnSampler, TracerProvider } from '@opentelemetry/sdk-trace';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { beforeEach, expect, test } from 'vitest';
import { AuditSpanProcessor } from '../../src/capture/spans/span-processor.ts';
import { createGuard } from '../../src/guard.ts';
import { createLog } from '../../src/log.ts';
import type { QueryFacts } from '../../src/pipeline/facts.ts';
import type { Pipeline } from '../../src/pipeline/pipeline.ts';

const OURS = '@opentelemetry/instrumentation-mysql2';

let told: QueryFacts[];
let exported: ReadableSpan[];
let provider: TracerProvider;

beforeEach(() => {
  [told, exported] = [[], []];
  const pipeline = { query: (facts: QueryFacts) => void told.push(facts) } as unknown as Pipeline;
  const processor = new AuditSpanProcessor(
    pipeline,
    undefined,
    createGuard(createLog('silent')),
    new Set([OURS]),
  );
  const exporter = {
    onStart() {},
    onEnd: (span: ReadableSpan) => void exported.push(span),
    forceFlush: async () => {},
    shutdown: async () => {},
  };
  provider = new TracerProvider({ sampler: new AlwaysOnSampler(), spanProcessors: [processor, exporter] });
});

function spanOf(
  attributes: Attributes,
  { kind = SpanKind.CLIENT, tracer = 'any', parent = ROOT_CONTEXT } = {},
) {
  return provider.getTracer(tracer).startSpan('a span', { kind, attributes }, parent);
}

test.each([
  ['stable', { 'db.system.name': 'mysql', 'db.query.text': 'DELETE FROM t', 'db.namespace': 'shop' }],
  ['older', { 'db.system': 'mysql', 'db.statement': 'DELETE FROM t', 'db.name': 'shop' }],
])('a span of the %s conventions is a query', (_, attributes) => {
  spanOf(attributes).end();
  expect(told).toMatchObject([{ system: 'mysql', text: 'DELETE FROM t', namespace: 'shop' }]);
  expect(told[0]?.results).toMatchObject([{ isUncounted: true }]);
});

test.each([
  ['of a connection', { 'db.system.name': 'mysql' }, SpanKind.CLIENT],
  ['of no database', { 'http.request.method': 'GET' }, SpanKind.CLIENT],
  ['of work within the process', { 'db.system.name': 'mysql', 'db.query.text': 'x' }, SpanKind.INTERNAL],
])('a span %s is none', (_, attributes, kind) => {
  spanOf(attributes, { kind }).end();
  expect(told).toEqual([]);
});

test('of a call that a library makes through a driver, the driver’s own span counts', () => {
  const outer = spanOf({ 'db.system': 'mysql', 'db.statement': 'orm' });
  const inner = spanOf(
    { 'db.system.name': 'mysql', 'db.query.text': 'driver' },
    { parent: trace.setSpan(context.active(), outer) },
  );
  inner.end();
  outer.end();
  expect(told.map(({ text }) => text)).toEqual(['driver']);
});

test.each([
  ['redis', 'NOPERM this user has no permissions', { type: 'NOPERM', refusal: 'denied' }],
  ['redis', 'WRONGTYPE Operation against a key', { type: 'WRONGTYPE', refusal: 'failure' }],
  ['redis', 'Connection is closed.', { type: 'error' }],
  ['mysql', 'Duplicate entry', { type: 'error' }],
])('an error of %s, %s, says as much as it does', (system, message, expected) => {
  const span = spanOf({ 'db.system.name': system, 'db.operation.name': 'SET' });
  span.setStatus({ code: SpanStatusCode.ERROR, message });
  span.end();
  expect(told[0]?.error).toEqual({ message, ...expected });
});

test.each([
  ['CONFIG', "ERR CONFIG SET failed - 'it's s3cret'", 'ERR CONFIG SET failed - ?'],
  ['SET', 'ERR value "s3cret" is no integer', 'ERR value ? is no integer'],
  ['GET', "ERR can't do that", "ERR can't do that"],
  ['EVAL', 'ERR s3cret is what the script says', ''],
  ['PIPELINE FCALL', 'ERR s3cret is what the function says', ''],
])('an error of %s in redis quotes no value: %s', (operation, message, shown) => {
  const span = spanOf({ 'db.system.name': 'redis', 'db.operation.name': operation });
  span.setStatus({ code: SpanStatusCode.ERROR, message });
  span.end();
  expect(told[0]?.error).toEqual({ type: 'ERR', message: shown, refusal: 'failure' });
});

test('a command of MongoDB without its reply is neither a success nor a failure', () => {
  spanOf({ 'db.system.name': 'mongodb', 'db.operation.name': 'insert', 'db.collection.name': 'users' }).end();
  expect(told).toMatchObject([{ collection: 'users', results: [] }]);
});

test('exporters get the text of an instrumentation that we have loaded without its constants, and any other as it is', () => {
  const attributes = { 'db.system.name': 'mysql', 'db.query.text': "SELECT 's3cret'" };
  spanOf(attributes, { tracer: OURS }).end();
  spanOf(attributes, { tracer: 'the application’s own' }).end();
  expect(exported.map((span) => span.attributes['db.query.text'])).toEqual(['SELECT ?', "SELECT 's3cret'"]);
  expect(told.map(({ text }) => text)).toEqual(["SELECT 's3cret'", "SELECT 's3cret'"]);
});
