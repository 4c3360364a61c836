import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exchange, open, request } from '../http/exchange.ts';
import { startGated } from '../http/gated-app.ts';
import type { GatedApp } from '../http/gated-app.ts';

const PATHS = [
  'GET /users/7',
  'HEAD /users/7',
  'GET /api/v1/orders/3/items/4',
  'GET /nowhere/at/all',
  'GET /api/v1/private/5',
  'GET /api/v1/fail/5',
];

describe.for(['http', 'express', 'fastify', 'koa', 'nest', 'hono'])('write-ahead with %s', (name) => {
  let app: GatedApp;
  let bare: GatedApp;
  beforeAll(async () => {
    app = await startGated(`../frameworks/${name}.cjs`);
    bare = await startGated(`../frameworks/${name}.cjs`, { delivery: 'spool' });
  });
  afterAll(() => [app, bare].forEach(({ child }) => child.kill()));

  it.for(PATHS)('holds %s until its records are safe, and answers as without', async (path) => {
    const count = app.records().length;
    const connection = open(app.port);
    connection.send(request(`${path} HTTP/1.1`));
    await app.waiting(1);
    const records = app.records().slice(count);
    expect(await exchange(app.port, 'what is this\r\n\r\n')).toMatch(/ 400 /);
    expect(connection.received()).toBe('');
    await app.release(true);
    const answer = await connection.closed;
    const [, status] = /^HTTP\/1\.1 (\d+)/.exec(answer) ?? [];
    expect(records.at(-1)).toMatchObject({ category: 'http', http_status: Number(status) });
    if (path === 'GET /users/7') expect(records[0]).toMatchObject({ category: 'db', target_id: '7' });
    const stripped = (text: string): string => text.replaceAll(/^(?:Date|X-Request-Id): .*$/gim, '');
    expect(stripped(answer)).toBe(stripped(await exchange(bare.port, request(`${path} HTTP/1.1`))));
  });

  it('answers 503 where they are not', async () => {
    await app.set({ safety: 'unsafe' });
    expect(await exchange(app.port, request('GET /users/7 HTTP/1.1'))).toMatch(/^HTTP\/1\.1 503 /);
    await app.set({ safety: 'safe' });
    expect(await exchange(app.port, request('GET /users/7 HTTP/1.1'))).toMatch(/^HTTP\/1\.1 200 /);
  });
});
