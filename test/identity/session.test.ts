import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { SessionSource } from '../../src/identity/session.ts';
import type { Actor } from '../../src/record/actor.ts';

const hash = (text: string): string => createHmac('sha256', 'key').update(text).digest('hex');
const config = loadConfig({}, import.meta.dirname).identity.session;
const source = new SessionSource(config, hash);

function read(target: object, from = source, isOver = false, headers = {}): Actor | undefined {
  return from.read([{ target }], { headers }, isOver, undefined)?.actor;
}

const EXPLODES = {
  get(): never {
    throw new Error('read');
  },
};

describe('the user whom a framework has authenticated', () => {
  it.each<[string, object, Partial<Actor>]>([
    ['passport', { user: { id: 7, displayName: 'Ada' } }, { id: '7', name: 'Ada' }],
    ['express-jwt', { auth: { sub: 'ada', roles: ['admin'] } }, { id: 'ada', roles: ['admin'] }],
    ['express-basic-auth', { auth: { user: 'ada', password: 'secret' } }, { id: 'ada' }],
    [
      'express-oauth2-jwt-bearer',
      { auth: { header: {}, payload: { sub: 'ada' }, token: 'x' } },
      { id: 'ada' },
    ],
    ['Clerk', { auth: { userId: 'user_1', orgId: 'org_1' } }, { id: 'user_1', tenantId: 'org_1' }],
    ['express-session', { session: { user: { email: 'a@x.org' } } }, { id: 'a@x.org' }],
    ['a passport that has not loaded its user', { session: { passport: { user: 7 } } }, { id: '7' }],
    [
      'a session with a mere id',
      { session: { userId: 'u1', name: 'Ada', tenantId: 'acme', role: 'admin' } },
      { id: 'u1', name: 'Ada', tenantId: 'acme', roles: ['admin'] },
    ],
    ['Koa', { state: { user: { id: 'ada' } } }, { id: 'ada' }],
    ['Auth.js', { res: { locals: { session: { user: { email: 'a@x.org' } } } } }, { id: 'a@x.org' }],
    ['a number that JSON cannot hold', { user: { id: 9_007_199_254_740_993n } }, { id: '9007199254740993' }],
    ['a user who is a text', { user: 'ada' }, { id: 'ada' }],
    ['roles with names', { user: { id: 1, roles: [{ name: 'a' }, { id: 2 }] } }, { roles: ['a', '2'] }],
  ])('is found where %s leaves it', (_title, carrier, actor) => {
    expect(read(carrier)).toMatchObject({
      type: 'user',
      authMethod: 'session',
      assurance: 'trusted',
      ...actor,
    });
  });

  it('is found by a function, as Hono has one', () => {
    const get = (name: string) => (name === 'jwtPayload' ? { sub: 'ada' } : undefined);
    expect(source.read([{ target: {}, read: get }], { headers: {} }, false, undefined)?.actor).toMatchObject({
      id: 'ada',
    });
  });

  it.each<[string, object]>([
    ['of the user', { user: { id: 1, impersonatorId: 'boss' } }],
    ['of a token of the framework', { user: { id: 1, act: { sub: 'boss' } } }],
    ['of the session beside the user', { user: { id: 1 }, session: { impersonatorId: 'boss' } }],
    ['of the session', { session: { user: { id: 1 }, impersonatedBy: 'boss' } }],
    ['of a session with a mere id', { session: { userId: 1, impersonator_id: 'boss' } }],
  ])('is known with who really acts, by a field %s', (_title, carrier) => {
    expect(read(carrier)).toMatchObject({ id: '1', impersonatorId: 'boss' });
  });

  it('is found behind the getters of Sequelize and Mongoose', () => {
    const sequelize = Object.create({
      get id(): never {
        return EXPLODES.get();
      },
    });
    expect(read({ user: Object.assign(sequelize, { dataValues: { id: 5, name: 'S' } }) })).toMatchObject({
      id: '5',
    });
    class ObjectId {
      readonly buffer = Buffer.from('0123456789ab0123456789ab', 'hex');
      toJSON = EXPLODES.get;
      toString = EXPLODES.get;
    }
    expect(read({ user: { _doc: { _id: new ObjectId() } } })).toMatchObject({
      id: '0123456789ab0123456789ab',
    });
  });

  it.each<[string, object]>([
    ['nothing', {}],
    ['null', { user: null, session: null }],
    ['an empty text', { user: '' }],
    ['a switch', { user: true }],
    ['a function', { user: () => ({ id: 1 }) }],
    ['a user without an id', { user: { age: 7 } }],
    ['a promise', { user: Promise.resolve({ id: 1 }) }],
    ['no number', { user: Number.NaN }],
  ])('is nobody by %s', (_title, carrier) => {
    expect(read(carrier)).toBeUndefined();
  });

  it('is looked for in the next place where the first has nobody', () => {
    expect(read({ user: {}, session: { userId: 'ada' } })).toMatchObject({ id: 'ada' });
  });

  it('is not looked for behind getters and proxies', () => {
    const trap = new Proxy(
      { id: 1 },
      { get: EXPLODES.get, getOwnPropertyDescriptor: EXPLODES.get, has: EXPLODES.get },
    );
    expect(read({ user: trap })).toBeUndefined();
    expect(read(Object.defineProperty({}, 'user', EXPLODES))).toBeUndefined();
    expect(read({ user: Object.defineProperty({ name: 'x' }, 'id', EXPLODES) })).toBeUndefined();
    expect(read({ user: { id: { toString: EXPLODES.get, toJSON: EXPLODES.get } } })).toBeUndefined();
    expect(read({ user: { id: 1, roles: new Proxy(['a'], { get: EXPLODES.get }) } })).toMatchObject({
      roles: [],
    });
  });

  it('is looked for behind getters where that was asked for, whatever they do', () => {
    const calling = new SessionSource({ ...config, callGetters: true }, hash);
    class User {
      readonly #id = 'private';
      get id(): string {
        return this.#id;
      }
      get name(): never {
        return EXPLODES.get();
      }
      get roles(): Promise<never> {
        return Promise.reject(new Error('lazy'));
      }
    }
    expect(read({ user: new User() }, calling)).toMatchObject({ id: 'private', name: '', roles: [] });
    expect(read(Object.defineProperty({}, 'user', EXPLODES), calling)).toBeUndefined();
  });

  it('is found in the session of cookie-session once the request is over', () => {
    let calls = 0;
    function getSession(): object {
      calls += 1;
      return { userId: 'cookie-user' };
    }
    const request = Object.defineProperty({ sessionCookies: {} }, 'session', { get: getSession });
    expect([read(request), calls]).toEqual([undefined, 0]);
    expect(read(request, source, true)).toMatchObject({ id: 'cookie-user' });
  });

  it('is the same object as long as it is the same user', () => {
    const carrier = { user: { id: 1 } as object };
    const first = source.read([{ target: carrier }], { headers: {} }, false, undefined);
    expect(source.read([{ target: carrier }], { headers: {} }, false, first)).toBe(first);
    carrier.user = { id: 2 };
    expect(source.read([{ target: carrier }], { headers: {} }, false, first)?.actor.id).toBe('2');
  });

  it('never makes the application see anything, whatever it is', () => {
    fc.assert(
      fc.property(
        fc.anything({ withProxy: true } as object),
        fc.constantFrom('user', 'session', 'auth'),
        (value, name) => {
          expect(() => read({ [name]: value })).not.toThrow();
        },
      ),
    );
  });
});

describe('the session of a user', () => {
  const user = { id: 1 };

  it.each<[string, object, object, string]>([
    ['express-session', { user, sessionID: 'sid-1' }, {}, 'sid-1'],
    ['@fastify/session', { user, session: { sessionId: 'sid-2' } }, {}, 'sid-2'],
    ['a cookie', { user }, { cookie: 'a=b; connect.sid=s%3Asid-3' }, 's:sid-3'],
  ])('is a keyed hash of the id by %s', (_title, carrier, headers, id) => {
    expect(read(carrier, source, false, headers)?.sessionId).toBe(hash(id));
  });

  it('is empty without a key or an id', () => {
    expect(read({ user, sessionID: 'sid' }, new SessionSource(config, () => ''))?.sessionId).toBe('');
    expect(read({ user }, source, false, { cookie: 'other=1' })?.sessionId).toBe('');
  });
});
