import { types } from 'node:util';
import { isPlainArray } from './plain-data.js';
import { plainValue, UNSERIALISED } from './value-text.js';

/** Documents are not followed deeper, and of their members and items no more are looked at. */
const DEPTH = 16;
const MEMBERS = 256;

/** Prototypes of what a driver makes of JSON. */
const PLAIN: ReadonlySet<unknown> = new Set([Object.prototype, null]);

/**
 * Room for the text of what is looked at. A value takes at least as many characters of JSON as are counted here, so
 * where the room is spent the text is full.
 */
export class JsonRoom {
  /** Values that were looked at. */
  visited = 0;
  #left: number;

  constructor(characters: number) {
    this.#left = characters;
  }

  get isSpent(): boolean {
    return this.#left <= 0;
  }

  /** Gives as much of a text as there is room for. */
  text(text: string): string {
    const kept = text.length > this.#left ? text.slice(0, Math.max(0, this.#left)) : text;
    this.#left -= text.length + QUOTES;
    return kept;
  }

  /** Whether a name may stand. NOTE: never a part of it, which is another name, and by its name a value may be secret. */
  takes(name: string): boolean {
    this.#left -= name.length + QUOTES;
    if (name.length <= NAME_CHARACTERS) return true;
    this.#left = 0;
    return false;
  }

  /** NOTE: the shortest values are a digit and `[]`, and each has a comma or a bracket behind it. */
  enter(): void {
    this.visited += 1;
    this.#left -= 1;
  }
}

const QUOTES = 2;
const NAME_CHARACTERS = 1_024;

/**
 * A value that a driver made of an answer, as JSON can hold it, up to where the room is spent. Runs no code of the
 * application: a type parser of its own may make anything of a value.
 */
export function jsonValue(value: unknown, room: JsonRoom, depth = 0): unknown {
  room.enter();
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) return value;
  if (isPlainArray(value)) return depth === DEPTH ? UNSERIALISED : jsonItems(value, room, depth);
  return isDocument(value) ? jsonMembers(value, room, depth) : textValue(value, room);
}

function textValue(value: unknown, room: JsonRoom): unknown {
  const sent = plainValue(value);
  if (sent === null) return null;
  return room.text(typeof sent === 'string' ? sent : sent.text);
}

function isDocument(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || types.isProxy(value)) return false;
  return PLAIN.has(Object.getPrototypeOf(value));
}

function jsonItems(value: readonly unknown[], room: JsonRoom, depth: number): unknown {
  const items: unknown[] = [];
  const count = Math.min(value.length, MEMBERS);
  for (let index = 0; index < count && !room.isSpent; index++) {
    items.push(jsonValue(Object.getOwnPropertyDescriptor(value, index)?.value, room, depth + 1));
  }
  return items;
}

function jsonMembers(value: object, room: JsonRoom, depth: number): unknown {
  if (depth === DEPTH) return UNSERIALISED;
  const members: (readonly [string, unknown])[] = [];
  for (const name of Object.keys(value).slice(0, MEMBERS)) {
    if (room.isSpent || !room.takes(name)) break;
    members.push([name, jsonMember(value, name, room, depth)]);
  }
  // NOTE: a member may be called `__proto__`.
  return Object.fromEntries(members);
}

function jsonMember(value: object, name: string, room: JsonRoom, depth: number): unknown {
  const property = Object.getOwnPropertyDescriptor(value, name);
  const isData = property !== undefined && property.get === undefined;
  return isData ? jsonValue(property.value, room, depth + 1) : UNSERIALISED;
}
