import { Buffer } from 'node:buffer';
import { isUuid } from '../uuid-bytes.js';
import { unescapeOnce } from './escapes.js';
import { HarmlessTexts } from './harmless-texts.js';
import { redactAssignments } from './redact-assignments.js';
import { createHasher, HASH_PREFIX } from './redact-hash.js';
import { looksLikeJson, redactJson } from './redact-json.js';
import { createSecretNames } from './redact-names.js';
import { createRouteTest, redactPath } from './redact-path.js';
import { redactQuery, redactQueryNames } from './redact-query.js';
import { redactShapes } from './redact-shapes.js';
import type { Instead } from './redact-shapes.js';
import { isShortWords } from './short-words.js';

/** What stands where a secret was, when there is no key for a hash. */
export const REDACTED = '[redacted]';

/** A secret that is longer is replaced without a hash, and no more of a text is looked at or kept. */
export const CAPTURED_CHARACTERS = 16_384;

/** Nothing shorter holds a name with a value, or has the shape of a secret. */
const LEAST_CHARACTERS = 6;

/** Layers of escapes that are taken away (`%2565` has two), and of JSON in texts of JSON. */
const LAYERS = 5;

export interface Redactor {
  /** Whether a name says that its value is secret. */
  readonly isSecretKey: (name: string) => boolean;
  /** What stands for a secret: `[redacted]`, or its keyed hash. */
  readonly instead: Instead;
  /** A value whose name is known. */
  readonly value: (name: string, text: string, isCut?: boolean) => string;
  /** Free text: what has the shape of a secret goes, and what is said to be one (`password=…`). */
  readonly text: (text: string, isCut?: boolean) => string;
  /** A name, a route, a statement: only what has the shape of a secret goes. */
  readonly name: (text: string, isCut?: boolean) => string;
  /** @param cutCharacters A name or value that is as long was cut. */
  readonly values: (
    values: Readonly<Record<string, string>>,
    cutCharacters?: number,
  ) => Readonly<Record<string, string>>;
  /** A query string: secret values go, the rest stays as sent. */
  readonly query: (query: string) => string;
  /** The names of a query string without their values. */
  readonly queryNames: (query: string) => string;
  /** The path of a URL, and the route it was matched with. */
  readonly path: (path: string, route?: string, isCut?: boolean) => string;
  /** A body, whole or cut. */
  readonly form: (form: string, isCut?: boolean) => string;
  readonly json: (json: string, isCut?: boolean) => string;
  /** An object in JSON, of which more is known: members whose names say nothing may be secret. */
  readonly row: (json: string, isSecretMember: (name: string) => boolean, isCut?: boolean) => string;
  readonly body: (body: string, isCut?: boolean) => string;
}

/**
 * @param keys Names beside the built-in ones, see `createSecretNames`.
 * @param hmacKey Secrets become keyed hashes, so that a known one can be searched; empty for none.
 */
