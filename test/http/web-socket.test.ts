import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { ada, forge, signWithSecret } from '../identity/tokens.ts';
import { startApp } from './audited-app.ts';
import type { AuditedApp } from './audited-app.ts';
import { exchange } from './exchange.ts';

const SECRET = 'a secret of at least thirty-two bytes';

const handshake = (path: string): string =>
  [
    `GET ${path} HTTP/1.1`,
    'Host: localhost',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    '',
    '',
  ].join('\r\n');

describe('WebSockets', () => {
  let app: AuditedApp;
  let bare: AuditedApp;
  beforeAll(async () => {
    const env = { EDGES: 'web-socket', AUDIT_REGISTER_JWT_SECRET: SECRET };
    [app, bare] = await Promise.all([
      startApp('http/edges.cjs', { env }),
      startApp('http/edges.cjs', { isBare: true, env }),
    ]);
  });
  afterAll(() => Promise.all([app.stop(), bare.stop()]));

  it('are recorded when they open, and what their messages do belongs to who opened them', async () => {
    const token = await signWithSecret(SECRET, { sub: 'socket-user' });
    const socket = new WebSocket(`ws://127.0.0.1:${app.port}/allowed?access_token=${token}`);
    await once(socket, 'open');
    socket.send('42');
    const [answer] = (await once(socket, 'message')) as [Buffer];
    expect(String(answer)).toBe('got 42');
    socket.close();
    const opened = await app.request({ url_path: '/allowed' });
    expect(opened).toMatchObject({
      http_status: 101,
      outcome: 'success',
      actor_id: 'socket-user',
      actor_assurance: 'verified',
      url_query: 'access_token=',
    });
    const [statement] = await app.records({ category: 'db', target_type: 'messages' }, 1);
    expect(statement).toMatchObject({
      actor_id: 'socket-user',
      target_id: '42',
      trace_id: opened.trace_id,
      correlation_id: opened.correlation_id,
    });
    expect(JSON.stringify(app.lines())).not.toContain(token);
  });

  it('keep their users apart when messages come at once', async () => {
    await Promise.all(
      Array.from({ length: 30 }, async (_, index) => {
        const token = await signWithSecret(SECRET, { sub: `socket-${index}` });
        const headers = { authorization: `Bearer ${token}` };
        const socket = new WebSocket(`ws://127.0.0.1:${app.port}/allowed`, { headers });
        await once(socket, 'open');
        socket.send(String(1_000 + index));
        await once(socket, 'message');
        socket.close();
      }),
    );
    for (let index = 0; index < 30; index++) {
      const [line] = await app.records({ category: 'db', target_id: String(1_000 + index) }, 1);
      expect(line).toMatchObject({ actor_id: `socket-${index}`, actor_assurance: 'verified' });
    }
  });

  it('are recorded when they are refused, and answered as without the preload', async () => {
    const [own, theirs] = await Promise.all(
      [app, bare].map(({ port }) => exchange(port, handshake('/forbidden'))),
    );
    expect(own).toContain('HTTP/1.1 401 Unauthorized');
    expect(own).toBe(theirs);
    expect(await app.request({ url_path: '/forbidden' })).toMatchObject({
      http_status: 401,
      outcome: 'denied',
    });
  });

  it('are recorded with the user a bad token claims', async () => {
    const token = forge({ alg: 'none' }, { ...ada(), sub: 'mallory' }, '');
    const answer = await exchange(app.port, handshake(`/forbidden/2?access_token=${token}`));
    expect(answer).toContain('401');
    expect(await app.request({ url_path: '/forbidden/2' })).toMatchObject({
      actor_id: 'mallory',
      actor_assurance: 'invalid',
      outcome: 'denied',
    });
  });

  it('are recorded when the application destroys them', async () => {
    const [own, theirs] = await Promise.all(
      [app, bare].map(({ port }) => exchange(port, handshake('/destroyed'))),
    );
    expect([own, theirs]).toEqual(['', '']);
    // NOTE: how many listeners the socket has, and what it shows of the preload.
    const sights = [app, bare].map(({ stdout }) => /^sees .*$/m.exec(stdout())?.[0]);
    expect(sights[0]).toMatch(/^sees \d+ $/);
    expect(sights[0]).toBe(sights[1]);
    expect(await app.request({ url_path: '/destroyed' })).toMatchObject({
      http_status: 0,
      outcome: 'failure',
      error_type: 'aborted',
    });
  });
});
