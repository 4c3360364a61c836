import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startWatched } from '../../examples/demo/watched-process.ts';
import type { WatchedProcess } from '../../examples/demo/watched-process.ts';
import { ROOT } from '../compose/compose-file.ts';
import { SECRETS } from '../compose/compose-clickhouse.ts';
import { run } from '../integrity/command.ts';
import { startPostgres } from '../support/postgres.ts';
import type { Postgres } from '../support/postgres.ts';
import { Collecting } from './collecting.ts';
import { runStatements, startDjango } from './django-service.ts';
import type { Django, DjangoOptions } from './django-service.ts';

const START_MILLIS = 30_000;
const ISSUER_SECRET = 'the secret of the issuer';

const NO_CHAIN = '00000000-0000-0000-0000-000000000000';

type Row = Readonly<Record<string, unknown>>;

/** A service at the edge under the preload, and behind it one in Python under OpenTelemetry's own instrumentation. */
describe('a Django service behind a Node service', () => {
  let collecting: Collecting;
  let postgres: Postgres;
  let django: Django;
  let options: DjangoOptions;
  let gatewayUrl = '';
  let spool = '';
  const processes: WatchedProcess[] = [];

  beforeAll(async () => {
    [collecting, postgres] = await Promise.all([Collecting.start(), startPostgres()]);
    spool = await mkdtemp(join(tmpdir(), 'audit-register-gateway-'));
    const issuer = startWatched({
      name: 'Issuer',
      command: process.execPath,
      args: [join(ROOT, 'examples/shop/issuer.js')],
      env: { ISSUER_SECRET, PORT: '0' },
    });
    const [, issuerUrl = ''] = await issuer.line(/listening on (\S+)/, START_MILLIS);
    options = { databaseUrl: postgres.url, issuerUrl, collectorUrl: collecting.collector.url };
    django = await startDjango(options);
    const gateway = startGateway(issuerUrl);
    [, gatewayUrl = ''] = await gateway.line(/listening on (\S+)/, START_MILLIS);
    processes.push(issuer, gateway, django.process);
  }, 240_000);

  afterAll(async () => {
    await Promise.all(processes.map((watched) => watched.stop()));
    await Promise.all([collecting?.stop(), postgres?.stop()]);
    await rm(spool, { recursive: true, force: true });
  }, 60_000);

  function startGateway(issuerUrl: string): WatchedProcess {
    return startWatched({
      name: 'Gateway',
      command: process.execPath,
      args: ['--require', join(ROOT, 'dist/register.js'), join(import.meta.dirname, 'fixtures/gateway.cjs')],
      env: {
        PATH: process.env['PATH'],
        BEHIND: django.url,
        OTEL_SERVICE_NAME: 'gateway',
        AUDIT_REGISTER_SINK: 'otlp',
        AUDIT_REGISTER_OTLP_ENDPOINT: collecting.collector.url,
        AUDIT_REGISTER_FLUSH_INTERVAL_MS: '100',
        AUDIT_REGISTER_SPOOL_DIR: spool,
        AUDIT_REGISTER_JWT_JWKS_URL: `${issuerUrl}/.well-known/jwks.json`,
        AUDIT_REGISTER_JWT_ISSUER: issuerUrl,
      },
    });
  }

  async function tokenOf(subject: string): Promise<string> {
    const answer = await fetch(`${options.issuerUrl}/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-issuer-secret': ISSUER_SECRET },
      body: JSON.stringify({ subject, name: subject.toUpperCase(), roles: ['clerk'] }),
    });
    return ((await answer.json()) as { token: string }).token;
  }

  interface Asked {
    readonly as?: string;
    readonly body?: unknown;
    readonly flags?: '00' | '01';
    readonly headers?: Readonly<Record<string, string>>;
    readonly at?: string;
  }

  /** The trace of a request, and its status. */
  async function ask(method: string, path: string, { as, body, flags = '01', headers, at }: Asked = {}) {
    const trace = randomBytes(16).toString('hex');
    const answer = await fetch(`${at ?? gatewayUrl}${path}`, {
      method,
      headers: {
        traceparent: `00-${trace}-${randomBytes(8).toString('hex')}-${flags}`,
        ...(as !== undefined && { authorization: `Bearer ${await tokenOf(as)}` }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    await answer.arrayBuffer();
    return { trace, status: answer.status, cookie: answer.headers.get('set-cookie') ?? '' };
  }

  /** Everything that is recorded of a trace, in the order in which it began, once so much is there. */
  async function rowsOf(trace: string, least: number): Promise<Row[]> {
    await collecting.untilStored(least, `trace_id = '${trace}'`);
    return collecting.query(
      'SELECT * FROM audit.unique_records WHERE trace_id = {trace:String} ORDER BY category DESC, occurred_at',
      { trace },
    );
  }

  test('has its rows beside those of the Node service, in the same trace', async () => {
    const { trace, status } = await ask('POST', '/orders?token=hunter2-in-query', {
      as: 'alice',
      body: { item: 'teapot', password: 'hunter2-in-body' },
    });
    expect(status).toBe(201);
    const [edge, inner, statement, ...more] = await rowsOf(trace, 3);
    expect(more).toEqual([]);
    expect(edge).toMatchObject({
      service_name: 'gateway',
      category: 'http',
      actor_id: 'alice',
      actor_assurance: 'verified',
      auth_method: 'jwt',
    });
    expect(inner).toMatchObject({
      service_name: 'orders',
      category: 'http',
      action: 'create',
      outcome: 'success',
      actor_type: 'user',
      actor_id: 'alice',
      actor_name: 'ALICE',
      actor_roles: ['clerk'],
      actor_assurance: 'claimed',
      auth_method: 'span',
      source_address: '::ffff:127.0.0.1',
      http_method: 'POST',
      http_route: 'orders',
      http_status: 201,
      url_path: '/orders',
      url_query: 'token=',
      parent_span_id: edge?.['span_id'],
      chain_id: NO_CHAIN,
    });
    expect(statement).toMatchObject({
      service_name: 'orders',
      category: 'db',
      action: 'create',
      outcome: 'success',
      actor_id: 'alice',
      actor_assurance: 'claimed',
      target_type: 'orders_order',
      db_system: 'postgresql',
      db_namespace: 'postgres',
      db_statement:
        'INSERT INTO "orders_order" ("customer", "item", "quantity", "state") VALUES (?, ?, ?, ?) RETURNING "orders_order"."id"',
      transaction_outcome: 'unknown',
      parent_span_id: inner?.['span_id'],
      chain_id: NO_CHAIN,
    });
  });

  test('is carried to whom the edge has verified, in columns of their own', async () => {
    const { trace, status } = await ask('PATCH', '/orders/1', { as: 'alice', body: { quantity: 2 } });
    expect(status).toBe(204);
    const [edge] = await rowsOf(trace, 3);
    const carried = await collecting.query(
      `SELECT category, actor_id, actor_assurance, carried_by, carried_actor_id, carried_assurance, carried_from
       FROM audit.carried_records WHERE trace_id = {trace:String} ORDER BY category`,
      { trace },
    );
    const who = {
      actor_id: 'alice',
      actor_assurance: 'claimed',
      carried_by: 'span',
      carried_actor_id: 'alice',
      carried_assurance: 'verified',
      carried_from: edge?.['record_id'],
    };
    expect(carried).toEqual([
      { category: 'db', ...who },
      { category: 'http', ...who },
    ]);
  });

  test('tells a failure as a failure, and what was denied as denied', async () => {
    const again = await ask('POST', '/orders', { as: 'alice', body: { item: 'teapot' } });
    expect(again.status).toBe(409);
    const [, refused, statement] = await rowsOf(again.trace, 3);
    expect(refused).toMatchObject({ outcome: 'failure', http_status: 409 });
    expect(statement).toMatchObject({ outcome: 'failure', error_type: 'psycopg.errors.UniqueViolation' });
    expect(String(statement?.['error_message'])).not.toContain('teapot');
    expect(String(statement?.['error_message'])).toMatch(/unique constraint "orders_order_item_\w+"/);

    const stranger = await ask('DELETE', '/orders/1');
    expect(stranger.status).toBe(401);
    expect((await rowsOf(stranger.trace, 2))[1]).toMatchObject({
      service_name: 'orders',
      outcome: 'denied',
      actor_type: 'anonymous',
      actor_assurance: 'none',
    });
    const wrong = await ask('POST', '/login', { body: { name: 'bob', password: 'hunter2-wrong' } });
    expect(wrong.status).toBe(401);
    // The edge has a record of the login beside that of the request.
    const rows = await rowsOf(wrong.trace, 3);
    expect(rows.find((row) => row['service_name'] === 'orders')).toMatchObject({
      url_path: '/login',
      outcome: 'denied',
    });
  });

  test('names who logged in by a session, from the login on', async () => {
    const login = await ask('POST', '/login', {
      at: django.url,
      body: { name: 'bob', password: 'hunter2-of-bob' },
    });
    expect(login.status).toBe(204);
    const rows = await rowsOf(login.trace, 2);
    expect(rows[0]).toMatchObject({ category: 'http', actor_id: 'bob', actor_assurance: 'claimed' });
    expect(rows.map((row) => row['target_type'])).toContain('django_session');
    const cookie = login.cookie.split(';')[0] ?? '';
    const cancelled = await ask('POST', '/orders/1/cancel', { at: django.url, headers: { cookie } });
    expect(cancelled.status).toBe(204);
    const [request, statement, ...more] = await rowsOf(cancelled.trace, 2);
    expect(more).toEqual([]);
    expect(request).toMatchObject({ http_route: 'orders/<int:order_id>/cancel', actor_id: 'bob' });
    expect(statement).toMatchObject({
      action: 'update',
      target_type: 'orders_order',
      db_statement: 'UPDATE orders_order SET state = ? WHERE id = ?',
      actor_id: 'bob',
    });
    const secret = cookie.split('=')[1] ?? 'no session';
    expect(await found(secret)).toEqual([]);
  });

  test('is recorded although a client says that its trace is not sampled', async () => {
    const { trace } = await ask('DELETE', '/orders/1', { as: 'alice', flags: '00' });
    expect((await rowsOf(trace, 3)).map((row) => row['service_name'])).toEqual([
      'gateway',
      'orders',
      'orders',
    ]);
  });

  test('keeps reads of the database, health checks and its session to itself', async () => {
    const read = await ask('GET', '/orders', { as: 'alice', at: django.url });
    const health = await ask('GET', '/healthz', { at: django.url });
    // Behind them, so what was to come has come.
    const { trace } = await ask('POST', '/orders', { as: 'alice', at: django.url, body: { item: 'cup' } });
    await rowsOf(trace, 2);
    expect(await rowsOf(read.trace, 1)).toMatchObject([{ category: 'http', action: 'read' }]);
    expect(await rowsOf(health.trace, 0)).toEqual([]);
  });

  test('a program that writes constants into its statements leaves them in none of them', async () => {
    await runStatements(options, [
      "CREATE ROLE hunter2_not_this LOGIN PASSWORD 'hunter2-in-literal'",
      "INSERT INTO orders_order (customer, item, quantity, state) VALUES ('x', 'hunter2-in-value', 4711, 'open')",
      "UPDATE orders_order SET state = E'hunter2\\'in-escape' WHERE item = $$hunter2-in-dollars$$",
      "INSERT INTO orders_order (quantity) VALUES ('hunter2-in-error')",
    ]);
    await collecting.untilStored(4, "service_name = 'script'");
    const rows = await collecting.query(
      `SELECT action, outcome, target_type, db_statement, actor_type FROM audit.records
       WHERE service_name = 'script' ORDER BY occurred_at`,
    );
    expect(rows).toMatchObject([
      { action: 'grant', outcome: 'success', db_statement: 'CREATE ROLE hunter2_not_this LOGIN PASSWORD ?' },
      {
        action: 'create',
        target_type: 'orders_order',
        db_statement: 'INSERT INTO orders_order (customer, item, quantity, state) VALUES (?, ?, ?, ?)',
      },
      // Where its constants end is not certain.
      { action: 'update', db_statement: 'UPDATE' },
      { action: 'create', outcome: 'failure' },
    ]);
  });

  test('leaves no secret in any column of the register', async () => {
    expect(await found('hunter2-')).toEqual([]);
    expect(await found("hunter2'")).toEqual([]);
    expect(await found('eyJ')).toEqual([]);
  });

  test('is of no chain: verify says so, and that the Node service is whole', async () => {
    const { stdout } = await verify();
    expect(stdout).toMatch(/note: of-no-chain: \d+ records of service orders/);
    expect(stdout).not.toContain('finding: inserted');
    expect(stdout).toMatch(/\d+ segments with \d+ records/);
  });

  /** Records that have a text in any column. */
  function found(text: string): Promise<Row[]> {
    return collecting.query(
      `SELECT service_name, category, url_path, db_statement FROM audit.records
       WHERE position(formatRow('JSONEachRow', *), {text:String}) > 0`,
      { text },
    );
  }

  function verify(): Promise<{ stdout: string }> {
    return run(['verify'], tmpdir(), {
      AUDIT_REGISTER_CLICKHOUSE_URL: collecting.store.url,
      AUDIT_REGISTER_CLICKHOUSE_USER: 'audit_reader',
      AUDIT_REGISTER_CLICKHOUSE_PASSWORD: SECRETS.AUDIT_READER_PASSWORD,
    });
  }
});
