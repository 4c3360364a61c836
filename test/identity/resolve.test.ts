import { describe, expect, it } from 'vitest';
import { createIdentityResolver } from '../../src/identity/resolve.ts';
import { ANONYMOUS } from '../../src/record/actor.ts';
import { identity, signWithSecret } from './tokens.ts';

const SECRET = 'correct horse battery staple, at least 32 bytes';
const config = identity([{ secret: SECRET }], { cookie: 'session' });
const token = await signWithSecret(SECRET);
const upgrade = { upgrade: 'websocket', connection: 'Upgrade' };

describe('the actor of a request', () => {
  it.each([
    ['a bearer token', { headers: { authorization: `Bearer ${token}` } }],
    ['a JWT header', { headers: { authorization: `JWT ${token}` } }],
    ['a bare token', { headers: { authorization: token } }],
    ['a cookie', { headers: { cookie: `session=${token}` } }],
    ['the query of an upgrade', { headers: upgrade, url: `/live?access_token=${token}` }],
  ])('is verified by %s', async (_form, request) => {
    expect(await createIdentityResolver(config)(request)).toMatchObject({ id: 'ada', assurance: 'verified' });
  });

  it('is found at once when the token is known', async () => {
    const resolve = createIdentityResolver(config);
    const actor = await resolve({ headers: { authorization: `Bearer ${token}` } });
    expect(resolve({ headers: { cookie: `session=${token}` } })).toBe(actor);
  });

  it.each([
    ['nothing', { headers: {} }],
    ['Basic', { headers: { authorization: 'Basic YWRhOnNlY3JldA==' } }],
    ['the query of no upgrade', { headers: {}, url: `/reset?access_token=${token}` }],
  ])('is anonymous by %s', (_form, request) => {
    const resolve = createIdentityResolver(config);
    expect(resolve(request)).toBe(ANONYMOUS);
    expect(resolve.claimed(request)).toBe(ANONYMOUS);
  });

  it.each(['Bearer garbage', 'Bearer', 'Bearer null', 'a.b.c'])('never is by %j', async (authorization) => {
    const resolve = createIdentityResolver(config);
    const refused = { type: 'user', authMethod: 'jwt', assurance: 'invalid', problem: 'malformed token' };
    expect(await resolve({ headers: { authorization } })).toMatchObject(refused);
    expect(resolve.claimed({ headers: { authorization } })).toMatchObject(refused);
  });

  it('is claimed while its verification takes too long', () => {
    const request = { headers: upgrade, url: `/live?token=${token}` };
    expect(createIdentityResolver(config).claimed(request)).toMatchObject({
      id: 'ada',
      assurance: 'claimed',
      problem: 'not verified in time',
    });
  });
});
