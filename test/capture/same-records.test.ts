import { once } from 'node:events';
import { connect } from 'node:http2';
import { createRequire } from 'node:module';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exchange, open, request } from '../http/exchange.ts';
import { startPostgres } from '../support/postgres.ts';
import type { Postgres } from '../support/postgres.ts';
import { startPreloaded } from '../support/preloaded.ts';
import type { PreloadedApp, RecordRow } from '../support/preloaded.ts';
import { plain, withNumbers } from './plain-records.ts';

const MODES = ['lean', 'instrumentation'] as const;
const SAMPLED = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };
const UNSAMPLED = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00' };
const FULL = { ...SAMPLED, tracestate: 'vendor=1,other=2', baggage: 'tenant=acme;p=1,user=7' };

type Headers = Readonly<Record<string, string>>;
type Step = (app: PreloadedApp, name: string) => Promise<unknown>;

const get =
  (path: string, headers: Headers = {}, init: RequestInit = {}): Step =>
  async (app, name) => {
    try {
      const given = { 'x-request-id': name, connection: 'close', ...headers };
      const response = await fetch(`${app.url}${path}`, {
        signal: AbortSignal.timeout(5_000),
        ...init,
        headers: given,
      });
      return { status: response.status, body: await response.text() };
    } catch (error) {
      return String(error);
    }
  };

const raw =
  (line: string, ...headers: readonly string[]): Step =>
  (app, name) =>
    exchange(portOf(app), request(line, `X-Request-Id: ${name}`, ...headers));

