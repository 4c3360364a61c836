import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHasher } from '../../src/record/redaction/redact-hash.ts';
import { withLateNames } from '../support/late-names.ts';
import { startApp, until } from '../http/audited-app.ts';
import type { AuditedApp } from '../http/audited-app.ts';

const USERS = 100;

const FRAMEWORKS = [
  'express',
  'express-session',
  'cookie-session',
  'fastify',
  'koa',
  'koa-session',
  'hono',
  'nest',
  'http',
];

describe.each(FRAMEWORKS)('a user whom %s authenticates late', (framework) => {
  let app: AuditedApp;
  beforeAll(async () => {
    app = await startApp('frameworks/late-users.cjs', { env: { FRAMEWORK: framework } });
  });
  afterAll(() => app.stop());

  async function visit(path: string, id: string, user?: string): Promise<void> {
    const headers = { 'x-request-id': id, ...(user === undefined ? {} : { 'x-user': user }) };
    const response = await fetch(`http://127.0.0.1:${app.port}${path}`, { headers });
    expect(response.status, await response.text()).toBe(200);
  }

  it('is on every record of the request, those before included, in their order', async () => {
    await visit('/orders/1', 'single', 'ada');
    const lines = withLateNames(await app.records({ correlation_id: 'single' }, 3));
    expect(lines.map(({ category, target_type: target }) => [category, target])).toEqual([
      ['db', 'visits'],
      ['db', 'orders'],
      ['http', 'route'],
    ]);
    for (const line of lines) {
      expect(line).toMatchObject({
        actor_type: 'user',
        actor_id: 'ada',
        actor_name: 'Name of ada',
        actor_roles: ['staff'],
        tenant_id: 'acme',
        auth_method: 'session',
        actor_assurance: 'trusted',
      });
    }
  });

  it('is nobody where nobody is authenticated', async () => {
    await visit('/orders/2', 'nobody');
    for (const line of await app.records({ correlation_id: 'nobody' }, 3))
      expect(line).toMatchObject({ actor_type: 'anonymous', actor_assurance: 'none' });
  });

  it('is never somebody else when 100 come at once', async () => {
    await Promise.all(
      Array.from({ length: USERS }, (_, index) =>
        visit(`/orders/${index}`, `crowd-${index}`, `user-${index}`),
      ),
    );
    const isOfCrowd = ({ correlation_id: id }: { correlation_id: string }): boolean =>
      id.startsWith('crowd-');
    const lines = await until('the records of the crowd', () => {
      const found = withLateNames(app.lines().filter(isOfCrowd));
      return found.length >= 3 * USERS ? found : undefined;
    });
    const named = lines.map(({ correlation_id: id, actor_id: actor }) => [id.slice('crowd-'.length), actor]);
    expect(named).toEqual(named.map(([index]) => [index, `user-${index}`]));
    expect(lines).toHaveLength(3 * USERS);
  });

  it('is looked at without running code of the application', () => {
    expect(app.stdout()).toBe(`listening ${app.port}\n`);
    expect(app.stderr()).toBe('');
  });
});

/** Those that tell of a moment between the authentication and the handler; Nest.js, Koa and Hono do not. */
describe.each(['express', 'express-session', 'fastify'])('a user of %s who logs out', (framework) => {
  it('is on the record of it', async () => {
    const app = await startApp('frameworks/late-users.cjs', { env: { FRAMEWORK: framework } });
    const headers = { 'x-request-id': 'logout', 'x-user': 'leaver' };
    await fetch(`http://127.0.0.1:${app.port}/out/7`, { headers });
    for (const line of await app.records({ correlation_id: 'logout' }, 2))
      expect(line).toMatchObject({ actor_id: 'leaver', auth_method: 'session' });
    await app.stop();
  });
});

describe('the session of a user', () => {
  const key = 'a key of these tests, long enough';

  it.each([
    [{ AUDIT_REGISTER_HMAC_KEY: key }, createHasher(key)('session of ada')],
    [{}, ''],
  ])('is a keyed hash where there is a key (%j)', async (env, sessionId) => {
    const app = await startApp('frameworks/late-users.cjs', {
      env: { FRAMEWORK: 'express-session', ...env },
    });
    await fetch(`http://127.0.0.1:${app.port}/orders/1`, {
      headers: { 'x-request-id': 'session', 'x-user': 'ada' },
    });
    for (const line of await app.records({ correlation_id: 'session' }, 3))
      expect(line).toMatchObject({ actor_id: 'ada', session_id: sessionId });
    await app.stop();
    expect(JSON.stringify(app.lines())).not.toContain('session of ada');
  });
});
