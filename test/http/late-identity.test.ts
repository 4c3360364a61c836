import { once } from 'node:events';
import { connect } from 'node:http2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp } from './audited-app.ts';
import type { AuditedApp, Line } from './audited-app.ts';

let app: AuditedApp;
beforeAll(async () => {
  app = await startApp('http/late-identity.cjs');
});
afterAll(() => app.stop());

const get = (path: string, headers: Readonly<Record<string, string>>): Promise<Response> =>
  fetch(`http://127.0.0.1:${app.port}${path}`, { headers });
const go = (id: string): Promise<Response> => get('/go', { 'x-wait': id });
const recordsOf = (id: string, count: number): Promise<Line[]> => app.records({ correlation_id: id }, count);

describe('a statement of a request that nobody has a name for yet', () => {
  it('is written without one after a while, and the end of the request says whose it was', async () => {
    const answer = get('/late', { 'x-request-id': 'late' });
    const [early] = await recordsOf('late', 1);
    expect(early).toMatchObject({ target_type: 'early', actor_type: 'anonymous', actor_assurance: 'none' });
    await go('late');
    await answer;
    const lines = await recordsOf('late', 4);
    expect(lines.map(({ category, action, actor_id: actor }) => [category, action, actor])).toEqual([
      ['db', 'update', ''],
      ['db', 'update', 'late-user'],
      ['http', 'read', 'late-user'],
      ['auth', 'identified', 'late-user'],
    ]);
    expect(new Set(lines.map((line) => line['request_id'])).size).toBe(1);
    expect(lines[3]).toMatchObject({
      outcome: 'success',
      policy_level: 'metadata',
      policy_rule: 'identified',
      auth_method: 'session',
      actor_assurance: 'trusted',
      url_path: '/late',
      trace_id: lines[2]?.trace_id,
    });
  });

  it('stays without one where nobody is ever named, and nothing more is said', async () => {
    const answer = get('/stays-anonymous', { 'x-request-id': 'anonymous' });
    await recordsOf('anonymous', 1);
    await go('anonymous');
    await answer;
    const [, request] = await recordsOf('anonymous', 2);
    expect(request).toMatchObject({ category: 'http', actor_type: 'anonymous' });
    await get('/go', { 'x-request-id': 'after-anonymous', 'x-wait': '' });
    await recordsOf('after-anonymous', 1);
    expect(await recordsOf('anonymous', 2)).toHaveLength(2);
  });

  it('waits beside at most 99 others', async () => {
    await get('/many', { 'x-request-id': 'many' });
    const lines = await recordsOf('many', 252);
    expect(lines.slice(0, 250).map((line) => line['target_id'])).toEqual(
      Array.from({ length: 250 }, (_, id) => String(id)),
    );
    expect(lines.slice(0, 200).every(({ actor_id: actor }) => actor === '')).toBe(true);
    expect(lines.slice(200).every(({ actor_id: actor }) => actor === 'late-user')).toBe(true);
    expect(lines[251]).toMatchObject({ category: 'auth', action: 'identified' });
  });

  it('is its own actor’s, whoever is named later', async () => {
    await get('/changes', { 'x-request-id': 'changes' });
    const lines = await recordsOf('changes', 4);
    expect(lines.map(({ category, actor_id: actor }) => [category, actor])).toEqual([
      ['db', 'first'],
      ['db', 'first'],
      ['db', 'second'],
      ['http', 'second'],
    ]);
  });

  it('waits for the name over HTTP/2, too', async () => {
    const multiplexed = await startApp('http/late-identity.cjs', { env: { EDGES: 'http2' } });
    const session = connect(`http://127.0.0.1:${multiplexed.port}`);
    const stream = session.request({ ':path': '/named', 'x-request-id': 'multiplexed' });
    await once(stream.resume(), 'end');
    session.close();
    const lines = await multiplexed.records({ correlation_id: 'multiplexed' }, 2);
    // NOTE: the first statement of a process waits for the parser of SQL, not for a name.
    expect(lines.map(({ category, actor_id: actor }) => [category, actor]).sort()).toEqual([
      ['db', 'late-user'],
      ['http', 'late-user'],
    ]);
    await multiplexed.stop();
  });

  it('is written when the process ends before', async () => {
    const ending = await startApp('http/late-identity.cjs', {
      env: { AUDIT_REGISTER_FLUSH_INTERVAL_MS: '60000' },
    });
    const answer = fetch(`http://127.0.0.1:${ending.port}/hangs`).catch(() => {});
    await fetch(`http://127.0.0.1:${ending.port}/go`, { headers: { 'x-wait': '' } });
    await ending.stop();
    await answer;
    expect(ending.lines().filter(({ category }) => category === 'db')).toMatchObject([
      { target_type: 'hanging', actor_type: 'anonymous' },
    ]);
  });
});
