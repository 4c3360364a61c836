import { once } from 'node:events';
import { connect } from 'node:http2';
import { exchange, open, request } from '../http/exchange.ts';
import type { PreloadedApp } from '../support/preloaded.ts';

const PATHS = `
  here type-error text-error coded-error own-exception own-exception-handled ends-span response-error write-after-end own-span
  finish-in-span asks asks-with-baggage asks-in-span asks-expecting asks-suppressed asks-nobody fetches root suppressed bound
  elsewhere library-above library-alone query refused-query callback getter transaction contended cursor submitted nowhere
`;
const SAMPLED = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };
const UNSAMPLED = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00' };
const FULL = { ...SAMPLED, tracestate: 'vendor=1,other=2', baggage: 'tenant=acme;p=1,user=7' };

type Headers = Readonly<Record<string, string>>;
export type Step = (app: PreloadedApp, name: string) => Promise<unknown>;

export const get =
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

/** What is done with `varied-app.cjs`, by names that its records have, too. */
export const REQUESTS: Readonly<Record<string, Step>> = {
  ...Object.fromEntries(
    PATHS.trim()
      .split(/\s+/)
      .map((name) => [name, get(`/${name}`)]),
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

export function portOf({ url }: PreloadedApp): number {
  return Number(new URL(url).port);
}
