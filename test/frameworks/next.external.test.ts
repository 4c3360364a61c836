import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../http/audited-app.ts';
import type { AuditedApp, Line } from '../http/audited-app.ts';
import { authorizationOf } from '../process/tokens.ts';
import { startPostgres } from '../support/postgres.ts';
import type { Postgres } from '../support/postgres.ts';
import { actionId, buildNext, startNext } from './next-app.ts';

interface Visit {
  readonly name: string;
  readonly path: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly status: number;
  readonly expected: Readonly<Record<string, unknown>>;
  /** What it asked for beneath its path. @default nothing */
  readonly operations?: string;
}

/** Pages that are streamed, and the order that they show. */
const STREAMED: Readonly<Record<string, number>> = { '/orders/7': 7, '/moved': 9 };

const VISITS: readonly Visit[] = [
  { name: 'a static page', path: '/', status: 200, expected: { http_route: '/', outcome: 'success' } },
  { name: 'a file', path: '/notes.txt', status: 200, expected: { http_route: '', outcome: 'success' } },
  {
    name: 'a route handler',
    path: '/api/orders/7',
    status: 200,
    expected: { http_route: '/api/orders/[id]', target_id: '/api/orders/[id]', outcome: 'success' },
  },
  {
    name: 'a route handler that denies',
    path: '/api/orders/7',
    method: 'DELETE',
    status: 403,
    expected: { http_route: '/api/orders/[id]', action: 'delete', outcome: 'denied' },
  },
  {
    name: 'a route handler that throws',
    path: '/api/fail',
    method: 'POST',
    status: 500,
    expected: { http_route: '/api/fail', outcome: 'failure' },
  },
  {
    name: 'a page that is streamed',
    path: '/orders/7',
    status: 200,
    expected: { http_route: '/orders/[id]', outcome: 'success' },
  },
  {
    name: 'a page as its parts, for the router of the browser',
    path: '/orders/7?_rsc',
    headers: { rsc: '1' },
    status: 200,
    expected: { http_route: '/orders/[id]', url_path: '/orders/7', outcome: 'success' },
  },
  {
    name: 'a page that was made with the build',
    path: '/guides/first',
    status: 200,
    expected: { http_route: '/guides/[slug]', outcome: 'success' },
  },
  {
    name: 'a page that is made when it is first asked for',
    path: '/guides/second',
    status: 200,
    expected: { http_route: '/guides/[slug]', outcome: 'success' },
  },
  {
    name: 'a page that is made anew',
    path: '/blog',
    status: 200,
    expected: { http_route: '/blog', outcome: 'success' },
  },
  {
    name: 'a handler of the pages router',
    path: '/api/legacy/3',
    status: 200,
    expected: { http_route: '/api/legacy/[id]', outcome: 'success' },
  },
  {
    name: 'a page of the pages router',
    path: '/old/3',
    status: 200,
    expected: { http_route: '/old/[id]', outcome: 'success' },
  },
  {
    name: 'what the proxy refuses, which has no route yet',
    path: '/blocked/5',
    status: 403,
    expected: { http_route: '', outcome: 'denied' },
  },
  {
    name: 'what the proxy rewrites, with the path as it was sent',
    path: '/moved',
    status: 200,
    expected: { http_route: '/orders/[id]', url_path: '/moved', outcome: 'success' },
  },
  {
    name: 'what there is not',
    path: '/nowhere/5',
    status: 404,
    expected: { http_route: '', outcome: 'failure' },
  },
  {
    name: 'GraphQL within the bundle',
    path: '/api/graphql',
    method: 'POST',
    body: '{"query":"mutation Harmless { deleteOrder(id: \\"6\\") }"}',
    status: 200,
    expected: { http_route: '/api/graphql', outcome: 'success' },
    operations: 'mutation.deleteOrder',
  },
  {
    name: 'tRPC outside of the bundle',
    path: '/api/trpc/remove?batch=1',
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
    status: 403,
    expected: { http_route: '/api/trpc/[trpc]', outcome: 'denied', error_type: 'FORBIDDEN' },
    operations: 'mutation.remove',
  },
];

const USERS = 50;

let postgres: Postgres;
let app: AuditedApp;
let bare: AuditedApp;
let gated: AuditedApp;

