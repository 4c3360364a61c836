import type { SessionConfig } from '../config/config.js';
import { ANONYMOUS } from '../record/actor.js';
import type { Actor } from '../record/actor.js';
import { cookieOf } from './cookie.js';
import { dataOfModel, ownData, readPath } from './data-property.js';
import type { PropertyReader } from './data-property.js';
import { plainText, plainTexts } from './plain-text.js';
import type { IdentityRequest } from './source.js';

/** Keyed hash of what must not be kept; empty where no key is set. */
export type KeyedHash = (text: string) => string;

/** A user as a framework keeps it. */
export interface FoundUser {
  /** An object, or a mere id. */
  readonly value: unknown;
  /** What the value stands in, where that is no request. */
  readonly around: unknown;
}

type Steps = readonly string[];
type TextField = 'id' | 'name' | 'tenant' | 'impersonator';

/** Makes the actor of a user by the fields that say who it is. */
export class SessionActorMapper {
  readonly #fields: Readonly<Record<TextField | 'roles', readonly Steps[]>>;
  readonly #cookies: readonly string[];
  readonly #read: PropertyReader;
  readonly #hash: KeyedHash;

  constructor(config: SessionConfig, read: PropertyReader, hash: KeyedHash) {
    this.#fields = {
      id: config.id.map(stepsOf),
      name: config.name.map(stepsOf),
      roles: config.roles.map(stepsOf),
      tenant: config.tenant.map(stepsOf),
      impersonator: config.impersonator.map(stepsOf),
    };
    this.#cookies = config.cookies;
    this.#read = read;
    this.#hash = hash;
  }

  /**
   * Undefined for what has no identifier.
   *
   * @param target The framework's request, which may know the id of the session.
   */
  actorOf({ value, around }: FoundUser, target: object, request: IdentityRequest): Actor | undefined {
    if (typeof value === 'boolean' || typeof value === 'function') return undefined;
    const bare = plainText(value);
    // A session that holds a mere id has the rest beside it.
    const user = bare === '' ? value : around;
    const model = dataOfModel(user);
    const text = (field: TextField): string => this.#text(user, field) || this.#text(model, field);
    const id = bare === '' ? text('id') : bare;
    if (id === '') return undefined;
    return Object.freeze<Actor>({
      ...ANONYMOUS,
      type: 'user',
      id,
      name: text('name'),
      roles: Object.freeze(this.#roles(user, model)),
      tenantId: text('tenant'),
      impersonatorId:
        text('impersonator') ||
        this.#text(around, 'impersonator') ||
        this.#text(ownData(target, 'session'), 'impersonator'),
      sessionId: this.#sessionId(target, request),
      authMethod: 'session',
      assurance: 'trusted',
    });
  }

  /** The first alternative that has a text: `user` may be a name here and an object there. */
  #text(user: unknown, field: TextField): string {
    if (user === undefined) return '';
    for (const steps of this.#fields[field]) {
      const value = readPath(this.#read, user, steps);
      // NOTE: most are not there.
      if (value === undefined) continue;
      const text = plainText(value);
      if (text !== '') return text;
    }
    return '';
  }

  #roles(...users: readonly unknown[]): readonly string[] {
    for (const user of users) {
      for (const steps of this.#fields.roles) {
        const roles = plainTexts(readPath(this.#read, user, steps));
        if (roles.length > 0) return roles;
      }
    }
    return ANONYMOUS.roles;
  }

  #sessionId(target: object, { headers }: IdentityRequest): string {
    const id = ownData(target, 'sessionID') ?? ownData(ownData(target, 'session'), 'sessionId');
    if (typeof id === 'string' && id !== '') return this.#hash(id);
    const cookie = typeof headers.cookie === 'string' ? headers.cookie : '';
    const name = this.#cookies.find((candidate) => cookie.includes(`${candidate}=`));
    const value = name === undefined ? '' : cookieOf(cookie, name);
    return value === '' ? '' : this.#hash(value);
  }
}

export function stepsOf(path: string): Steps {
  return path.split('.');
}