export function createRedactor(keys: readonly string[], hmacKey = ''): Redactor {
  const isSecretName = createSecretNames(keys);
  const hash = hmacKey === '' ? undefined : createHasher(hmacKey);
  const instead: Instead = (secret, isWhole = true) => {
    // NOTE: that there is none hides nothing, and may be what matters.
    if (secret === '') return secret;
    if (hash === undefined || !isWhole || secret.length >= CAPTURED_CHARACTERS) return REDACTED;
    // NOTE: a text may pass twice; the hash of a hash would find nothing.
    return secret === REDACTED || HASH.test(secret) ? secret : hash(secret);
  };

  const flat = (text: string, isCut: boolean): string =>
    redactAssignments(redactShapes(text, instead, isCut), isSecretName, instead, isCut);
  /** One layer after the other: the text itself, texts within its JSON, and what its escapes say. */
  const deep = (given: string, isCut: boolean, layer: number): string => {
    let shown: string;
    if (layer < LAYERS && looksLikeJson(given)) {
      const inner = (part: string, isPartCut: boolean): string =>
        part.length < LEAST_CHARACTERS || (!isPartCut && isShortWords(part))
          ? part
          : deep(part, isPartCut, layer + 1);
      const { json, isJson } = redactJson(given, isCut, { isSecretName, instead, text: inner });
      if (isJson) return json;
      // NOTE: `[section]` begins a file of settings, and a quote anything.
      shown = flat(json, isCut);
    } else {
      shown = flat(given, isCut);
    }
    const bare = layer < LAYERS ? unescapeOnce(shown) : shown;
    if (bare === shown) return shown;
    const redacted = deep(bare, isCut, layer + 1);
    return redacted === bare ? shown : redacted;
  };

  /** What PostgreSQL writes for bytes: they may be a text. */
  const bytes = (given: string, isCut: boolean): string => {
    if (!HEX.test(given)) return deep(given, isCut, 0);
    const plain = Buffer.from(given.slice(2), 'hex').toString('utf8');
    const redacted = deep(plain, isCut || given.length >= CAPTURED_CHARACTERS, 0);
    return redacted === plain ? given : redacted;
  };

  const harmless = new HarmlessTexts();
  const text = (given: string, isCut = false): string => {
    if (given.length < LEAST_CHARACTERS || isUuid(given)) return given;
    if (isCut) return anyText(given, true);
    if (isShortWords(given) || harmless.has(given)) return given;
    const shown = anyText(given, false);
    if (shown === given) harmless.add(given);
    return shown;
  };
  const anyText = (given: string, isCut: boolean): string => {
    if (given.startsWith('\\x')) return bytes(given, isCut);
    // NOTE: of what is as long there was more.
    const isLong = given.length >= CAPTURED_CHARACTERS;
    return deep(isLong ? given.slice(0, CAPTURED_CHARACTERS) : given, isCut || isLong, 0);
  };
  const harmlessNames = new HarmlessTexts();
  const name = (given: string, isCut = false): string => {
    if (given.length < LEAST_CHARACTERS || isUuid(given)) return given;
    if (isCut) return anyName(given, true);
    if (isShortWords(given) || harmlessNames.has(given)) return given;
    const shown = anyName(given, false);
    if (shown === given) harmlessNames.add(given);
    return shown;
  };
  const anyName = (given: string, isCut: boolean): string => {
    const shown = redactShapes(given, instead, isCut);
    let bare = shown;
    for (let round = 0; round < LAYERS; round++) {
      const next = unescapeOnce(bare);
      if (next === bare) return shown;
      bare = redactShapes(next, instead, isCut);
      if (bare !== next) return bare;
    }
    return shown;
  };
  const value = (key: string, given: string, isCut = false): string =>
    isSecretName(key) ? instead(given, !isCut) : text(given, isCut);
  const values: Redactor['values'] = (given, cutCharacters = CAPTURED_CHARACTERS) => {
    const keys = Object.keys(given);
    let changed: [string, string][] | undefined;
    keys.forEach((key, index) => {
      const one = given[key] as string;
      const shownKey = name(key, key.length >= cutCharacters);
      const shown = value(key, one, one.length >= cutCharacters);
      if (shownKey !== key || shown !== one)
        changed ??= keys.slice(0, index).map((before) => [before, given[before] as string]);
      changed?.push([shownKey, shown]);
    });
    // NOTE: not by assignment, which would lose a column named `__proto__`.
    return changed === undefined ? given : Object.fromEntries(changed);
  };
  const form = (given: string, isCut = false): string => redactQuery(given, { name, value }, isCut);
  const pathContext = { isSecretName, instead, text, name, isSecretRoute: createRouteTest(isSecretName) };
  const json = (given: string, isCut = false): string => deep(given, isCut, 0);
  return {
    isSecretKey: isSecretName,
    instead,
    value,
    text,
    name,
    values,
    query: (query) => form(query),
    queryNames: (query) => redactQueryNames(query, name),
    path: (path, route = '', isCut = false) => redactPath(path, route, isCut, pathContext),
    form,
    json,
    row: (given, isSecretMember, isCut = false) => {
      const isSecretAtTop = (member: string, depth: number): boolean => depth === 1 && isSecretMember(member);
      const context = { isSecretName: isSecretAtTop, instead, text: (part: string) => part };
      return text(redactJson(given, isCut, context).json, isCut);
    },
    body: (body, isCut = false) => {
      if (!FORM.test(body)) return deep(body, isCut, 0);
      // NOTE: a form has no spaces; where there are some it may be something else, and is looked at in both ways.
      return form(/\s/.test(body) ? deep(body, isCut, 0) : body, isCut);
    },
  };
}

const HEX = /^\\x(?:[\da-f]{2})*$/i;
const HASH = new RegExp(`^${HASH_PREFIX}[\\w-]{43}$`);
const FORM = /^[^\s=&<>{["]{1,128}=/;