beforeAll(async () => {
  postgres = await startPostgres();
  const client = new Client({ connectionString: postgres.url });
  await client.connect();
  await client.query('CREATE TABLE orders (id int PRIMARY KEY, seen int NOT NULL DEFAULT 0)');
  await client.query('INSERT INTO orders (id) SELECT generate_series(1, 1000)');
  await client.end();
  const env = { DATABASE_URL: postgres.url };
  await buildNext({ ...env, AUDIT_REGISTER_SINK: 'console' });
  app = await startNext('start', { env });
  gated = await startNext('start', { env: { ...env, AUDIT_REGISTER_DELIVERY: 'write-ahead' } });
  bare = await startNext('start', { env, isBare: true });
}, 300_000);

afterAll(async () => {
  await Promise.all([app?.stop(), gated?.stop(), bare?.stop()]);
  await postgres?.stop();
});

async function visit(
  { port }: AuditedApp,
  { path, method = 'GET', headers = {}, body }: Pick<Visit, 'path' | 'method' | 'headers' | 'body'>,
  id: string,
  user: string,
): Promise<Response> {
  return await fetch(`http://localhost:${port}${path}`, {
    method,
    headers: { ...(await authorizationOf(user)), 'x-request-id': id, ...headers },
    ...(body !== undefined && { body }),
  });
}

const callAction = (id: string, argument: string): Parameters<typeof visit>[1] => ({
  path: '/act',
  method: 'POST',
  headers: { 'next-action': id, 'content-type': 'text/plain;charset=UTF-8', accept: 'text/x-component' },
  body: JSON.stringify([argument]),
});

