import { SignJWT } from 'jose';
import { expect } from 'vitest';
import { startPreloaded } from '../support/preloaded.ts';
import type { RecordRow } from '../support/preloaded.ts';

const SECRET = 'a-secret-of-the-attribution-tests-only';
const USERS = 50;

/** What 50 users left who asked at the same time, each for `/request-<n>`. */
export interface ParallelVisit {
  /** What the application says it did for each of them. */
  readonly steps: readonly string[];
  /** Records of what was done, without those of the requests. */
  readonly acts: readonly RecordRow[];
}

/** The application does the same for each of its users; it must answer with a list of what that was. */
export async function visitInParallel(
  fixture: string,
  env: Readonly<Record<string, string>>,
): Promise<ParallelVisit> {
  const app = await startPreloaded(fixture, { env: { ...env, AUDIT_REGISTER_JWT_SECRET: SECRET } });
  const answers = await Promise.all(
    Array.from({ length: USERS }, async (_, index) => {
      const response = await fetch(`${app.url}/request-${index}`, {
        headers: { authorization: `Bearer ${await tokenOf(`user-${index}`)}` },
      });
      expect(response.status, await response.clone().text()).toBe(200);
      return (await response.json()) as string[];
    }),
  );
  const { exitCode, records, stderr } = await app.end();
  expect(exitCode, stderr).toBe(0);
  expect(stderr).toBe('');
  const requests = records.filter(({ category, action }) => category === 'http' && action !== 'call');
  expect(requests).toHaveLength(USERS);
  const acts = records.filter((record) => !requests.includes(record));
  expectOwnTraces(acts, requests);
  return { steps: answers[0] ?? [], acts };
}

/** Each act is of the user, and in the trace, of the request that it belongs to. */
function expectOwnTraces(acts: readonly RecordRow[], requests: readonly RecordRow[]): void {
  const byId = new Map(requests.map((request) => [request.record_id, request]));
  for (const act of acts) {
    const request = byId.get(act.request_id);
    expect(act.actor_id).toBe(request?.actor_id);
    expect(act.trace_id).toBe(request?.trace_id);
  }
}

/** What each user did, as `user: step`, each once. */
export function expectedActs(steps: readonly string[]): readonly string[] {
  return Array.from({ length: USERS }, (_, index) => steps.map((step) => `user-${index}: ${step}`))
    .flat()
    .sort();
}

function tokenOf(sub: string): Promise<string> {
  return new SignJWT({ sub }).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(SECRET));
}
