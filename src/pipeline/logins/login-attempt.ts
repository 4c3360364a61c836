import type { IncomingHttpHeaders } from 'node:http';
import { basicUserName, MAY_BE_KEY } from '../../identity/basic.js';
import { textOf } from '../../identity/claims.js';

/** What a request says of the login that it tries. */
export interface LoginAttempt {
  /** The name that was tried; empty when it is not known. */
  readonly account: string;
  /** `password`, `oauth`, `saml`, `basic`; empty when it is not known. */
  readonly method: string;
  /** OAuth 2.0 `grant_type`. */
  readonly grant: string;
  /** Whether it brings anything that could let somebody in. */
  readonly hasCredentials: boolean;
}

/** Fields that hold the name, the likeliest first; compared without case, `_` and `-`. */
const NAME_FIELDS = [
  'username',
  'email',
  'emailaddress',
  'login',
  'loginid',
  'identifier',
  'jusername',
  'userid',
  'user',
  'account',
  'accountname',
  'name',
  'phone',
  'phonenumber',
  'mobile',
  'handle',
  'clientid',
];

const SECRET_FIELDS =
  /^(?:jpassword|password|passwd|pwd|pass|passphrase|passcode|pin|otp|code|totp|secret|clientsecret|assertion|clientassertion)$/;

/** `user[email]`, `{ "data": { "attributes": { "email": … } } }`: how deep a name may be. */
const DEPTH = 4;
/** Fields of a body that are looked at. */
const MOST_FIELDS = 200;

type Fields = ReadonlyMap<string, string>;

/** Reads the login that a request tries out of its body and headers. @param ownFields wins over the built-in ones */
export function readLoginAttempt(
  headers: IncomingHttpHeaders,
  body: string,
  ownFields: readonly string[],
): LoginAttempt {
  const fields = fieldsOf(body, headers['content-type'] ?? '');
  const basic = basicName(headers.authorization);
  const grant = fields.get('granttype') ?? '';
  const method = methodOf(fields, basic);
  const account = nameIn(fields, ownFields) || basic || '';
  return { account: textOf(account), method, grant, hasCredentials: method !== '' };
}

function methodOf(fields: Fields, basic: string | undefined): string {
  if (fields.has('granttype')) return 'oauth';
  if (fields.has('samlresponse')) return 'saml';
  if ([...fields.keys()].some((name) => SECRET_FIELDS.test(name))) return 'password';
  return basic === undefined ? '' : 'basic';
}

function nameIn(fields: Fields, ownFields: readonly string[]): string | undefined {
  for (const name of [...ownFields.map(plainName), ...NAME_FIELDS]) {
    const value = fields.get(name);
    if (value !== undefined && value !== '') return value;
  }
  return undefined;
}

/** Texts and numbers of a JSON or form body by the last part of their name; of two with one name the first counts. */
function fieldsOf(body: string, contentType: string): Fields {
  const fields = new Map<string, string>();
  if (body === '') return fields;
  if (/^\s*[{[]/.test(body) && !contentType.includes('urlencoded')) collectJson(body, fields);
  else collectForm(body, fields);
  return fields;
}

function collectForm(body: string, fields: Map<string, string>): void {
  for (const [name, value] of new URLSearchParams(body)) {
    if (fields.size >= MOST_FIELDS) return;
    const last = /\[([^\]]+)\]$/.exec(name)?.[1] ?? name.slice(name.lastIndexOf('.') + 1);
    add(fields, last, value);
  }
}

function collectJson(body: string, fields: Map<string, string>): void {
  try {
    collect(JSON.parse(body), fields, DEPTH);
  } catch {
    // A body that was cut or is no JSON names nobody.
  }
}

/** NOTE: the fields of an object before those within it, so that what stands outside counts first. */
function collect(value: unknown, fields: Map<string, string>, depth: number): void {
  if (typeof value !== 'object' || value === null || depth === 0) return;
  const entries = Object.entries(value);
  for (const [name, inner] of entries) {
    if (fields.size >= MOST_FIELDS) return;
    if (typeof inner === 'string' || typeof inner === 'number') add(fields, name, String(inner));
  }
  for (const [, inner] of entries.slice(0, MOST_FIELDS)) collect(inner, fields, depth - 1);
}

function add(fields: Map<string, string>, name: string, value: string): void {
  const plain = plainName(name);
  if (!fields.has(plain)) fields.set(plain, value);
}

function plainName(name: string): string {
  return name.replace(/[-_\s]/g, '').toLowerCase();
}

/** The tried name; empty where it may be a key, undefined without Basic credentials. */
function basicName(authorization: string | undefined): string | undefined {
  const name = basicUserName(authorization);
  return name === MAY_BE_KEY ? '' : name;
}
