import { describe, expect, it } from 'vitest';
import type { IdentityConfig } from '../../src/config/config.ts';
import type { RequestIdentity } from '../../src/identity/request-identity.ts';
import { createIdentityResolver } from '../../src/identity/resolve.ts';
import type { IdentityRequest } from '../../src/identity/source.ts';
import type { Actor } from '../../src/record/actor.ts';
import { ANONYMOUS } from '../../src/record/actor.ts';
import { identity, signWithSecret } from './tokens.ts';

const SECRET = 'correct horse battery staple, at least 32 bytes';
const config = identity([{ secret: SECRET }], { cookie: 'session' });
const token = await signWithSecret(SECRET);
const identify = createIdentityResolver(config);
const upgrade = { upgrade: 'websocket', connection: 'Upgrade' };

/** The actor once nothing is being verified any more. */
async function actorOf(identity: RequestIdentity): Promise<Actor> {
  await identity.verification;
  return identity.known;
}

const TRUSTED = '10.0.0.1';
const proxied = identity([{ secret: SECRET }], {
  proxy: { user: 'x-remote-user', name: '', roles: '', tenant: '' },
  trustedProxies: [TRUSTED],
});

describe('the actor of a request', () => {
  it.each([
    ['a bearer token', { headers: { authorization: `Bearer ${token}` } }],
    ['a JWT header', { headers: { authorization: `JWT ${token}` } }],
    ['a bare token', { headers: { authorization: token } }],
    ['a cookie', { headers: { cookie: `session=${token}` } }],
    ['the query of an upgrade', { headers: upgrade, url: `/live?access_token=${token}` }],
  ])('is verified by %s', async (_form, request) => {
    expect(await actorOf(identify(request))).toMatchObject({ id: 'ada', assurance: 'verified' });
  });

  it('is found at once when the token is known', async () => {
    const resolve = createIdentityResolver(config);
    const actor = await actorOf(resolve({ headers: { authorization: `Bearer ${token}` } }));
    expect(resolve({ headers: { cookie: `session=${token}` } }).settled).toBe(actor);
  });

  it.each([
    ['nothing', { headers: {} }],
    ['another scheme', { headers: { authorization: 'Digest username="ada"' } }],
    ['the query of no upgrade', { headers: {}, url: `/reset?access_token=${token}` }],
  ])('is anonymous by %s', (_form, request) => {
    expect(identify(request).settled).toBe(ANONYMOUS);
    expect(identify(request).known).toBe(ANONYMOUS);
  });

  it.each(['Bearer garbage', 'Bearer', 'Bearer null', 'a.b.c'])('never is by %j', async (authorization) => {
    const refused = { type: 'user', authMethod: 'jwt', assurance: 'invalid', problem: 'malformed token' };
    expect(await actorOf(identify({ headers: { authorization } }))).toMatchObject(refused);
    expect(identify({ headers: { authorization } }).known).toMatchObject(refused);
  });

  it('is claimed while its verification takes too long', () => {
    const request = { headers: upgrade, url: `/live?token=${token}` };
    expect(createIdentityResolver(config)(request).known).toMatchObject({
      id: 'ada',
      assurance: 'claimed',
      problem: 'not verified in time',
    });
  });
});

