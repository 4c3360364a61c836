import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startPostgres } from '../support/postgres.ts';
import type { Postgres } from '../support/postgres.ts';
import { createItems } from './items.ts';
import { useInstallation } from './launch.ts';
import type { Launched, Line } from './launch.ts';
import { ROOT } from './nodes.ts';
import { expectVisit, visitAndEnd } from './visit.ts';

interface Span {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

const SERVER = 1;
const WAYS = [
  { way: 'before the preload', file: 'app.cjs', before: ['--require', './tracing.cjs'] },
  { way: 'in its first line', file: 'traced-app.cjs', before: [] },
  { way: 'in the first line of an ES module', file: 'traced-app.mjs', before: [] },
];

/** The SDK this package is built with, and the one before it, with a copy of the API of its own. */
const SDKS = [
  { sdk: 3, from: {} },
  { sdk: 2, from: { OPENTELEMETRY: join(ROOT, 'test/runtimes/opentelemetry-2/package.json') } },
];

const installation = useInstallation();
let postgres: Postgres;
let runs = 0;

beforeAll(async () => {
  postgres = await startPostgres();
  await createItems(postgres.url);
});
afterAll(() => postgres?.stop());

const CASES = SDKS.flatMap((sdk) => WAYS.map((way) => ({ ...sdk, ...way })));

describe.each(CASES)(
  'An application that starts its own OpenTelemetry SDK $sdk $way',
  ({ sdk, file, before, from }) => {
    test('exports what it would export without us, and every record carries the ids of its span', async () => {
      const { app, spansFile } = launch(file, before, from);
      const lines = await visitAndEnd(app);
      expectVisit(lines);
      const spans = readSpans(spansFile);
      const own = spans.filter((span) => span.kind === SERVER || span.name.startsWith('pg.query'));
      const ids = (list: readonly string[]): string[] => list.toSorted();
      expect(ids(own.map((span) => `${span.traceId} ${span.spanId}`))).toEqual(
        ids(lines.map((line) => `${line.trace_id} ${String(line['span_id'])}`)),
      );
      expect(app.stderr()).toBe('');
    });

    test('and samples nothing has complete records all the same', async () => {
      const { app, spansFile } = launch(file, before, { ...from, SAMPLER: 'off' });
      const lines = await visitAndEnd(app);
      expect(actorsOf(lines)).toEqual(EVERY_RECORD);
      // An API that is older than ours does not show us its context, and with it the ids of a span that nobody records.
      if (sdk === 3) expectVisit(lines);
      expect(readSpans(spansFile)).toEqual([]);
      expect(app.stderr()).toBe('');
    });
  },
);

test('An SDK that is given our span processor is not joined a second time', async () => {
  const { app } = launch('traced-app.cjs', [], { AUDIT_PROCESSOR: 'given' });
  expectVisit(await visitAndEnd(app));
  expect(app.stderr()).toBe('');
});

test('A tracer provider that cannot be joined is said with the mend, and every record is there', async () => {
  const { app } = launch('closed-provider.cjs', [], {});
  expect(actorsOf(await visitAndEnd(app))).toEqual(EVERY_RECORD);
  expect(app.stderr()).toMatch(
    /^audit-register: [^\n]*cannot be joined[^\n]*createAuditSpanProcessor\(\)[^\n]*\n$/,
  );
});

/** What the visit leaves, whatever becomes of its spans. */
const EVERY_RECORD = [
  'db alice',
  'db bob',
  'db named-in-code',
  'http alice',
  'http bob',
  'http bob',
  'http named-in-code',
];

function actorsOf(lines: readonly Line[]): string[] {
  return lines.map((line) => `${line.category} ${line.actor_id}`).toSorted();
}

function launch(file: string, before: readonly string[], env: Record<string, string>) {
  const spansFile = join(installation().directory, `spans-${(runs += 1)}.jsonl`);
  const app: Launched = installation().launch(file, {
    nodeArgs: [...before, '--require', 'audit-register'],
    env: { ...env, DATABASE_URL: postgres.url, SPANS_FILE: spansFile },
  });
  return { app, spansFile };
}

function readSpans(path: string): (Span & { kind: number })[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Span & { kind: number });
}
