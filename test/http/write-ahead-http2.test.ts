import http2 from 'node:http2';
import type { ClientHttp2Session, IncomingHttpHeaders } from 'node:http2';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startGated } from './gated-app.ts';
import type { GatedApp } from './gated-app.ts';
import type { NodeVersion } from '../process/nodes.ts';

const NODES: readonly NodeVersion[] = [24, 22, 26];

interface Answer {
  headers: IncomingHttpHeaders | undefined;
  trailers: IncomingHttpHeaders | undefined;
  body: string;
  isEnded: boolean;
  code: number | undefined;
}

function ask(session: ClientHttp2Session, path: string, method = 'GET') {
  const stream = session.request({ ':path': path, ':method': method });
  const answer: Answer = {
    headers: undefined,
    trailers: undefined,
    body: '',
    isEnded: false,
    code: undefined,
  };
  stream.on('response', (headers) => (answer.headers = headers));
  stream.on('trailers', (trailers) => (answer.trailers = trailers));
  stream.setEncoding('utf8').on('data', (text: string) => (answer.body += text));
  stream.on('end', () => (answer.isEnded = true));
  stream.on('error', () => {});
  const closed = new Promise<Answer>((resolve) =>
    stream.on('close', () => resolve({ ...answer, code: stream.rstCode })),
  );
  return { answer, closed, stream };
}

/** An answer on the same connection that comes after everything the server has sent before. */
function passBy(session: ClientHttp2Session): Promise<unknown> {
  return new Promise((resolve) => session.ping(resolve));
}

describe.for(NODES)('write-ahead over HTTP/2 on Node.js %i', (node) => {
  let app: GatedApp;
  let session: ClientHttp2Session;
  beforeAll(async () => {
    app = await startGated('http2.cjs', { node });
    session = http2.connect(`http://127.0.0.1:${app.port}`);
    return () => session.close();
  });
  afterEach(async () => {
    await app.release(true);
    await app.set({ safety: 'hold', canRecord: true });
    app.forget();
  });

  it.for([
    { path: '/plain', status: 200, body: '{"a":1}' },
    { path: '/plain', method: 'HEAD', status: 200, body: '' },
    { path: '/empty', status: 204, body: '' },
    { path: '/trailers', status: 200, body: 'body' },
    { path: '/raw-empty', status: 204, body: '' },
  ])(
    'sends nothing of $method $path before its record is safe',
    async ({ path, method = 'GET', status, body }) => {
      const { answer, closed } = ask(session, path, method);
      await app.waiting(1);
      await passBy(session);
      expect(answer).toMatchObject({ headers: undefined, body: '', isEnded: false });
      expect(app.records().at(-1)).toMatchObject({ url_path: path, http_status: status, outcome: 'success' });
      await app.release(true);
      expect(await closed).toMatchObject({ headers: { ':status': status }, body, isEnded: true, code: 0 });
      if (path === '/trailers') expect(answer.trailers).toMatchObject({ 'x-checked': 'yes' });
    },
  );

  it.for(['/pieces', '/raw'])('keeps the end of %s back after its beginning has left', async (path) => {
    const { answer, closed } = ask(session, path);
    await app.said(`handled ${path}`);
    app.send({ go: true });
    await app.waiting(1);
    await passBy(session);
    expect(answer.headers).toBeDefined();
    expect(answer.isEnded).toBe(false);
    await app.release(true);
    expect(await closed).toMatchObject({ body: path === '/raw' ? 'raw' : 'first', isEnded: true, code: 0 });
  });

  it('records the body that waits', async () => {
    const config = { policy: [{ name: 'all', level: 'request_response' }] };
    const whole = await startGated('http2.cjs', { node, config });
    await whole.set({ safety: 'safe' });
    const other = http2.connect(`http://127.0.0.1:${whole.port}`);
    await ask(other, '/plain').closed;
    expect(whole.records().at(-1)).toMatchObject({ response_body: '{"a":1}', response_size: 7 });
    other.close();
    whole.child.kill();
  });

  it('is seen by the application as Node has it', async () => {
    const { closed } = ask(session, '/plain');
    await app.said('ended true true ERR_HTTP2_HEADERS_SENT');
    await app.waiting(1);
    expect(app.stdout()).not.toMatch(/^(?:finish|callback)$/m);
    await app.release(true);
    expect(await closed).toMatchObject({ body: '{"a":1}' });
    await app.said('finish');
    await app.said('callback');
  });

  it('answers 503 instead where the record cannot be written', async () => {
    await app.set({ safety: 'unsafe' });
    expect(await ask(session, '/plain').closed).toMatchObject({
      headers: { ':status': 503, 'retry-after': '1' },
      body: 'audit record could not be written\n',
    });
    expect(await ask(session, '/plain', 'HEAD').closed).toMatchObject({
      headers: { ':status': 503 },
      body: '',
    });
    const { NGHTTP2_INTERNAL_ERROR: code } = http2.constants;
    expect(await ask(session, '/raw').closed).toMatchObject({ isEnded: false, code });
  });

  it('cuts off a response of which part has left', async () => {
    const { answer, closed } = ask(session, '/pieces');
    await app.said('handled /pieces');
    app.send({ go: true });
    await app.waiting(1);
    await passBy(session);
    await app.release(false);
    const { NGHTTP2_INTERNAL_ERROR: code } = http2.constants;
    expect(await closed).toMatchObject({ isEnded: false, code });
    expect(answer.headers).toBeDefined();
  });

  it('lets go of a client that leaves while it waits', async () => {
    const { stream, closed } = ask(session, '/plain');
    await app.waiting(1);
    stream.close(http2.constants.NGHTTP2_CANCEL);
    await closed;
    await passBy(session);
    await app.release(true);
    expect(await ask(session, '/health').closed).toMatchObject({ body: 'healthy' });
  });

  it('does not hold files, whose records are made at their end', async () => {
    const { body } = await ask(session, '/raw-file').closed;
    expect(body).toHaveLength(300_000);
  });

  it('refuses before the handler while records cannot be kept', async () => {
    await app.set({ canRecord: false });
    expect(await ask(session, '/plain').closed).toMatchObject({ headers: { ':status': 503 } });
    expect(await ask(session, '/raw').closed).toMatchObject({ headers: { ':status': 503 } });
    expect(await ask(session, '/health').closed).toMatchObject({ body: 'healthy' });
    expect(app.stdout()).not.toMatch(/handled \/(?:plain|raw)/);
  });
});
