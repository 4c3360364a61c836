import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startWatched } from '../../examples/demo/watched-process.ts';
import type { WatchedProcess } from '../../examples/demo/watched-process.ts';
import { ROOT } from '../compose/compose-file.ts';
import { startPostgres } from '../support/postgres.ts';
import type { Postgres } from '../support/postgres.ts';
import { Collecting } from './collecting.ts';
import { runStatements, startDjango } from './django-service.ts';
import type { Django, DjangoOptions } from './django-service.ts';

const START_MILLIS = 30_000;
const ISSUER_SECRET = 'the secret of the issuer';

type Row = Readonly<Record<string, unknown>>;

/** A service at the edge under the preload, and behind it one in Python under OpenTelemetry's own instrumentation. */
describe('a Django service behind a Node service', () => {
  let collecting: Collecting;
  let postgres: Postgres;
  let django: Django;
  let options: DjangoOptions;
  let gatewayUrl = '';
  const processes: WatchedProcess[] = [];

  beforeAll(async () => {
    [collecting, postgres] = await Promise.all([Collecting.start(), startPostgres()]);
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
  }, 60_000);

  function startGateway(issuerUrl: string): WatchedProcess {
    return startWatched({
      name: 'Gateway',
      command: process.execPath,
      args: ['--require', join(ROOT, 'dist/register.js'), join(import.meta.dirname, 'gateway.cjs')],
      env: {
        PATH: process.env['PATH'],
        BEHIND: django.url,
        OTEL_SERVICE_NAME: 'gateway',
        AUDIT_REGISTER_SINK: 'otlp',
        AUDIT_REGISTER_OTLP_ENDPOINT: collecting.collector.url,
        AUDIT_REGISTER_FLUSH_INTERVAL_MS: '100',
        AUDIT_REGISTER_SPOOL_DIR: join(
          postgres.url === '' ? '' : '/tmp',
          `audit-register-gateway-${process.pid}`,
        ),
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
    const rows = await rowsOf(trace, 3);
    expect(rows).toEqual([]);
  });
});
