import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exchange, open, request } from '../http/exchange.ts';
import { startGated } from '../http/gated-app.ts';
import type { GatedApp } from '../http/gated-app.ts';
import { startPostgres } from '../support/postgres.ts';
import type { Postgres } from '../support/postgres.ts';

let postgres: Postgres;
let app: GatedApp;
beforeAll(async () => {
  postgres = await startPostgres();
  app = await startGated('pg.cjs', { env: { TEST_POSTGRES: postgres.url } });
});
afterAll(async () => {
  app.child.kill();
  await postgres.stop();
});

describe('a response of a request that wrote in PostgreSQL', () => {
  it.for([
    { path: '/promise', categories: ['db', 'http'] },
    { path: '/callback', categories: ['db', 'http'] },
    { path: '/transaction', categories: ['db', 'transaction', 'http'] },
    { path: '/failed', categories: ['db', 'http'] },
    { path: '/parallel', categories: ['db', 'db', 'db', 'http'] },
  ])('waits for the records of its statements at $path', async ({ path, categories }) => {
    const count = app.records().length;
    const connection = open(app.port);
    connection.send(request(`GET ${path} HTTP/1.1`));
    await app.waiting(1);
    expect(
      app
        .records()
        .slice(count)
        .map(({ category }) => category),
    ).toEqual(categories);
    expect(await exchange(app.port, 'what is this\r\n\r\n')).toMatch(/ 400 /);
    expect(connection.received()).toBe('');
    await app.release(true);
    expect(await connection.closed).toMatch(/done$/);
  });
});
