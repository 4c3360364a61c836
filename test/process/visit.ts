import { expect } from 'vitest';
import { until } from './condition.ts';
import type { Launched, Line } from './launch.ts';
import { authorizationOf } from './tokens.ts';

interface Step {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly user: string;
  /** Whose name the records must carry. */
  readonly actor: string;
}

const STEPS: readonly Step[] = [
  { method: 'POST', path: '/items/1', user: 'alice', actor: 'alice' },
  { method: 'GET', path: '/items/1', user: 'bob', actor: 'bob' },
  { method: 'POST', path: '/items/2', user: 'bob', actor: 'bob' },
  { method: 'POST', path: '/in-code', user: 'alice', actor: 'named-in-code' },
];

/** Several users at once; the responses are the application's own. */
export async function visit(address: string): Promise<void> {
  await Promise.all(
    STEPS.map(async ({ method, path, user }) => {
      const headers = { ...(await authorizationOf(user)), 'x-request-id': `${method} ${path}` };
      const response = await fetch(address + path, { method, headers });
      expect([response.status, await response.text()]).toEqual([200, path]);
    }),
  );
}

/** One record a request and one a write: right actor, and one trace that joins the two. */
export function expectVisit(lines: readonly Line[]): void {
  const seen = lines.map((line) => `${line.category} ${line.correlation_id} by ${line.actor_id}`);
  expect(seen.sort()).toEqual(expectedRecords());
  for (const { method, path } of STEPS) {
    const traces = lines
      .filter((line) => line.correlation_id === `${method} ${path}`)
      .map((line) => line.trace_id);
    expect(traces[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(new Set(traces).size).toBe(1);
  }
}

function expectedRecords(): string[] {
  return STEPS.flatMap(({ method, path, actor }) => {
    const categories = method === 'POST' ? ['db', 'http'] : ['http'];
    return categories.map((category) => `${category} ${method} ${path} by ${actor}`);
  }).sort();
}

/** Visits, ends the application in order, and gives back everything it has recorded. */
export async function visitAndEnd(app: Launched): Promise<readonly Line[]> {
  await visit(await app.address());
  await until('the records', () => app.lines().length >= expectedRecords().length);
  app.child.kill('SIGTERM');
  expect((await app.ended).signal).toBe('SIGTERM');
  return app.lines();
}