describe('the record of a request to Next.js', () => {
  it.for(VISITS)('says $name', async ({ name, status, expected, operations, ...asked }) => {
    const response = await visit(app, asked, name, 'ada');
    await response.text();
    expect(response.status).toBe(status);
    const record = await app.request({ correlation_id: name });
    expect(record).toMatchObject({
      http_status: status,
      actor_id: 'ada',
      actor_assurance: 'verified',
      ...expected,
    });
    expect(record.attributes['audit.operations']).toBe(operations);
    expect(record.trace_id).toMatch(/^[0-9a-f]{32}$/);
  });

  it.each(['spool', 'write-ahead'])(
    'is one for each request, and by %s the answers are as without',
    async (way) => {
      const audited = way === 'spool' ? app : gated;
      for (const { name, status, expected: _, operations: __, ...asked } of VISITS) {
        const id = `same ${name}`;
        const [here, there] = [await visit(audited, asked, id, 'ada'), await visit(bare, asked, id, 'ada')];
        const [text, expected] = [await here.text(), await there.text()];
        expect([here.status, there.status], name).toEqual([status, status]);
        // NOTE: what was made anew, and by which of the servers, is another thing each time.
        if (asked.path !== '/blog') expect(headersOf(here), name).toEqual(headersOf(there));
        // NOTE: where a streamed page is cut goes by which of its parts was ready first, and that is drawn by lot.
        const order = STREAMED[asked.path];
        if (order !== undefined) {
          for (const page of [text, expected])
            expect(page, name).toMatch(new RegExp(`<b>order (?:<!-- -->)?${order}</b>[^]*</html>`));
        } else if (asked.path !== '/blog') expect(withoutIds(text), name).toBe(withoutIds(expected));
        await audited.request({ correlation_id: id });
        const records = audited.lines().filter((line) => line.correlation_id === id);
        expect(records.filter(({ category }) => category === 'http')).toHaveLength(1);
      }
    },
  );

  it('names the server action that a page calls, and the row it deletes', async () => {
    const response = await visit(app, callAction(actionId(), '15'), 'action', 'bob');
    await response.text();
    expect(response.status).toBe(200);
    const record = await app.request({ correlation_id: 'action' });
    expect(record).toMatchObject({ http_route: '/act', outcome: 'success', actor_id: 'bob' });
    expect(record.attributes['audit.operations']).toBe('action.app/act/actions.js#removeOrder');
    const [statement] = await app.records({ correlation_id: 'action', category: 'db' }, 1);
    expect(statement).toMatchObject({ action: 'delete', target_id: '15', actor_id: 'bob', db_rows: 1 });
  });

  it('says that a server action failed', async () => {
    await (await visit(app, callAction(actionId(), '13'), 'unlucky', 'bob')).text();
    const record = await app.request({ correlation_id: 'unlucky' });
    expect(record).toMatchObject({ http_status: 500, outcome: 'failure' });
    expect(record.attributes['audit.operations']).toBe('action.app/act/actions.js#removeOrder');
  });

  it.each([
    ['an id that no action has', '/act', '40'.repeat(21)],
    ['no id', '/act', 'removeOrder'],
  ])('takes %s for no action', async (name, path, id) => {
    await (await visit(app, { ...callAction(id, '16'), path }, name, 'eve')).text();
    const record = await app.request({ correlation_id: name });
    expect(record.attributes['audit.operations']).toBeUndefined();
    expect(record['outcome']).toBe('failure');
  });

  it('takes the id of an action for none where a route handler answers', async () => {
    await (await visit(app, { ...callAction(actionId(), '16'), path: '/api/fail' }, 'handler', 'eve')).text();
    expect((await app.request({ correlation_id: 'handler' })).attributes['audit.operations']).toBeUndefined();
  });

  it('has the route of a form that is sent without JavaScript, whose action only its body names', async () => {
    const page = await (await visit(app, { path: '/act' }, 'page', 'bob')).text();
    const form = new FormData();
    for (const [, name, value] of page.matchAll(/<input type="hidden" name="([^"]+)"(?: value="([^"]*)")?/g))
      form.append(name as string, (value ?? '').replaceAll('&quot;', '"'));
    const response = await fetch(`http://localhost:${app.port}/act`, {
      method: 'POST',
      headers: { ...(await authorizationOf('bob')), 'x-request-id': 'form' },
      body: form,
    });
    await response.text();
    const [statement] = await app.records({ correlation_id: 'form', category: 'db' }, 1);
    expect(statement).toMatchObject({ target_id: '5', actor_id: 'bob', http_route: '/act' });
    const record = await app.request({ correlation_id: 'form' });
    expect(record).toMatchObject({ http_route: '/act', outcome: 'success', actor_id: 'bob' });
    expect(record.attributes['audit.operations']).toBeUndefined();
  });

  it.each(['/api/orders/', '/orders/'])(
    `keeps ${USERS} users apart who come to %s at once, in requests and in statements`,
    async (path) => {
      const isOfCrowd = ({ correlation_id: id }: Line): boolean => id.startsWith(`crowd ${path}`);
      await Promise.all(
        Array.from({ length: USERS }, async (_, index) => {
          const id = String(100 + index);
          const response = await visit(app, { path: path + id }, `crowd ${path}${id}`, `user-${id}`);
          expect(await response.text()).toContain(id);
        }),
      );
      const lines = await until('the records of the crowd', () => {
        const found = app.lines().filter(isOfCrowd);
        return found.length >= 2 * USERS ? found : undefined;
      });
      expect(lines).toHaveLength(2 * USERS);
      for (const line of lines) {
        const id = line.correlation_id.slice(`crowd ${path}`.length);
        expect(line).toMatchObject({ actor_id: `user-${id}`, actor_assurance: 'verified' });
        if (line.category === 'db') expect(line['target_id']).toBe(id);
        else expect(line['url_path']).toBe(path + id);
      }
    },
  );

  it('costs the application no word', () => {
    expect(app.stderr() + app.stdout()).not.toMatch(/audit|warning/i);
  });
});

/** Of each rendering of a page. */
function withoutIds(text: string): string {
  return text.replaceAll(/"[\w-]{21}[mv]"/g, '"id"');
}

function headersOf({ headers }: Response): Record<string, string> {
  const own = new Set(['date', 'x-request-id', 'etag']);
  return Object.fromEntries([...headers].filter(([name]) => !own.has(name)));
}

describe('Next.js while it is developed', () => {
  it('has its records too', async () => {
    const dev = await startNext('dev', { env: { DATABASE_URL: postgres.url } });
    const response = await visit(dev, { path: '/api/orders/20' }, 'developed', 'ada');
    expect([response.status, await response.json()]).toEqual([200, { id: '20' }]);
    expect(await dev.request({ correlation_id: 'developed' })).toMatchObject({
      http_route: '/api/orders/[id]',
      actor_id: 'ada',
      outcome: 'success',
    });
    const [statement] = await dev.records({ correlation_id: 'developed', category: 'db' }, 1);
    expect(statement).toMatchObject({ target_id: '20', actor_id: 'ada' });
    await dev.stop();
  });
});
