import { once } from 'node:events';
import { connect, constants } from 'node:http2';
import type { ClientHttp2Session, IncomingHttpHeaders } from 'node:http2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signWithSecret } from '../identity/tokens.ts';
import { startApp } from './audited-app.ts';
import type { AuditedApp, NodeVersion } from './audited-app.ts';

const SECRET = 'a secret of at least thirty-two bytes';

const VARIANTS = (['compat', 'stream'] as const).flatMap((api) =>
  [false, true].flatMap((isSecure) => ([22, 24, 26] as const).map((node) => ({ api, isSecure, node }))),
);

interface Answer {
  readonly status: number | undefined;
  readonly body: string;
}

describe.for(VARIANTS)('HTTP/2 ($api, TLS $isSecure, Node.js $node)', ({ api, isSecure, node }) => {
  let app: AuditedApp;
  let session: ClientHttp2Session;
  beforeAll(async () => {
    app = await start(node);
    session = connect(`${isSecure ? 'https' : 'http'}://127.0.0.1:${app.port}`, {
      rejectUnauthorized: false,
    });
  });
  afterAll(async () => {
    session.destroy();
    await app.stop();
  });
  const start = (version: NodeVersion): Promise<AuditedApp> =>
    startApp('http/http2.cjs', {
      node: version,
      isSecure,
      env: { HTTP2_API: api, AUDIT_REGISTER_JWT_SECRET: SECRET },
    });

  async function ask(
    path: string,
    headers: IncomingHttpHeaders,
    ...pieces: readonly string[]
  ): Promise<Answer> {
    const method = pieces.length === 0 ? 'GET' : 'POST';
    const stream = session.request(
      { ':path': path, ':method': method, ...headers },
      { endStream: pieces.length === 0 },
    );
    let body = '';
    stream.setEncoding('utf8').on('data', (text: string) => (body += text));
    for (const piece of pieces) {
      // NOTE: so that pieces come in events of their own; the server does not answer before the last.
      await new Promise((resolve) => setTimeout(resolve, 10));
      stream.write(piece);
    }
    stream.end();
    const [answered] = (await once(stream, 'response')) as [IncomingHttpHeaders & { ':status'?: number }];
    await once(stream, 'close');
    return { status: answered[':status'], body };
  }

  it('records requests of many users, whose bodies come in pieces, and their statements', async () => {
    await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        const token = await signWithSecret(SECRET, { sub: `user-${index}` });
        const headers = { authorization: `Bearer ${token}`, 'x-request-id': `h2-${index}` };
        const answer = await ask(`/work/${index}?secret=1`, headers, 'a', 'b'.repeat(index));
        expect(answer).toEqual({ status: 200, body: 'ok' });
      }),
    );
    for (let index = 0; index < 40; index++) {
      const request = await app.request({ correlation_id: `h2-${index}` });
      expect(request).toMatchObject({
        url_path: `/work/${index}`,
        url_query: 'secret=',
        http_status: 200,
        outcome: 'success',
        response_size: 2,
        actor_id: `user-${index}`,
        actor_assurance: 'verified',
        source_address: '127.0.0.1',
        attributes: { 'network.protocol.version': '2' },
      });
      const [statement] = await app.records({ category: 'db', correlation_id: `h2-${index}` }, 1);
      expect(statement).toMatchObject({
        actor_id: `user-${index}`,
        target_id: String(index + 1),
        trace_id: request.trace_id,
        parent_span_id: request['span_id'],
      });
    }
    expect(app.lines().filter(({ category }) => category === 'http')).toHaveLength(40);
  });

  it('records a request that is denied', async () => {
    expect((await ask('/denied', {})).status).toBe(403);
    expect(await app.request({ url_path: '/denied' })).toMatchObject({ http_status: 403, outcome: 'denied' });
  });

  it.for([
    { path: '/silent', status: 0 },
    { path: '/never', status: 200 },
  ])('records $path, which its client resets', async ({ path, status }) => {
    const stream = session.request({ ':path': path, 'x-request-id': path });
    stream.on('error', () => {});
    if (status > 0) await once(stream, 'response');
    else await new Promise((resolve) => session.ping(resolve));
    stream.close(constants.NGHTTP2_CANCEL);
    expect(await app.request({ correlation_id: path })).toMatchObject({
      http_status: status,
      outcome: 'failure',
      error_type: 'aborted',
    });
  });

  it('records a request whose connection is lost', async () => {
    const other = connect(`${isSecure ? 'https' : 'http'}://127.0.0.1:${app.port}`, {
      rejectUnauthorized: false,
    });
    other.on('error', () => {});
    const stream = other.request({ ':path': '/never', 'x-request-id': 'lost' });
    stream.on('error', () => {});
    await once(stream, 'response');
    other.destroy();
    expect(await app.request({ correlation_id: 'lost' })).toMatchObject({
      outcome: 'failure',
      error_type: 'aborted',
    });
  });
});
