import { charCodeOf } from '../../char-code.js';
import { remembered } from '../../remembered.js';
import { decodePercents } from './escapes.js';
import { HASH_PREFIX } from './redact-hash.js';
import type { IsSecretName } from './redact-assignments.js';
import type { Instead } from './redact-shapes.js';

export interface PathContext {
  readonly isSecretName: IsSecretName;
  /** Whether a route names a secret piece. */
  readonly isSecretRoute: (route: string) => boolean;
  readonly instead: Instead;
  readonly text: (text: string, isCut: boolean) => string;
  readonly name: (text: string, isCut: boolean) => string;
}

/** Pieces too short for the shape of any secret, and UUIDs. */
const PLAIN = /^(?:\/(?:[\w.~-]{0,12}|[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}))*$/i;
const SHORT_CHARACTERS = 12;
const SLASH = 0x2f;
const PLAIN_CHARACTERS = new Uint8Array(128);
for (let code = 0; code < 128; code++)
  if (/[\w.~-]/.test(String.fromCharCode(code))) PLAIN_CHARACTERS[code] = 1;
const BEFORE_LONG = /([^/]*)\/[^/]{16,}/g;

const PARAMETER = /[:{[*](?:\.\.\.|\*)?([\w-]+)/g;

/** A custom method of an API at the end of a path. */
const VERB = /:[a-z][A-Za-z]{2,30}$/;

/** Whether one of the names that a pattern finds is that of a secret. */
function holdsSecretName(text: string, pattern: RegExp, isSecretName: IsSecretName): boolean {
  if (text === '') return false;
  for (const [, name] of text.matchAll(pattern)) if (isSecretName(name as string)) return true;
  return false;
}

const KNOWN_ROUTE_CHARACTERS = 256;

/** Whether one of a route's names for pieces is that of a secret. */
export function createRouteTest(isSecretName: IsSecretName): (route: string) => boolean {
  const decision = remembered(
    (route) => holdsSecretName(route, PARAMETER, isSecretName),
    KNOWN_ROUTE_CHARACTERS,
  );
  return (route) => route !== '' && decision(route);
}

/** A path, piece by piece: by the route's names for its pieces, by the piece before, and by its shape. */
export function redactPath(path: string, route: string, isCut: boolean, context: PathContext): string {
  if (!isCut && isShort(path) && !context.isSecretRoute(route)) return path;
  // NOTE: `/v1/tokens:revoke` says what was done, not what a token is.
  const verb = VERB.exec(path)?.[0] ?? '';
  return redactPieces(path.slice(0, path.length - verb.length), route, isCut && verb === '', context) + verb;
}

/** Whether all pieces are plain and short: what {@link PLAIN} tells of nearly all paths, in one look. */
function isShort(path: string): boolean {
  const { length } = path;
  if (length === 0 || charCodeOf(path, 0) !== SLASH) return false;
  let ofPiece = 0;
  for (let index = 1; index < length; index++) {
    const code = charCodeOf(path, index);
    if (code === SLASH) ofPiece = 0;
    else if (code > 127 || PLAIN_CHARACTERS[code] !== 1 || ++ofPiece > SHORT_CHARACTERS) return false;
  }
  return true;
}

function redactPieces(path: string, route: string, isCut: boolean, context: PathContext): string {
  const { isSecretName, isSecretRoute } = context;
  const isPlain = !isCut && PLAIN.test(path) && !holdsSecretName(path, BEFORE_LONG, isSecretName);
  if (isPlain && !isSecretRoute(route)) return path;
  // NOTE: a secret may hold a `/`, as base64 does, so the path as a whole is looked at first.
  const redacted = path.includes('://') ? context.text(path, isCut) : context.name(path, isCut);
  const pieces = redacted.split('/');
  const names = namesFor(pieces, route, isSecretName);
  let isChanged = redacted !== path;
  const shown = pieces.map((piece, index) => {
    const result = redactPiece(piece, names[index], pieces[index - 1], context);
    if (result !== piece) isChanged = true;
    return result;
  });
  return isChanged ? shown.join('/') : context.text(path, isCut);
}

/**
 * The route's names for the pieces of a path. A path that does not fit the route (a mount point that is not known, an
 * optional piece, a wildcard) has a secret anywhere behind what the two have in common, if the route has one.
 */
function namesFor(
  pieces: readonly string[],
  route: string,
  isSecretName: IsSecretName,
): readonly (string | undefined)[] {
  const names = withoutLastSlash(route.split('/'));
  const count = withoutLastSlash(pieces).length;
  const isFitting =
    names.length === count && names.every((name, at) => !isStatic(name) || name === pieces[at]);
  if (isFitting) return names;
  const secret = names.find((name) => holdsSecretName(name, PARAMETER, isSecretName));
  if (secret === undefined) return names.length === count ? names : [];
  let common = 0;
  while (
    common < count &&
    common < names.length &&
    isStatic(names[common]) &&
    names[common] === pieces[common]
  )
    common += 1;
  return pieces.map((_, at) => (at < common ? undefined : secret));
}

/** NOTE: `/reset/x/` is `/reset/x` for most frameworks. */
function withoutLastSlash(pieces: readonly string[]): readonly string[] {
  return pieces.length > 2 && pieces.at(-1) === '' ? pieces.slice(0, -1) : pieces;
}

function isStatic(name: string | undefined): boolean {
  return name !== undefined && !/[:{[*(]/.test(name);
}

function redactPiece(
  piece: string,
  parameter: string | undefined,
  before: string | undefined,
  { isSecretName, instead, text }: PathContext,
): string {
  if (piece === '') return piece;
  const plain = piece.includes('%') ? piece.replace(/(?:%[\da-f]{2})+/gi, decodePercents) : piece;
  if (parameter !== undefined && holdsSecretName(parameter, PARAMETER, isSecretName)) return instead(plain);
  // `/reset-password/3f9a…`: too random for a word, and in a place for secrets.
  if (before !== undefined && isRandom(plain) && isSecretName(before)) return instead(plain);
  const redacted = text(plain, false);
  return redacted === plain ? piece : redacted.replaceAll('/', '%2F').replaceAll(' ', '%20');
}

/** NOTE: a hash that stands there already is random, too. */
function isRandom(piece: string): boolean {
  return piece.length >= 16 && !piece.includes(HASH_PREFIX) && /\d/.test(piece) && /[a-z]/i.test(piece);
}
