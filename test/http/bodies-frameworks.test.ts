import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp } from './audited-app.ts';
import type { AuditedApp, Line, NodeVersion } from './audited-app.ts';

const EVERYTHING = { policy: [{ name: 'bodies', level: 'request_response' }] };
const NODES: readonly NodeVersion[] = [24, 22, 26];
const NAMES = ['http', 'express', 'fastify', 'koa', 'nest', 'hono'];
const FORMS = [
  ...NODES.flatMap((node) => NAMES.map((name) => ({ name, form: 'cjs', node }))),
  ...NAMES.map((name) => ({ name, form: 'mjs', node: 24 as const })),
];

describe.for(FORMS)('an order to $name ($form, Node.js $node)', ({ name, form, node }) => {
  it('is parsed and answered, and both bodies are kept', async () => {
    const app = await startApp(`frameworks/${name}.${form}`, { node, config: EVERYTHING });
    const response = await fetch(`http://127.0.0.1:${app.port}/api/v1/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-request-id': 'order' },
      body: '{"id":7,"card_number":"hunter2"}',
    });
    expect(await response.json()).toEqual({ id: 7, card_number: 'hunter2' });
    expect(await app.request({ correlation_id: 'order' })).toMatchObject({
      request_body: '{"id":7,"card_number":"[redacted]"}',
      response_body: '{"id":7,"card_number":"[redacted]"}',
      http_status: 201,
      truncated: [],
    });
    await app.stop();
    expect(app.stderr()).toBe('');
    const bodies = app.lines().filter(({ category }) => category === 'http');
    expect(JSON.stringify(bodies)).not.toContain('hunter2');
  });
});

const MULTIPART = [
  '--x\r\nContent-Disposition: form-data; name="note"\r\n\r\nhunter2\r\n',
  '--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\ncontent\r\n--x--\r\n',
].join('');

const POSTS = [
  ['/form', 'application/x-www-form-urlencoded', 'a=1&password=hunter2', 'a=1&password=[redacted]'],
  [
    '/json',
    'application/json; charset=utf-8',
    '{"a":{"password":"hunter2"}}',
    '{"a":{"password":"[redacted]"}}',
  ],
  ['/text', 'text/plain', 'grün', 'grün'],
  ['/raw', 'application/octet-stream', 'hunter2', ''],
  ['/multipart', 'multipart/form-data; boundary=x', MULTIPART, ''],
] as const;

describe.for(['express', 'fastify', 'koa', 'hono'])('%s', (framework) => {
  let app: AuditedApp;
  let bare: AuditedApp;
  beforeAll(async () => {
    const env = { FRAMEWORK: framework };
    [app, bare] = await Promise.all([
      startApp('http/bodies-frameworks.cjs', { env, config: EVERYTHING }),
      startApp('http/bodies-frameworks.cjs', { env, isBare: true }),
    ]);
  });
  afterAll(() => Promise.all([app.stop(), bare.stop()]));

  /** What both answer, which must be the same, and the record. */
  async function tell(id: string, path: string, init: RequestInit): Promise<{ text: string; line: Line }> {
    const headers = { ...(init.headers as object), 'x-request-id': id };
    const [text = '', theirs] = await Promise.all(
      [app, bare].map(async ({ port }) => {
        const response = await fetch(`http://127.0.0.1:${port}${path}`, { ...init, headers });
        return `${response.status} ${await response.text()}`;
      }),
    );
    expect(text).toBe(theirs);
    return { text, line: await app.request({ correlation_id: id }) };
  }

  it.for(POSTS)('parses a body at %s as without the preload', async ([path, type, body, kept]) => {
    const init = { method: 'POST', headers: { 'content-type': type }, body };
    const { line } = await tell(`post${path}`, path, init);
    expect(line).toMatchObject({ request_body: kept, request_size: Buffer.byteLength(body), truncated: [] });
    const reason = line.attributes['http.request.body.kept'];
    expect(reason).toBe(kept === '' ? `no: ${type.split(';')[0]}` : undefined);
  });

  it('sends a stream as without the preload', async () => {
    const { text, line } = await tell('stream', '/stream', {});
    expect(text).toBe('200 {"streamed":true,"password":"hunter2"}');
    expect(line).toMatchObject({
      response_body: '{"streamed":true,"password":"[redacted]"}',
      response_size: text.length - 4,
    });
  });
});

describe('a file that Express sends', () => {
  it('arrives, and is kept', async () => {
    const app = await startApp('http/bodies-frameworks.cjs', {
      env: { FRAMEWORK: 'express' },
      config: EVERYTHING,
    });
    const response = await fetch(`http://127.0.0.1:${app.port}/file`, {
      headers: { 'x-request-id': 'file' },
    });
    const { version } = (await response.json()) as { version: string };
    const line = await app.request({ correlation_id: 'file' });
    expect(JSON.parse(String(line['response_body']))).toMatchObject({ name: 'express', version });
    await app.stop();
  });
});
