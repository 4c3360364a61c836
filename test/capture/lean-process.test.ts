import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPostgres } from '../support/postgres.ts';
import type { Postgres } from '../support/postgres.ts';
import { startPreloaded } from '../support/preloaded.ts';
import type { PreloadedEnd } from '../support/preloaded.ts';

const FIXTURE = `${import.meta.dirname}/fixtures/varied-app.cjs`;
const INSTRUMENTED = ['sdk-node', 'instrumentation-http', 'instrumentation-pg'].map(
  (name) => `@opentelemetry/${name}`,
);

let postgres: Postgres | undefined;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.stop());

/** What the application answers at these paths. */
async function visit(
  paths: readonly string[],
  env: Readonly<Record<string, string>>,
  preload = true,
  fixture = FIXTURE,
): Promise<PreloadedEnd & { readonly answers: readonly unknown[] }> {
  const app = await startPreloaded(fixture, { preload, env: { DATABASE_URL: postgres?.url ?? '', ...env } });
  const answers: unknown[] = [];
  for (const path of paths) {
    const response = await fetch(`${app.url}${path}`, {
      headers: { 'x-request-id': path },
      signal: AbortSignal.timeout(10_000),
    });
    answers.push([response.status, await response.json()]);
  }
  return { answers, ...(await app.end()) };
}

/** The packages that are loaded by then, and the kinds of what was recorded on the way. */
async function loadedAfter(
  paths: readonly string[],
  mode: string,
): Promise<{ readonly loaded: unknown; readonly categories: readonly string[] }> {
  const { answers, records } = await visit([...paths, '/loaded'], {
    AUDIT_REGISTER_CAPTURE: mode,
    AUDIT_REGISTER_CAPTURE_READS: 'true',
    AUDIT_REGISTER_CAPTURE_CALLS: 'true',
  });
  const [, loaded] = answers.at(-1) as [number, unknown];
  return { loaded, categories: records.map(({ category }) => category) };
}

test('requests, queries and requests to others load no SDK and no instrumentation', async () => {
  const { loaded, categories } = await loadedAfter(['/query', '/asks'], 'lean');
  expect(new Set(categories)).toEqual(new Set(['http', 'db', 'call']));
  expect(loaded).toContain('@opentelemetry/api');
  for (const name of [...INSTRUMENTED, '@opentelemetry/sdk-trace']) expect(loaded).not.toContain(name);
});

test('tracers of the application are real ones, loaded when they are used', async () => {
  const { loaded } = await loadedAfter(['/own-span'], 'lean');
  expect(loaded).toContain('@opentelemetry/sdk-trace');
  for (const name of INSTRUMENTED) expect(loaded).not.toContain(name);
});

// NOTE: ES modules have a copy of OpenTelemetry's API of their own.
test.each(['lean', 'instrumentation'])(
  'tracers that ES modules asked for early are real ones: %s',
  async (mode) => {
    const app = await startPreloaded(`${import.meta.dirname}/fixtures/early-tracer.mjs`, {
      env: { AUDIT_REGISTER_CAPTURE: mode },
    });
    const response = await fetch(app.url, { signal: AbortSignal.timeout(10_000) });
    const { isRecording, traceId } = (await response.json()) as { isRecording: boolean; traceId: string };
    const { records } = await app.end();
    expect(isRecording).toBe(true);
    expect(records).toMatchObject([{ category: 'http', trace_id: traceId }]);
  },
);

test('instrumentations are loaded where they are asked for', async () => {
  const { loaded } = await loadedAfter(['/query'], 'instrumentation');
  expect(loaded).toEqual(expect.arrayContaining(INSTRUMENTED));
});

// NOTE: instrumentation-http swallows it, and the client waits for ever.
test('a handler that throws nothing at all ends as it does without us', async () => {
  const audited = await visit(['/null-error'], { AUDIT_REGISTER_CAPTURE: 'lean' });
  const bare = await visit(['/null-error'], {}, false);
  expect(audited.answers).toEqual(bare.answers);
  expect(audited.records).toMatchObject([{ url_path: '/null-error', http_status: 500 }]);
});

test('records stand in one trace beneath an older API that has been told where to log', async () => {
  const { answers, records } = await visit(
    ['/'],
    { AUDIT_REGISTER_CAPTURE: 'lean', AUDIT_REGISTER_CAPTURE_CALLS: 'true' },
    true,
    `${import.meta.dirname}/fixtures/older-api-app.cjs`,
  );
  expect(answers).toEqual([[200, { isSeen: false }]]);
  const places = new Map(records.map((record) => [record.category, record]));
  const { trace_id: traceId, span_id: spanId } = places.get('http') ?? {};
  expect(traceId).toMatch(/^[0-9a-f]{32}$/);
  const below = { trace_id: traceId, parent_span_id: spanId };
  expect(places.get('db')).toMatchObject(below);
  expect(places.get('call')).toMatchObject(below);
});
