import type { IncomingHttpHeaders } from 'node:http';
import { basicUserName, MAY_BE_KEY } from '../../identity/basic.js';
import { textOf } from '../../identity/claims.js';
import { plainPath, readLoginFields } from './login-fields.js';
import type { LoginField } from './login-fields.js';

/** What a request says of the login that it tries. */
export interface LoginAttempt {
  /** The name that was tried; empty when it is not known, or not known for certain. */
  readonly account: string;
  /** Names of which nobody can say which was tried. */
  readonly candidates: readonly string[];
  /** Why there may be more in the body than was found. */
  readonly problem: string;
  /** `password`, `oauth`, `saml`, `basic`; empty when it is not known. */
  readonly method: string;
  /** Whether a session that is there already is only kept alive, or asked for. */
  readonly isRenewal: boolean;
  /** Whether it brings anything that could let somebody in. */
  readonly hasCredentials: boolean;
}

/** What was read of a body. */
export interface LoginBody {
  readonly text: string;
  /** Whether there was more. */
  readonly isCut: boolean;
  /** Why it was not read. */
  readonly refusal: string;
}

/** Fields that hold the name; compared without case, `_` and `-`. */
const NAME_FIELDS: ReadonlySet<string> = new Set([
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
]);

const CLIENT_SECRET = /^(?:clientsecret|clientassertion)$/;
const SECRET_FIELDS =
  /^(?:jpassword|password|passwd|pwd|pass|passphrase|passcode|pin|otp|code|totp|secret|clientsecret|assertion|clientassertion)$/;

/** Grants by which nobody logs in: the session is there already, or is asked for again and again. */
const NO_LOGIN = /^(?:refresh_token|urn:ietf:params:oauth:grant-type:device_code)$/;

/** Candidates that are kept, and characters of each. */
const MOST_CANDIDATES = 8;
const CANDIDATE_CHARACTERS = 96;

interface Body {
  readonly fields: readonly LoginField[];
  /** The names of the fields, as they are compared. */
  readonly names: readonly string[];
  readonly grants: ReadonlySet<string>;
}

/**
 * Reads the login that a request tries out of its body and headers.
 *
 * @param ownFields Where one of them is there, no other is asked.
 */
export function readLoginAttempt(
  headers: IncomingHttpHeaders,
  { text, isCut, refusal }: LoginBody,
  ownFields: readonly string[],
): LoginAttempt {
  const { fields, problem: unread } = readLoginFields(text, headers['content-type'] ?? '');
  const names = fields.map(({ name }) => plainName(name));
  const grants = new Set(fields.filter((_, at) => names[at] === 'granttype').map(({ value }) => value));
  const body: Body = { fields, names, grants };
  const basic = basicName(headers.authorization);
  const problem = refusal === '' ? (isCut ? 'only its beginning was read' : unread) : `not read: ${refusal}`;
  const method = methodOf(body, basic);
  return {
    ...accountOf(triedNames(body, basic, ownFields), problem),
    problem,
    method,
    isRenewal: problem === '' && isRenewal(body),
    hasCredentials: method !== '' || problem !== '',
  };
}

/** NOTE: of several names the application takes one, and a client may have sent the others to be blamed. */
function accountOf(names: readonly string[], problem: string): Pick<LoginAttempt, 'account' | 'candidates'> {
  const [name = ''] = names;
  if (names.length <= 1 && problem === '') return { account: textOf(name), candidates: [] };
  return { account: '', candidates: someOf(names).map(candidateText) };
}

/** The first and the last, so that the one that counts is not hidden behind the others. */
function someOf(names: readonly string[]): readonly string[] {
  if (names.length <= MOST_CANDIDATES) return names;
  return [...names.slice(0, MOST_CANDIDATES / 2), ...names.slice(-MOST_CANDIDATES / 2)];
}

function candidateText(name: string): string {
  const text = textOf(name);
  return text.length <= CANDIDATE_CHARACTERS ? text : `${text.slice(0, CANDIDATE_CHARACTERS - 1)}…`;
}

function methodOf({ names }: Body, basic: string | undefined): string {
  if (names.includes('granttype')) return 'oauth';
  if (names.includes('samlresponse')) return 'saml';
  if (names.some((name) => SECRET_FIELDS.test(name))) return 'password';
  return basic === undefined ? '' : 'basic';
}

/** NOTE: such a grant beside a password would hide a login from an application that knows no grants. */
function isRenewal({ names, grants }: Body): boolean {
  if (grants.size === 0 || ![...grants].every((grant) => NO_LOGIN.test(grant))) return false;
  return !names.some((name) => SECRET_FIELDS.test(name) && !CLIENT_SECRET.test(name));
}

/** The different names that the application may have taken, those at the outside first. */
function triedNames(body: Body, basic: string | undefined, ownFields: readonly string[]): readonly string[] {
  const paths = new Set(ownFields.map(plainPath));
  const own = body.fields.filter(({ path }) => paths.has(path));
  if (own.length > 0) return differing(own);
  const named = body.fields.filter((_, at) => NAME_FIELDS.has(body.names[at] as string));
  // Source: RFC 6749, 4.3.2: beside the user's name and password, the client names itself in the body or a Basic header.
  const isByUser = body.grants.size === 1 && body.grants.has('password');
  const ofUser = isByUser ? named.filter(({ name }) => plainName(name) !== 'clientid') : [];
  if (ofUser.length > 0) return differing(ofUser);
  return differing(named, basic);
}

function differing(fields: readonly LoginField[], basic = ''): readonly string[] {
  const isOutside = ({ path, name }: LoginField): boolean => path === name;
  const ordered = [...fields.filter(isOutside), ...fields.filter((field) => !isOutside(field))];
  const values = new Set([...ordered.map(({ value }) => value), basic]);
  values.delete('');
  return [...values];
}

function plainName(name: string): string {
  return name.replace(/[-_\s]/g, '').toLowerCase();
}

/** The tried name; empty where it may be a key, undefined without Basic credentials. */
function basicName(authorization: string | undefined): string | undefined {
  const name = basicUserName(authorization);
  return name === MAY_BE_KEY ? '' : name;
}
