import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../integrity/command.ts';
import { startPreloaded } from '../support/preloaded.ts';
import { Collecting } from './collecting.ts';
import { otlpRequest } from './otlp-log.ts';

const TLS = join(import.meta.dirname, '../fixtures/tls');
const FIXTURE = join(import.meta.dirname, 'fixtures/answering-app.cjs');
const TOKENS = ['first-token-of-two', 'second-token-of-two'] as const;

let directory: string;
let collecting: Collecting;
let url: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'audit-register-gateway-'));
  writeFileSync(join(directory, 'token'), `${TOKENS.join('\n')}\n`);
  collecting = await Collecting.start({
    configs: ['config.yaml', 'gateway.yaml'],
    env: {
      AUDIT_COLLECTOR_TOKEN_FILE: join(directory, 'token'),
      AUDIT_COLLECTOR_TLS_CERT_FILE: join(TLS, 'server.pem'),
      AUDIT_COLLECTOR_TLS_KEY_FILE: join(TLS, 'server.key.pem'),
    },
  });
  url = collecting.collector.url.replace('http:', 'https:');
});
afterAll(async () => {
  await collecting?.stop();
  await rm(directory, { recursive: true, force: true });
});

async function post(headers: Record<string, string>): Promise<number | undefined> {
  const log = {
    resource: {},
    attributes: { 'audit.record.id': 'of nobody' },
    timeUnixNano: BigInt(Date.now()) * 1_000_000n,
  };
  const sent = request(`${url}/v1/logs`, {
    method: 'POST',
    ca: readFileSync(join(TLS, 'authority.pem')),
    headers: { 'content-type': 'application/json', ...headers },
  });
  sent.end(otlpRequest([log]));
  const [response] = await once(sent, 'response');
  response.resume();
  return response.statusCode;
}

test('Whoever has no token is refused, and so is whoever speaks no TLS', async () => {
  expect(await post({})).toBe(401);
  expect(await post({ authorization: 'Bearer wrong' })).toBe(401);
  expect(await collecting.collector.send('{}')).toBe(400);
  expect(
    await collecting.query(
      "SELECT 1 AS found FROM audit.records WHERE attributes['otlp.audit.record.id'] = 'of nobody'",
    ),
  ).toEqual([]);
});

test.each(TOKENS)('A service with a token sends its records over TLS (%s)', async (token) => {
  const { env, visits } = await visited(token);
  await collecting.untilStored(visits, `service_name = '${token}' AND category = 'http'`);
  await rm(env.XDG_STATE_HOME, { recursive: true, force: true });
});

test('A service with a wrong token loses nothing: its spool is delivered when it has the right one', async () => {
  const { env, visits } = await visited('wrong-token');
  expect(
    await collecting.query("SELECT 1 AS found FROM audit.records WHERE service_name = 'wrong-token'"),
  ).toEqual([]);
  const right = { ...env, AUDIT_REGISTER_OTLP_HEADERS: `authorization=Bearer%20${TOKENS[0]}` };
  expect(await run(['spool', 'flush'], directory, right)).toMatchObject({ code: 0 });
  await collecting.untilStored(visits, "service_name = 'wrong-token' AND category = 'http'");
  await rm(env.XDG_STATE_HOME, { recursive: true, force: true });
});

/** An application that was visited and has ended, with this token. */
async function visited(token: string) {
  const env = {
    XDG_STATE_HOME: await mkdtemp(join(tmpdir(), 'audit-register-state-')),
    NODE_EXTRA_CA_CERTS: join(TLS, 'authority.pem'),
    AUDIT_REGISTER_SINK: 'otlp',
    AUDIT_REGISTER_OTLP_ENDPOINT: url,
    AUDIT_REGISTER_OTLP_HEADERS: `authorization=Bearer%20${token}`,
    OTEL_SERVICE_NAME: token,
  };
  const app = await startPreloaded(FIXTURE, { env, store: { env: {}, read: () => Promise.resolve([]) } });
  const visits = 5;
  for (let visit = 0; visit < visits; visit += 1) await (await fetch(`${app.url}/${visit}`)).text();
  expect((await app.end()).exitCode).toBe(0);
  return { env, visits };
}
