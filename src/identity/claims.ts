import { charCodeOf } from '../char-code.js';
import type { ClaimPaths } from '../config/config.js';
import type { Actor, ActorAssurance } from '../record/actor.js';

export type Claims = Readonly<Record<string, unknown>>;

/** Makes the actor of a token out of its claims; of a token without readable claims, a nameless one. */
export type ActorMapper = (claims: Claims | undefined, assurance: ActorAssurance, problem: string) => Actor;

const MAX_LENGTH = 256;
const MAX_ROLES = 64;

/** Above this even reading the claims costs more than they are worth. */
const MAX_DECODED_CHARACTERS = 262_144;

/**
 * Controls and lone surrogates break viewers and encoders; the line and bidirectional marks let a name
 * pretend to be another one, or another line, in a report.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** The claims a token states, unchecked; undefined when it is no JSON Web Token. Never throws. */
export function decodeClaims(token: string): Claims | undefined {
  if (token.length > MAX_DECODED_CHARACTERS) return undefined;
  const parts = token.split('.', 4);
  if (parts.length !== 3) return undefined;
  try {
    const claims: unknown = JSON.parse(Buffer.from(parts[1] ?? '', 'base64url').toString());
    return isObject(claims) && !Array.isArray(claims) ? claims : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Looks a claim up by its literal name, else by dotted path, in own properties only. A key may itself
 * contain dots (`https://example.com/claims.roles`, `resource_access.my.client.roles`). A path can name
 * alternatives, separated by commas: the first that is there counts.
 */
export function claimAt(claims: Claims, path: string): unknown {
  if (path === '') return undefined;
  const found = valueAt(claims, path.split('.'));
  if (found !== undefined || !path.includes(',')) return found;
  for (const alternative of path.split(',')) {
    const value = claimAt(claims, alternative.trim());
    if (value !== undefined && value !== null && value !== '') return value;
  }
  return undefined;
}

function valueAt(claims: Claims, steps: readonly string[]): unknown {
  for (let taken = steps.length; taken > 0; taken--) {
    const key = steps.slice(0, taken).join('.');
    if (!Object.hasOwn(claims, key)) continue;
    const value = claims[key];
    if (taken === steps.length) return value;
    const inner = isObject(value) ? valueAt(value, steps.slice(taken)) : undefined;
    if (inner !== undefined) return inner;
  }
  return undefined;
}

/** @param paths where the facts are; where nothing is, `sub` is the id and `jti` the session */
export function createActorMapper(paths: ClaimPaths): ActorMapper {
  return (claims = {}, assurance, problem) =>
    Object.freeze<Actor>({
      type: isService(claims) ? 'service' : 'user',
      id: textOf(claimAt(claims, paths.id)) || textOf(claimAt(claims, 'sub')),
      name: textOf(claimAt(claims, paths.name)),
      roles: Object.freeze(rolesOf(claimAt(claims, paths.roles))),
      tenantId: textOf(claimAt(claims, paths.tenant)),
      impersonatorId: textOf(claimAt(claims, paths.impersonator)),
      sessionId: textOf(claimAt(claims, paths.session)) || textOf(claimAt(claims, 'jti')),
      authMethod: 'jwt',
      authIssuer: textOf(claimAt(claims, 'iss')),
      assurance,
      problem,
    });
}

/**
 * Only what identity providers say of a token that no person asked for: the grant (Auth0 `gty`, Entra
 * `idtyp`), or a subject that is the client itself (RFC 9068, 2.2; Auth0 and Keycloak decorate it).
 */
function isService(claims: Claims): boolean {
  const own = (name: string) => (Object.hasOwn(claims, name) ? claims[name] : undefined);
  const grant = own('gty');
  if (grant === 'client-credentials' || grant === 'client_credentials' || own('idtyp') === 'app') return true;
  const subject = own('sub');
  const client = own('client_id') ?? own('azp');
  if (typeof client !== 'string' || client === '') return false;
  if (subject === `${client}@clients` || own('preferred_username') === `service-account-${client}`)
    return true;
  return subject === own('client_id');
}

/** A list, a text separated by spaces or commas, or an object whose keys are the roles (Zitadel). */
export function rolesOf(value: unknown): string[] {
  const texts = roleTexts(value)
    .slice(0, MAX_ROLES * 2)
    .map(textOf)
    .filter((role) => role !== '');
  return [...new Set(texts)].slice(0, MAX_ROLES);
}

function roleTexts(value: unknown): readonly unknown[] {
  if (typeof value === 'string') return value.split(/[\s,]+/);
  if (Array.isArray(value)) return value;
  return isObject(value) ? Object.keys(value) : [value];
}

/** The text of a claim of any type, clean and at most 256 characters. */
export function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  return cleaned(typeof value === 'object' ? jsonOf(value) : String(value));
}

function jsonOf(value: object): string {
  try {
    const json = JSON.stringify(value) ?? '';
    // NOTE: an object may be a mere text to JSON, as identifiers of databases are.
    return json.startsWith('"') ? String(JSON.parse(json)) : json;
  } catch {
    // Nested too deeply for the stack.
    return '';
  }
}

function cleaned(text: string): string {
  if (text.length <= MAX_LENGTH) return isAscii(text) ? text : text.replace(UNPRINTABLE, '\ufffd');
  const lead = text.charCodeAt(MAX_LENGTH - 2);
  const end = lead >= 0xd800 && lead <= 0xdbff ? MAX_LENGTH - 2 : MAX_LENGTH - 1;
  return `${text.slice(0, end).replace(UNPRINTABLE, '\ufffd')}…`;
}

/** Whether all characters are of those that are printed alike everywhere: so are nearly all texts, and an expression takes longer. */
function isAscii(text: string): boolean {
  const { length } = text;
  for (let index = 0; index < length; index++) {
    const code = charCodeOf(text, index);
    if (code < 0x20 || code > 0x7e) return false;
  }
  return true;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
