import { once } from 'node:events';
import { request as secureRequest } from 'node:https';
import { connect, constants } from 'node:http2';
import type { ClientHttp2Session, ClientHttp2Stream } from 'node:http2';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp } from './audited-app.ts';
import type { AuditedApp } from './audited-app.ts';

const VARIANTS = (['stream', 'compat'] as const).flatMap((api) =>
  ([24, 22, 26] as const).map((node) => ({ api, node })),
);
const ORDER = '{"name":"Ada","password":"hunter2"}';
const KEPT = '{"name":"Ada","password":"[redacted]"}';
const EVERYTHING = { policy: [{ name: 'bodies', level: 'request_response' }] };

describe.for(VARIANTS)('a body over HTTP/2 ($api, Node.js $node)', ({ api, node }) => {
  let apps: readonly AuditedApp[];
  let sessions: readonly ClientHttp2Session[];
  let visits = 0;
  beforeAll(async () => {
    const options = { node, env: { HTTP2_API: api } };
    apps = await Promise.all([
      startApp('http/bodies-http2.cjs', { ...options, config: EVERYTHING }),
      startApp('http/bodies-http2.cjs', { ...options, isBare: true }),
    ]);
    sessions = apps.map(({ port }) => connect(`http://127.0.0.1:${port}`));
  });
  afterAll(async () => {
    for (const session of sessions) session.destroy();
    expect(apps[0]?.stderr()).toBe('');
    await Promise.all(apps.map((app) => app.stop()));
  });

  function send(
    session: ClientHttp2Session,
    path: string,
    headers: Record<string, string>,
  ): ClientHttp2Stream {
    const stream = session.request({
      ':path': path,
      ':method': 'POST',
      'content-type': 'application/json',
      ...headers,
    });
    stream.on('error', () => {});
    return stream;
  }

  /** What both answer, which must be the same, and the record. */
  async function tell(path: string, body: string | Buffer, more: Record<string, string> = {}) {
    const id = `h2-${++visits}`;
    const answers = await Promise.all(
      sessions.map(async (session) => {
        const stream = send(session, path, { 'x-request-id': id, ...more });
        let text = '';
        stream.setEncoding('utf8').on('data', (piece: string) => (text += piece));
        stream.write(body.slice(0, 7));
        stream.end(body.slice(7));
        await new Promise((resolve) => stream.on('close', resolve));
        // NOTE: which code the client gets of a response that breaks off is a race without the preload, too.
        return { text, code: path === '/breaks' ? 0 : stream.rstCode };
      }),
    );
    expect(answers[0]).toEqual(answers[1]);
    const line = await (apps[0] as AuditedApp).request({ correlation_id: id });
    return { answer: answers[0], line };
  }

  it('is read and written as without the preload, and kept', async () => {
    const { answer, line } = await tell('/echo', ORDER);
    expect(answer).toEqual({ text: ORDER, code: 0 });
    expect(line).toMatchObject({
      request_body: KEPT,
      response_body: KEPT,
      request_size: ORDER.length,
      response_size: ORDER.length,
      truncated: [],
    });
  });

  it('is decoded', async () => {
    const { line } = await tell('/pipe', gzipSync(ORDER), { 'content-encoding': 'gzip' });
    expect(line).toMatchObject({ request_body: KEPT });
  });

  it('of 300 kB goes through a pipe, and its beginning is kept', async () => {
    const body = 'grün'.repeat(60_000);
    const { answer, line } = await tell('/pipe', body, { 'content-type': 'text/plain' });
    expect(answer?.text).toBe(body);
    expect(line).toMatchObject({
      request_size: 300_000,
      response_size: 300_000,
      truncated: ['request_body', 'response_body'],
    });
    expect(body.startsWith(String(line['request_body']))).toBe(true);
    expect(body.startsWith(String(line['response_body']))).toBe(true);
    expect(String(line['response_body']).length).toBeGreaterThan(13_000);
  });

  it('that the application refuses to send is not in the record', async () => {
    const { line } = await tell('/after', ORDER);
    expect(line).toMatchObject({ response_body: '{}' });
    await Promise.all(apps.map((app) => app.said('write: ERR_STREAM_WRITE_AFTER_END')));
  });

  it('of a response without one is none', async () => {
    const { line } = await tell('/nobody', ORDER);
    expect(line).toMatchObject({ response_body: '', http_status: 204 });
  });

  it('that passes by the stream is not kept, and the record says so', async () => {
    const { line } = await tell('/file', ORDER);
    expect(line).toMatchObject({ response_body: '', http_status: 200 });
    expect(line.attributes['http.response.body.kept']).toBe('no: it did not pass through the stream');
  });

  it('of a response that breaks off is kept as far as it came', async () => {
    const { line } = await tell('/breaks', ORDER);
    expect(line).toMatchObject({ response_body: '{"half":', outcome: 'failure' });
    expect(line['truncated']).toContain('response_body');
  });

  it('of an upload that is aborted is kept as far as it came', async () => {
    const [app] = apps as [AuditedApp];
    const stream = send(sessions[0] as ClientHttp2Session, '/waits', { 'x-request-id': 'aborted' });
    stream.write('{"name":"Ada","password":"hun');
    await app.said('got /waits');
    stream.close(constants.NGHTTP2_CANCEL);
    const line = await app.request({ correlation_id: 'aborted' });
    expect(line).toMatchObject({ outcome: 'failure', truncated: ['request_body'] });
    expect(line['request_body']).toBe('{"name":"Ada","password":"[redacted]"');
  });
});

describe('HTTP/1 on a server for HTTP/2', () => {
  it('has bodies as well', async () => {
    const app = await startApp('http/bodies-http2.cjs', { isSecure: true, config: EVERYTHING });
    const headers = { 'content-type': 'application/json', 'x-request-id': 'old' };
    const sent = secureRequest({
      port: app.port,
      path: '/echo',
      method: 'POST',
      headers,
      rejectUnauthorized: false,
    });
    sent.end(ORDER);
    await once(sent, 'response');
    expect(await app.request({ correlation_id: 'old' })).toMatchObject({
      request_body: KEPT,
      response_body: KEPT,
    });
    sent.destroy();
    await app.stop();
  });
});
