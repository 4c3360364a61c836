import { beforeAll, describe, expect, test } from 'vitest';
import { startApp } from '../http/audited-app.ts';
import type { AuditedApp } from '../http/audited-app.ts';

const FIXTURE = '../capture/fixtures/outgoing-app.cjs';
const WAYS = [
  'plain',
  'alone',
  'pooled',
  'headed',
  'listed',
  'secure',
  'secure, listed',
  'expecting',
  'expecting, listed',
  'traced',
  'traced, listed',
  'traced, expecting',
];

interface Asked {
  readonly traceId?: string;
  /** Names and values in turn. */
  readonly sent: readonly string[];
}

async function ask({ port }: AuditedApp, way: string): Promise<Asked> {
  const response = await fetch(`http://127.0.0.1:${port}/${encodeURIComponent(way)}`);
  const text = await response.text();
  expect(response.status, text).toBe(200);
  return JSON.parse(text) as Asked;
}

/** Headers without the trace of them, and without the port. */
function withoutTrace(sent: readonly string[]): readonly string[] {
  const pairs = sent.flatMap((name, at) => (at % 2 === 0 ? [`${name}: ${sent[at + 1]}`] : []));
  return pairs.filter((pair) => !/^traceparent/i.test(pair)).map((pair) => pair.replace(/:\d+$/, ''));
}

describe.for([22, 24, 26] as const)('what Node.js %i sends to others', (node) => {
  let app: AuditedApp;
  let bare: AuditedApp;
  beforeAll(async () => {
    app = await startApp(FIXTURE, { node, env: { AUDIT_REGISTER_CAPTURE: 'lean' } });
    bare = await startApp(FIXTURE, { node, isBare: true });
  });

  test.for(WAYS)(
    '%s: the trace of the request goes along, once, and nothing else is changed',
    async (way) => {
      const { traceId, sent } = await ask(app, way);
      const traces = sent.filter((_, at) => at > 0 && sent[at - 1]?.toLowerCase() === 'traceparent');
      expect(traces).toEqual([expect.stringMatching(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`))]);
      expect(withoutTrace(sent)).toEqual(withoutTrace((await ask(bare, way)).sent));
    },
  );
});
