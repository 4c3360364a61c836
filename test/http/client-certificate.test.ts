import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http2 from 'node:http2';
import https from 'node:https';
import { join } from 'node:path';
import { connect } from 'node:tls';
import type { SecureContextOptions, TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp } from './audited-app.ts';
import type { AuditedApp, Line } from './audited-app.ts';

const file = (name: string): Buffer => readFileSync(join(import.meta.dirname, '../fixtures/tls', name));
const ca = file('authority.pem');
const ADA = { cert: file('client.pem'), key: file('client.key.pem') };
const MALLORY = { cert: file('stranger.pem'), key: file('stranger.key.pem') };
const NOBODY = {};

interface Case {
  readonly title: string;
  readonly identity: SecureContextOptions;
  readonly record: Readonly<Record<string, unknown>>;
}

const CASES: readonly Case[] = [
  {
    title: 'the subject of a certificate of the authority',
    identity: ADA,
    record: {
      actor_type: 'user',
      actor_id: 'ada',
      actor_name: 'ada',
      actor_assurance: 'trusted',
      auth_method: 'client-certificate',
      auth_issuer: 'CN=Test Authority,O=audit-register tests',
    },
  },
  {
    title: 'not believed where nobody vouches for the certificate',
    identity: MALLORY,
    record: {
      actor_id: 'mallory',
      actor_assurance: 'invalid',
      auth_method: 'client-certificate',
      attributes: expect.objectContaining({
        'audit.actor.problem': 'certificate refused: DEPTH_ZERO_SELF_SIGNED_CERT',
      }),
    },
  },
  {
    title: 'nobody without a certificate',
    identity: NOBODY,
    record: { actor_type: 'anonymous', actor_id: '', actor_assurance: 'none', auth_method: '' },
  },
];

let visits = 0;

async function visitHttps(port: number, identity: SecureContextOptions, agent?: https.Agent) {
  const id = `certificate-${(visits += 1)}`;
  const request = https.get({
    ...identity,
    port,
    ca,
    host: 'localhost',
    headers: { 'x-request-id': id },
    agent: agent ?? false,
  });
  const [response] = (await once(request, 'response')) as [NodeJS.ReadableStream];
  let body = '';
  for await (const chunk of response) body += String(chunk);
  return { id, body };
}

async function visitHttp2(port: number, identity: SecureContextOptions) {
  const id = `certificate-${(visits += 1)}`;
  const session = http2.connect(`https://localhost:${port}`, { ...identity, ca });
  const stream = session.request({ ':path': '/', 'x-request-id': id });
  let body = '';
  for await (const chunk of stream) body += String(chunk);
  session.close();
  return { id, body };
}

async function expectRecords(app: AuditedApp, id: string, record: Case['record']): Promise<Line[]> {
  const lines = await app.records({ correlation_id: id }, 2);
  for (const line of lines) expect(line).toMatchObject(record);
  return lines;
}

describe.each([
  ['HTTP/1.1', '', visitHttps],
  ['HTTP/2', 'http2', visitHttp2],
] as const)('the actor of a connection with mutual TLS over %s', (_protocol, EDGES, visit) => {
  let app: AuditedApp;
  beforeAll(async () => {
    app = await startApp('http/mutual-tls.cjs', { env: { EDGES } });
  });
  afterAll(() => app.stop());

  it.each(CASES)('is $title', async ({ identity, record }) => {
    const { id } = await visit(app.port, identity);
    await expectRecords(app, id, record);
  });
});

describe('the actor of a connection', () => {
  it('is the same where the session of TLS is resumed', async () => {
    const app = await startApp('http/mutual-tls.cjs');
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      const session = await sessionOf(app.port, maxVersion);
      const { id, body } = await visitHttps(app.port, {
        ...ADA,
        maxVersion,
        session,
      } as SecureContextOptions);
      expect(body).toBe('true');
      await expectRecords(app, id, { actor_id: 'ada', actor_assurance: 'trusted' });
    }
    await app.stop();
  });

  it('is known for every request of a connection that is kept', async () => {
    const app = await startApp('http/mutual-tls.cjs');
    const agent = new https.Agent({ keepAlive: true, maxSockets: 1, ...ADA });
    for (let count = 0; count < 3; count++) {
      const { id } = await visitHttps(app.port, ADA, agent);
      await expectRecords(app, id, { actor_id: 'ada', actor_assurance: 'trusted' });
    }
    agent.destroy();
    await app.stop();
  });

  it.each([
    ['email', 'ada@acme.org', 'user'],
    ['dns', 'ada.acme.org', 'service'],
    ['uri', 'spiffe://acme/ada', 'service'],
    ['subject', 'O=Acme,CN=ada', 'user'],
    ['serial-number,common-name', expect.stringMatching(/^[0-9A-F]{10,}$/), 'user'],
    ['fingerprint', expect.stringMatching(/^[0-9A-F:]{95}$/), 'user'],
  ])('is by %s what was asked for', async (name, actorId, actorType) => {
    const app = await startApp('http/mutual-tls.cjs', {
      env: { AUDIT_REGISTER_CLIENT_CERTIFICATE_ID: name },
    });
    const { id } = await visitHttps(app.port, ADA);
    await expectRecords(app, id, { actor_id: actorId, actor_type: actorType });
    await app.stop();
  });
});

/** A session that the server will resume. NOTE: TLS 1.3 sends it after the handshake. */
async function sessionOf(port: number, maxVersion: 'TLSv1.2' | 'TLSv1.3'): Promise<Buffer> {
  const socket: TLSSocket = connect({
    ...ADA,
    ca,
    port,
    host: 'localhost',
    servername: 'localhost',
    maxVersion,
  });
  const [session] = (await once(socket, 'session')) as [Buffer];
  socket.destroy();
  return session;
}
