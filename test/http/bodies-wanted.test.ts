import { once } from 'node:events';
import { createServer, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import { BodyPrefix } from '../../src/capture/bodies/body-prefix.ts';
import { BodyWatch, requestBodyFacts } from '../../src/capture/bodies/body-watch.ts';
import type { Bodies } from '../../src/capture/bodies/body-watch.ts';
import type { RequestScope } from '../../src/capture/request-scope.ts';
import { loadConfig } from '../../src/config/load.ts';
import { createGuard } from '../../src/guard.ts';
import { createLog } from '../../src/log.ts';

const guard = createGuard(createLog('silent'));
const methods = () => [
  IncomingMessage.prototype.push,
  ServerResponse.prototype.write,
  ServerResponse.prototype.end,
];
const before = methods();
const config = loadConfig({ AUDIT_REGISTER_BODY_MAX_BYTES: '0' }, '/nowhere');
const watch = new BodyWatch(config, guard);

let bodies: Bodies | undefined;
let wantsRequestBody = false;
const server = createServer(async (request, response) => {
  const scope = { method: 'POST', rawUrl: '/login', headers: request.headers, wantsRequestBody };
  bodies = watch.http1(scope as RequestScope, request, response);
  for await (const _ of request);
  const facts = requestBodyFacts(bodies.request, request.headers, request.complete);
  response.end(JSON.stringify(facts?.read(4_096) ?? null));
}).listen(0, '127.0.0.1');
afterAll(() => server.close());

async function login(): Promise<unknown> {
  if (!server.listening) await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"user":"ada"}' };
  return (await fetch(`http://127.0.0.1:${port}/login`, init)).json();
}

describe('under the default policy', () => {
  it('nothing of Node is touched, and no body', async () => {
    expect(await login()).toBeNull();
    expect(methods()).toEqual(before);
    expect(bodies).toEqual({});
  });

  it('a scope that wants the body of its request gets it, even where none may be stored', async () => {
    wantsRequestBody = true;
    expect(await login()).toEqual({ text: '{"user":"ada"}', isForm: false, isCut: false, refusal: '' });
    expect(bodies?.response).toBeUndefined();
    expect(guard.failures()).toBe(0);
  });
});

describe('the memory of bodies', () => {
  const PIECE = Buffer.alloc(16_384, 'a');
  const fill = (): BodyPrefix[] =>
    Array.from({ length: 3_000 }, () => {
      const prefix = new BodyPrefix(16_384);
      for (let at = 0; at < PIECE.length; at += 1_024) prefix.add(PIECE.subarray(at, at + 1_024), undefined);
      return prefix;
    });
  const held = (prefixes: readonly BodyPrefix[]): number =>
    prefixes.reduce((sum, { bytes }) => sum + bytes.length, 0);

  it('is bounded for all requests together, and comes back', () => {
    for (let round = 0; round < 3; round++) {
      const prefixes = fill();
      expect(held(prefixes)).toBeLessThanOrEqual(32 * 1_024 * 1_024);
      expect(held(prefixes)).toBeGreaterThan(31 * 1_024 * 1_024);
      expect(prefixes.every(({ size }) => size === 16_384)).toBe(true);
      for (const prefix of prefixes) prefix.release();
    }
  });

  it('is not that of the application, which may change what it has sent', () => {
    const piece = Buffer.from('before');
    const prefix = new BodyPrefix(100);
    prefix.add(piece, undefined);
    piece.fill('x');
    expect(String(prefix.bytes)).toBe('before');
    prefix.release();
  });

  it.for(['utf8', 'utf16le', 'latin1', 'hex', 'base64', 'base64url', 'ascii', 'binary', 'ucs2'] as const)(
    'holds the beginning of a text in %s, byte for byte',
    (encoding) => {
      const text = Buffer.from('grün 🙂 '.repeat(40)).toString(encoding);
      const whole = Buffer.from(text, encoding);
      for (let limit = 1; limit < 100; limit++) {
        const prefix = new BodyPrefix(limit);
        prefix.add(text, encoding);
        expect(prefix.bytes).toEqual(whole.subarray(0, limit));
        expect(prefix.size).toBe(whole.length);
        prefix.release();
      }
    },
  );
});