describe('of several names', () => {
  const forged = `${token.slice(0, -8)}AAAAAAAA`;
  const basic = `Basic ${Buffer.from('bob:secret').toString('base64')}`;

  interface Case {
    readonly title: string;
    readonly config: IdentityConfig;
    readonly request: IdentityRequest;
    /** What middleware has left on the request. */
    readonly carrier?: object;
    readonly actor: Partial<Actor>;
  }

  const CASES: readonly Case[] = [
    {
      title: 'a verified token counts before the proxy',
      config: proxied,
      request: {
        headers: { authorization: `Bearer ${token}`, 'x-remote-user': 'eve' },
        remoteAddress: TRUSTED,
      },
      actor: { id: 'ada', authMethod: 'jwt' },
    },
    {
      title: 'the proxy counts before a verified token, where that is the order',
      config: { ...proxied, sources: ['proxy-header', 'jwt'] },
      request: {
        headers: { authorization: `Bearer ${token}`, 'x-remote-user': 'eve' },
        remoteAddress: TRUSTED,
      },
      actor: { id: 'eve', authMethod: 'proxy' },
    },
    {
      title: 'a refused token does not hide the user whom the framework vouches for',
      config,
      request: { headers: { authorization: `Bearer ${forged}` } },
      carrier: { user: { id: 'carol' } },
      actor: { id: 'carol', authMethod: 'session', assurance: 'trusted' },
    },
    {
      title: 'a refused token counts before a name that nobody vouches for',
      config: identity([{ secret: SECRET }], { cookie: 'session' }),
      request: { headers: { authorization: basic, cookie: `session=${forged}` } },
      actor: { id: 'ada', authMethod: 'jwt', assurance: 'invalid' },
    },
    {
      title: 'the session counts before a verified token, where that is the order',
      config: { ...config, sources: ['session', 'jwt'] },
      request: { headers: { authorization: `Bearer ${token}` } },
      carrier: { user: { id: 'carol' } },
      actor: { id: 'carol' },
    },
    {
      title: 'a source that is not named is not asked',
      config: { ...config, sources: ['jwt'] },
      request: { headers: { authorization: basic } },
      carrier: { user: { id: 'carol' } },
      actor: { type: 'anonymous' },
    },
  ];

  it.each(CASES)('$title', async ({ config, request, carrier, actor }) => {
    const found = createIdentityResolver(config)(request);
    if (carrier !== undefined) found.addCarrier(carrier);
    expect(await actorOf(found)).toMatchObject(actor);
    found.end();
    expect(found.settled).toMatchObject(actor);
  });

  it('those that did not count are remarked', async () => {
    const found = identify({ headers: { authorization: `Bearer ${forged}` } });
    found.addCarrier({ user: { id: 'carol' } });
    expect(found.remarks(await actorOf(found))).toEqual({
      'audit.actor.claimed_id': 'ada',
      'audit.actor.claimed_method': 'jwt',
      'audit.actor.problem': 'signature verification failed',
    });
  });

  it('the session user behind a verified token is remarked', async () => {
    const found = identify({ headers: { authorization: `Bearer ${token}` } });
    found.addCarrier({ user: { id: 'mallory' } });
    const actor = await actorOf(found);
    found.look();
    expect(actor).toMatchObject({ id: 'ada', assurance: 'verified' });
    expect(found.remarks(actor)).toEqual({
      'audit.actor.also_id': 'mallory',
      'audit.actor.also_method': 'session',
    });
  });

  it('all that lose to what code says are remarked, but none with its name', async () => {
    const found = createIdentityResolver(proxied)({
      headers: { authorization: `Bearer ${token}`, 'x-remote-user': 'eve' },
      remoteAddress: TRUSTED,
    });
    found.addCarrier({ user: { id: 'carol' } });
    await found.verification;
    found.look();
    found.name({ ...ANONYMOUS, id: 'carol', authMethod: 'code', assurance: 'trusted' });
    expect(found.remarks(found.known)).toEqual({
      'audit.actor.also_id': 'ada, eve',
      'audit.actor.also_method': 'jwt, proxy',
    });
  });

  it('a user whom the session had before or has afterwards did not lose', () => {
    const request = { user: { id: 'admin' } };
    const found = identify({ headers: {} });
    found.addCarrier(request);
    const before = found.known;
    request.user = { id: 'victim' };
    found.look();
    expect(found.remarks(before)).toBeUndefined();
    expect(found.remarks(found.known)).toBeUndefined();
  });

  it('a claim beside another claim is remarked', async () => {
    const found = identify({ headers: { authorization: basic, cookie: `session=${forged}` } });
    expect(found.remarks(await actorOf(found))).toEqual({
      'audit.actor.claimed_id': 'bob',
      'audit.actor.claimed_method': 'basic',
    });
  });

  it('a header of an untrusted peer is remarked, and names nobody', () => {
    const request = { headers: { 'x-remote-user': 'root' }, remoteAddress: '203.0.113.9' };
    const found = createIdentityResolver(proxied)(request);
    expect(found.settled).toBe(ANONYMOUS);
    expect(found.remarks(ANONYMOUS)).toEqual({ 'audit.actor.ignored_proxy_user': 'root' });
  });

  it('what code says counts before all, and is told at once', () => {
    const found = createIdentityResolver(proxied)({
      headers: { 'x-remote-user': 'eve' },
      remoteAddress: TRUSTED,
    });
    let told = 0;
    found.onNamed = () => (told += 1);
    found.name({ ...ANONYMOUS, id: 'code', assurance: 'trusted' });
    expect([found.settled?.id, told]).toEqual(['code', 1]);
  });
});

describe('while a request is served', () => {
  it('nobody is settled who may still be outranked by a framework', () => {
    const found = identify({ headers: {} });
    const carrier: { user?: object | null } = {};
    found.addCarrier(carrier);
    expect(found.settled).toBeUndefined();
    carrier.user = { id: 'late' };
    expect(found.settled).toMatchObject({ id: 'late' });
  });

  it('a user who logs out was the user all the same', () => {
    const found = identify({ headers: {} });
    const carrier: { user: object | null } = { user: { id: 'leaver' } };
    found.addCarrier(carrier);
    found.look();
    carrier.user = null;
    found.end();
    expect(found.settled).toMatchObject({ id: 'leaver' });
  });

  it('after its end nothing of the application is read any more', () => {
    const found = identify({ headers: {} });
    const carrier: { user?: object } = {};
    found.addCarrier(carrier);
    found.end();
    carrier.user = { id: 'too-late' };
    expect(found.settled).toBe(ANONYMOUS);
  });

  it('an actor by code may still come after its end', () => {
    const found = identify({ headers: {} });
    found.end();
    found.name({ ...ANONYMOUS, id: 'job', assurance: 'trusted' });
    expect(found.settled).toMatchObject({ id: 'job' });
  });
});