const STEPS: Readonly<Record<string, Step>> = {
  ...Object.fromEntries(
    [
      ...['here', 'type-error', 'text-error', 'coded-error', 'own-exception', 'own-exception-handled'],
      ...[
        'ends-span',
        'response-error',
        'write-after-end',
        'own-span',
        'finish-in-span',
        'asks',
        'asks-with-baggage',
      ],
      ...[
        'asks-in-span',
        'asks-expecting',
        'asks-suppressed',
        'asks-nobody',
        'fetches',
        'root',
        'suppressed',
        'bound',
      ],
      ...['elsewhere', 'library-above', 'library-alone', 'query', 'refused-query', 'callback', 'getter'],
      ...['transaction', 'contended', 'cursor', 'submitted', 'nowhere'],
    ].map((name) => [name, get(`/${name}`)]),
  ),
  sampled: get('/here', SAMPLED),
  unsampled: get('/here', UNSAMPLED),
  'with all that is sent along': get('/here', FULL),
  'no trace of W3C': get('/here', { traceparent: '00-00000000000000000000000000000000-b7ad6b7169203331-01' }),
  'a trace of a later version': get('/here', { traceparent: `cc${SAMPLED.traceparent.slice(2)}-more` }),
  'asks, unsampled': get('/asks', { ...FULL, ...UNSAMPLED }),
  'asks in a span, with all': get('/asks-in-span', FULL),
  'fetches, with all': get('/fetches', FULL),
  'own span, unsampled': get('/own-span', UNSAMPLED),
  body: get('/body', SAMPLED, { method: 'POST', body: 'a body' }),
  upgrade: raw(
    'GET /upgrade HTTP/1.1',
    'Connection: Upgrade',
    'Upgrade: x',
    `traceparent: ${SAMPLED.traceparent}`,
  ),
  connect: raw('CONNECT example.com:80 HTTP/1.1'),
  expectation: raw('GET /expects HTTP/1.1', 'Expect: something'),
  'expects to go on': raw('POST /here HTTP/1.1', 'Expect: 100-continue', 'Content-Length: 1', '', 'x'),
  malformed: raw('GET /malformed HTTP/9.9'),
  pipelined: async (app, name) => {
    const one = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: x\r\nX-Request-Id: ${name}\r\n\r\n`;
    const connection = open(portOf(app));
    connection.send(
      one('/own-span') + one('/here') + request('GET /callback HTTP/1.1', `X-Request-Id: ${name}`),
    );
    return (await connection.closed).replaceAll(/^(Date|Keep-Alive): .*$/gm, '');
  },
  aborted: async (app, name) => {
    const connection = open(portOf(app));
    connection.send(
      `POST /body HTTP/1.1\r\nHost: x\r\nX-Request-Id: ${name}\r\nContent-Length: 9\r\n\r\nhalf`,
    );
    connection.socket.end();
    await connection.closed;
  },
  'over HTTP/2': (app, name) => overHttp2(app, '/h2', { ...FULL, 'x-request-id': name }),
  'over HTTP/2, alone': (app, name) => overHttp2(app, '/h2', { 'x-request-id': name }),
  'over HTTP/2, reset': async (app, name) => overHttp2(app, '/silent', { 'x-request-id': name }, true),
};

async function overHttp2(
  app: PreloadedApp,
  path: string,
  headers: Headers,
  isReset = false,
): Promise<unknown> {
  const port = await (await fetch(`${app.url}/http2-port`, { headers: { 'x-request-id': 'port' } })).text();
  const session = connect(`http://127.0.0.1:${port}`);
  const stream = session.request({ ':path': path, ...headers });
  if (isReset) {
    await once(session, 'remoteSettings');
    stream.on('error', () => {}).close(8);
    await once(stream, 'close');
  }
  let text = '';
  if (!isReset) for await (const piece of stream) text += String(piece);
  session.close();
  await once(session, 'close');
  return text;
}

function portOf({ url }: PreloadedApp): number {
  return Number(new URL(url).port);
}

interface Run {
  /** What was answered, and recorded, step by step. */
  readonly seen: ReadonlyMap<string, unknown>;
  readonly records: readonly RecordRow[];
  readonly stderr: string;
}

const require = createRequire(import.meta.url);
/** NOTE: not those of lost connections, which kill the server under whatever comes next. */
const CASES = ['query', 'value', 'stream', 'transaction', 'meaning'].flatMap((kind) =>
  Object.keys(require(`../drivers/fixtures/${kind}-cases.cjs`) as object),
);
/** How often these are sent, and with which number, is a matter of luck. */
const LOOKS_AT_CONNECTIONS = /pg_stat_activity|pg_(?:terminate|cancel)_backend/;
const TABLES = `
  create table notes (text text);
  create table users (id serial primary key, email text unique, password text, age int);
  create table orders (order_id serial primary key, status text);
  create table kinds (document jsonb, bytes bytea, day date, nothing text, flags boolean[], large bigint);
  create table counters (id int primary key, age int);
  insert into counters values (1, 0);
  create table children (parent int references users (id) deferrable initially deferred);
  grant select on users to limited;
  create procedure commits() language plpgsql as $$ begin insert into notes values ('inside'); commit; end $$;
`;

async function run(
  url: string,
  mode: (typeof MODES)[number],
  fixture: string,
  steps: Readonly<Record<string, Step>>,
): Promise<Run> {
  // NOTE: of one name, which is in the records.
  await execute(url, 'drop database if exists audited with (force)');
  await execute(url, 'create database audited');
  const database = new URL(url);
  database.pathname = 'audited';
  await execute(database.href, TABLES);
  const app = await startPreloaded(fixture, {
    env: {
      DATABASE_URL: database.href,
      AUDIT_REGISTER_CAPTURE: mode,
      AUDIT_REGISTER_CAPTURE_READS: 'true',
      AUDIT_REGISTER_CAPTURE_CALLS: 'true',
    },
  });
  const seen = new Map<string, unknown>();
  for (const [name, step] of Object.entries(steps)) seen.set(name, await step(app, name));
  const { records, stderr } = await app.end();
  const port = new RegExp(`\\b${portOf(app)}\\b`, 'g');
  return {
    seen,
    stderr,
    records: records.map((record) => JSON.parse(JSON.stringify(record).replace(port, '<port>')) as RecordRow),
  };
}

async function execute(url: string, text: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(text).finally(() => client.end());
}

let postgres: Postgres | undefined;
beforeAll(async () => {
  postgres = await startPostgres();
  await execute(postgres.url, "create role limited login password 'limited'");
});
afterAll(() => postgres?.stop());

describe('requests', () => {
  const runs = new Map<string, Run>();
  beforeAll(async () => {
    for (const mode of MODES) {
      runs.set(
        mode,
        await run(postgres?.url ?? '', mode, `${import.meta.dirname}/fixtures/varied-app.cjs`, STEPS),
      );
    }
  });
  const of = (mode: string, name: string): unknown => {
    const { seen, records } = runs.get(mode) as Run;
    const own = records.filter(({ correlation_id }) => correlation_id === name);
    return withNumbers({ seen: seen.get(name), records: plain(own) });
  };

  test.each(Object.keys(STEPS).filter((name) => name !== 'malformed'))(
    '%s: the same is seen and recorded',
    (name) => {
      const lean = of('lean', name) as { records: readonly unknown[] };
      expect(lean.records.length).toBeGreaterThan(0);
      expect(lean).toEqual(of('instrumentation', name));
    },
  );

  test('what has no request of its own is the same, too', () => {
    const others = MODES.map((mode) =>
      plain(
        (runs.get(mode) as Run).records
          .filter(({ correlation_id }) => STEPS[correlation_id] === undefined)
          .filter(({ url_path }) => url_path !== '/http2-port'),
      ).map((record) => withNumbers(record)),
    );
    expect(others[0]?.length).toBeGreaterThan(1);
    expect(others[0]).toEqual(others[1]);
  });
});

describe('queries', () => {
  const runs = new Map<string, Run>();
  beforeAll(async () => {
    const steps = Object.fromEntries(CASES.map((name) => [name, get(`/${name}`)]));
    const fixture = `${import.meta.dirname}/../drivers/fixtures/cases-app.cjs`;
    for (const mode of MODES) runs.set(mode, await run(postgres?.url ?? '', mode, fixture, steps));
  });
  const of = (mode: string, name: string): { readonly records: readonly unknown[] } => {
    const { seen, records } = runs.get(mode) as Run;
    const own = records.filter(
      ({ url_path, db_statement }) => url_path === `/${name}` && !LOOKS_AT_CONNECTIONS.test(db_statement),
    );
    return withNumbers({ seen: seen.get(name), records: plain(own) }) as { records: readonly unknown[] };
  };

  test.each(CASES)('%s: the same is seen and recorded', (name) => {
    const lean = of('lean', name);
    expect(lean).toEqual(of('instrumentation', name));
  });

  test('nearly all of them are recorded', () => {
    const unrecorded = CASES.filter((name) => of('lean', name).records.length === 0);
    expect(unrecorded.length).toBeLessThan(10);
  });
});
