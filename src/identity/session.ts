import { types } from 'node:util';
import type { SessionConfig } from '../config/config.js';
import type { Actor } from '../record/actor.js';
import { ownData, readAnyProperty, readDataProperty, valueIn } from './data-property.js';
import type { PropertyReader } from './data-property.js';
import { SessionActorMapper, stepsOf } from './session-actor.js';
import type { FoundUser, KeyedHash } from './session-actor.js';
import type { IdentityRequest } from './source.js';

/** Where a framework leaves what it knows of a request. */
export interface Carrier {
  /** What it hands to its middleware: its request or context. */
  readonly target: object;
  /** Reads by name what stands in no property of it. */
  readonly read?: ((name: string) => unknown) | undefined;
  /** Whether the target is a proxy, once that was asked: it stays what it is. */
  readonly isProxy?: boolean;
}

/** A user that was found, by identity, so that reading the same one again costs nothing. */
export interface SessionReading {
  readonly value: unknown;
  readonly actor: Actor;
}

type Steps = readonly string[];

/** Paths that begin with the same property, which is then read once. */
interface Place {
  readonly name: string;
  readonly rests: readonly Steps[];
}

/** The user whom a framework has authenticated, which may happen at any time while the request is served. */
export class SessionSource {
  readonly #places: readonly Place[];
  readonly #read: PropertyReader;
  /** Whether a user can only be in a property of the carrier's own. */
  readonly #isOwnOnly: boolean;
  readonly #mapper: SessionActorMapper;

  constructor(config: SessionConfig, hash: KeyedHash) {
    this.#places = placesOf(config.user);
    this.#read = config.callGetters ? readAnyProperty : readDataProperty;
    this.#isOwnOnly = !config.callGetters;
    this.#mapper = new SessionActorMapper(config, this.#read, hash);
  }

  /** The user as found now; the earlier reading where it is still the same. */
  read(
    carriers: readonly Carrier[],
    request: IdentityRequest,
    isOver: boolean,
    earlier: SessionReading | undefined,
  ): SessionReading | undefined {
    for (const carrier of carriers) {
      const { target } = carrier;
      const isOwnOnly =
        this.#isOwnOnly && carrier.read === undefined && !(carrier.isProxy ?? types.isProxy(target));
      for (const { name, rests } of this.#places) {
        // NOTE: the way of most requests: this is asked at every query of one.
        if (isOwnOnly && !Object.hasOwn(target, name)) continue;
        let first = isOwnOnly ? valueIn(target, name) : this.#first(carrier, name);
        if (first === undefined && isOver && name === 'session') first = cookieSession(target);
        if (first === undefined || first === null) continue;
        const reading = this.#readBelow(first, rests, carrier, request, earlier);
        if (reading !== undefined) return reading;
      }
    }
    return undefined;
  }

  #readBelow(
    first: unknown,
    rests: readonly Steps[],
    carrier: Carrier,
    request: IdentityRequest,
    earlier: SessionReading | undefined,
  ): SessionReading | undefined {
    for (const steps of rests) {
      if (steps.length === 0 && earlier !== undefined && earlier.value === first) return earlier;
      const found = this.#find(first, steps);
      if (found === undefined) continue;
      if (earlier !== undefined && earlier.value === found.value) return earlier;
      const actor = this.#mapper.actorOf(found, carrier.target, request);
      if (actor !== undefined) return { value: found.value, actor };
    }
    return undefined;
  }

  #find(first: unknown, steps: Steps): FoundUser | undefined {
    let around: unknown;
    let value = first;
    for (const step of steps) {
      around = value;
      value = this.#read(value, step);
      if (value === undefined || value === null) return undefined;
    }
    return value === '' ? undefined : { value, around };
  }

  #first({ target, read }: Carrier, name: string): unknown {
    return this.#read(target, name) ?? guarded(read, name);
  }
}

/** A reader is code of a framework, which the application may have replaced. */
function guarded(read: Carrier['read'], name: string): unknown {
  try {
    return read?.(name);
  } catch {
    return undefined;
  }
}

/** In the order given; a property that is named again later is not read again. */
function placesOf(paths: readonly string[]): readonly Place[] {
  const places = new Map<string, Steps[]>();
  for (const path of paths) {
    const [name = '', ...rest] = stepsOf(path);
    const rests = places.get(name);
    if (rests === undefined) places.set(name, [rest]);
    else rests.push(rest);
  }
  return Array.from(places, ([name, rests]) => ({ name, rests }));
}

/**
 * cookie-session decodes its cookie in a getter, and sends another cookie where that was called. Once the request is over
 * nothing is sent any more.
 */
function cookieSession(request: object): unknown {
  if (ownData(request, 'sessionCookies') === undefined) return undefined;
  const getter = Object.getOwnPropertyDescriptor(request, 'session')?.get;
  return getter?.name === 'getSession' ? readAnyProperty(request, 'session') : undefined;
}
