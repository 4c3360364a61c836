import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp } from '../http/audited-app.ts';
import type { AuditedApp, NodeVersion } from '../http/audited-app.ts';
import { KeyServer } from '../identity/key-server.ts';
import { createSigner, ISSUER } from '../identity/tokens.ts';
import type { Signer } from '../identity/tokens.ts';

interface Framework {
  readonly name: string;
  /** Where it differs from the table below. */
  readonly routes?: Readonly<Record<string, string>>;
  /** Paths that its application does not have. */
  readonly without?: readonly string[];
}

interface Visit {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly outcome: string;
  readonly route: string;
}

const FRAMEWORKS: readonly Framework[] = [
  { name: 'http', routes: { '/users/7': '' }, without: ['/api'] },
  { name: 'express' },
  { name: 'fastify', routes: { '/api/v1/locked/5': '/api/v1/locked/:id' } },
  { name: 'koa' },
  { name: 'nest', routes: { '/api/v1/locked/5': '' } },
  { name: 'hono', routes: { '/api/v1/locked/5': '/api/v1/locked/:id' } },
];

const VISITS: readonly Visit[] = [
  { method: 'GET', path: '/users/7', status: 200, outcome: 'success', route: '/users/:id' },
  { method: 'HEAD', path: '/users/7', status: 200, outcome: 'success', route: '/users/:id' },
  {
    method: 'GET',
    path: '/api/v1/orders/3/items/4',
    status: 200,
    outcome: 'success',
    route: '/api/v1/orders/:order/items/:item',
  },
  { method: 'GET', path: '/nowhere/at/all', status: 404, outcome: 'failure', route: '' },
  { method: 'GET', path: '/api/v1/private/5', status: 403, outcome: 'denied', route: '/api/v1/private/:id' },
  { method: 'GET', path: '/api/v1/locked/5', status: 403, outcome: 'denied', route: '' },
  { method: 'GET', path: '/api/v1/fail/5', status: 500, outcome: 'failure', route: '/api/v1/fail/:id' },
];

const NODES: readonly NodeVersion[] = [24, 22, 26];
const USERS = 100;

let keys: KeyServer;
let signer: Signer;

beforeAll(async () => {
  keys = new KeyServer();
  signer = await createSigner('RS256', 'key-1');
  keys.serve(signer.jwk);
  await keys.start();
});
afterAll(() => keys.stop());

describe.for(NODES)('parity A: CommonJS and ES modules, callbacks and promises, on Node.js %i', (node) => {
  describe.for(FRAMEWORKS.flatMap((framework) => ['cjs', 'mjs'].map((form) => ({ ...framework, form }))))(
    '$name ($form)',
    ({ name, form, routes = {}, without = [] }) => {
      let app: AuditedApp;
      beforeAll(async () => {
        app = await startApp(`frameworks/${name}.${form}`, {
          node,
          env: { AUDIT_REGISTER_JWT_JWKS_URL: keys.url, AUDIT_REGISTER_JWT_ISSUER: ISSUER },
        });
      });
      afterAll(() => app.stop());

      const visits = VISITS.filter(({ path }) => !without.some((prefix) => path.startsWith(prefix)));

      it.for(visits)(
        'records $method $path with its route and status',
        async ({ method, path, status, outcome, route }) => {
          const id = `${method} ${path}`;
          const token = await signer.sign({ sub: 'ada' });
          const headers = { authorization: `Bearer ${token}`, 'x-request-id': id };
          const response = await fetch(`http://127.0.0.1:${app.port}${path}?q=1`, { method, headers });
          await response.arrayBuffer();
          expect(response.status).toBe(status);
          expect(await app.request({ correlation_id: id })).toMatchObject({
            http_method: method,
            url_path: path,
            http_route: routes[path] ?? route,
            http_status: status,
            outcome,
            actor_id: 'ada',
            actor_assurance: 'verified',
            auth_method: 'jwt',
            source_address: '127.0.0.1',
          });
        },
      );

      it('keeps 100 users apart who come at once, in requests and in statements', async () => {
        const answers = await Promise.all(
          Array.from({ length: USERS }, async (_, index) => {
            const token = await signer.sign({ sub: `user-${index}` });
            const headers = { authorization: `Bearer ${token}`, 'x-request-id': `crowd-${index}` };
            const response = await fetch(`http://127.0.0.1:${app.port}/users/${index}`, { headers });
            return ((await response.json()) as { id: string }).id;
          }),
        );
        expect(answers).toEqual(Array.from({ length: USERS }, (_, index) => String(index)));
        const isOfCrowd = (id: string): boolean => id.startsWith('crowd-');
        await app.records({ correlation_id: `crowd-${USERS - 1}`, category: 'http' }, 1);
        await waitForCrowd(app, isOfCrowd);
        const lines = app.lines().filter((line) => isOfCrowd(line.correlation_id));
        for (const line of lines) {
          const index = line.correlation_id.slice('crowd-'.length);
          expect(line).toMatchObject({ actor_id: `user-${index}`, actor_assurance: 'verified' });
          if (line.category === 'db') expect(line['target_id']).toBe(index);
          else expect(line['url_path']).toBe(`/users/${index}`);
        }
        expect(lines.filter((line) => line.category === 'http')).toHaveLength(USERS);
        expect(lines.filter((line) => line.category === 'db')).toHaveLength(USERS);
        expect(new Set(lines.map((line) => line['trace_id'])).size).toBe(USERS);
      });

      it('knows whose statement it is when the body comes in pieces', async () => {
        const token = await signer.sign({ sub: 'slow' });
        const body = '{"id":7777}';
        const head =
          `POST /api/v1/orders HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Request-Id: pieces\r\n` +
          `Authorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
        const socket = connect(app.port, '127.0.0.1');
        socket.setNoDelay();
        socket.write(head);
        for (const piece of [body.slice(0, 3), body.slice(3)]) {
          // NOTE: there is nothing to wait for: the server does not answer before the last piece.
          await new Promise((resolve) => setTimeout(resolve, 30));
          socket.write(piece);
        }
        let answer = '';
        for await (const chunk of socket) answer += String(chunk);
        expect(answer).toMatch(/^HTTP\/1\.1 201 /);
        const [statement] = await app.records({ category: 'db', target_id: '7777' }, 1);
        expect(statement).toMatchObject({
          actor_id: 'slow',
          actor_assurance: 'verified',
          correlation_id: 'pieces',
        });
        const request = await app.request({ correlation_id: 'pieces' });
        expect(request).toMatchObject({
          http_status: 201,
          http_route: name === 'http' ? '' : '/api/v1/orders',
        });
        expect(statement?.['trace_id']).toBe(request['trace_id']);
      });
    },
  );
});

async function waitForCrowd(app: AuditedApp, isOfCrowd: (id: string) => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (Date.now() < deadline) {
    if (app.lines().filter((line) => isOfCrowd(line.correlation_id)).length >= 2 * USERS) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
