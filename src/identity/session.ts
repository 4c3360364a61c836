import { types } from 'node:util';
import { parseCookie } from 'cookie';
import type { SessionConfig } from '../config/config.js';
import { ANONYMOUS } from '../record/actor.js';
import type { Actor } from '../record/actor.js';
import { ownData, readAnyProperty, readDataProperty, readPath } from './data-property.js';
import type { PropertyReader } from './data-property.js';
import { plainText, plainTexts } from './plain-text.js';
import type { IdentityRequest } from './source.js';

/** What a framework hands to its middleware: its request or context, or a function that reads from it by name. */
export type Carrier = object | ((name: string) => unknown);

/** A user that was found, by identity, so that reading the same one again costs nothing. */
export interface SessionReading {
  readonly value: unknown;
  readonly actor: Actor;
}

/** Keyed hash of what must not be kept; empty where no key is set. */
export type KeyedHash = (text: string) => string;

type Steps = readonly string[];

interface Found {
  readonly value: unknown;
  /** What the value stands in, where that is no request. */
  readonly around: unknown;
}

/** Own symbol property of Koa's context in which koa-session keeps what its getter would make. */
const KOA_SESSION = 'context#_contextSession';

/** The user whom a framework has authenticated, which may happen at any time while the request is served. */
export class SessionSource {
  readonly #users: readonly Steps[];
  readonly #fields: Readonly<Record<'id' | 'name' | 'roles' | 'tenant' | 'impersonator', readonly Steps[]>>;
  readonly #cookies: readonly string[];
  readonly #read: PropertyReader;
  readonly #hash: KeyedHash;

  constructor(config: SessionConfig, hash: KeyedHash) {
    this.#users = config.user.map(stepsOf);
    this.#fields = {
      id: config.id.map(stepsOf),
      name: config.name.map(stepsOf),
      roles: config.roles.map(stepsOf),
      tenant: config.tenant.map(stepsOf),
      impersonator: config.impersonator.map(stepsOf),
    };
    this.#cookies = config.cookies;
    this.#read = config.callGetters ? readAnyProperty : readDataProperty;
    this.#hash = hash;
  }

  /** The user as found now; the earlier reading where it is still the same. */
  read(
    carriers: readonly Carrier[],
    request: IdentityRequest,
    isOver: boolean,
    earlier: SessionReading | undefined,
  ): SessionReading | undefined {
    for (const carrier of carriers) {
      for (const steps of this.#users) {
        const found = this.#find(carrier, steps, isOver);
        if (found === undefined) continue;
        if (earlier !== undefined && earlier.value === found.value) return earlier;
        const actor = this.#actorOf(found, carrier, request);
        if (actor !== undefined) return { value: found.value, actor };
      }
    }
    return undefined;
  }

  #find(carrier: Carrier, steps: Steps, isOver: boolean): Found | undefined {
    const [first = '', ...rest] = steps;
    let around: unknown;
    let value = this.#first(carrier, first, isOver);
    for (const step of rest) {
      if (value === undefined || value === null) return undefined;
      around = value;
      value = this.#read(value, step);
    }
    return value === undefined || value === null || value === '' ? undefined : { value, around };
  }

  #first(carrier: Carrier, name: string, isOver: boolean): unknown {
    if (typeof carrier === 'function') return (carrier as (name: string) => unknown)(name);
    const value = this.#read(carrier, name);
    if (value !== undefined || name !== 'session') return value;
    return koaSession(carrier) ?? (isOver ? cookieSession(carrier) : undefined);
  }

  #actorOf({ value, around }: Found, carrier: Carrier, request: IdentityRequest): Actor | undefined {
    if (typeof value === 'boolean' || typeof value === 'function') return undefined;
    const bare = plainText(value);
    // A session that holds a mere id has the rest beside it.
    const user = bare === '' ? value : around;
    const id = bare === '' ? this.#text(user, 'id') : bare;
    if (id === '') return undefined;
    return Object.freeze<Actor>({
      ...ANONYMOUS,
      type: 'user',
      id,
      name: this.#text(user, 'name'),
      roles: Object.freeze(plainTexts(this.#field(user, 'roles'))),
      tenantId: this.#text(user, 'tenant'),
      impersonatorId: this.#text(user, 'impersonator') || this.#text(around, 'impersonator'),
      sessionId: this.#sessionId(carrier, request),
      authMethod: 'session',
      assurance: 'trusted',
    });
  }

  #field(user: unknown, field: 'id' | 'name' | 'roles' | 'tenant' | 'impersonator'): unknown {
    for (const steps of this.#fields[field]) {
      const value = readPath(this.#read, user, steps);
      if (value !== undefined && value !== '') return value;
    }
    return undefined;
  }

  /** The first alternative that has a text: `user` may be a name here and an object there. */
  #text(user: unknown, field: 'id' | 'name' | 'tenant' | 'impersonator'): string {
    for (const steps of this.#fields[field]) {
      const text = plainText(readPath(this.#read, user, steps));
      if (text !== '') return text;
    }
    return '';
  }

  #sessionId(carrier: Carrier, { headers }: IdentityRequest): string {
    const id = ownData(carrier, 'sessionID') ?? ownData(ownData(carrier, 'session'), 'sessionId');
    if (typeof id === 'string' && id !== '') return this.#hash(id);
    const cookie = typeof headers.cookie === 'string' ? headers.cookie : '';
    const name = this.#cookies.find((candidate) => cookie.includes(`${candidate}=`));
    const value = name === undefined ? '' : (parseCookie(cookie)[name] ?? '');
    return value === '' ? '' : this.#hash(value);
  }
}

function stepsOf(path: string): Steps {
  return path.split('.');
}

/** NOTE: its getter would make an empty session where the middleware has not yet loaded the real one. */
function koaSession(context: object): unknown {
  if (types.isProxy(context)) return undefined;
  const key = Object.getOwnPropertySymbols(context).find(({ description }) => description === KOA_SESSION);
  return key === undefined ? undefined : ownData(ownData(context, key), 'session');
}

/**
 * cookie-session decodes its cookie in a getter, and sends another cookie where that was called. Once the request is over
 * nothing is sent any more.
 */
function cookieSession(request: object): unknown {
  if (types.isProxy(request) || ownData(request, 'sessionCookies') === undefined) return undefined;
  const getter = Object.getOwnPropertyDescriptor(request, 'session')?.get;
  return getter?.name === 'getSession' ? readAnyProperty(request, 'session') : undefined;
}
