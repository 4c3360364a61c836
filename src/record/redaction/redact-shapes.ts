import { charCodeOf } from '../../char-code.js';
import { redactAccounts, redactCards } from './redact-cards.js';
import { redactTokens } from './redact-tokens.js';
import { redactUserInfo } from './redact-urls.js';

/** What stands for a secret that was found; `isWhole` is false where its end was cut off. */
export type Instead = (secret: string, isWhole?: boolean) => string;

const PEM = /-----BEGIN [A-Z\d ]+-----[\s\S]*?(?:-----END [A-Z\d ]+-----|$)/g;

/** Credentials behind their scheme. */
const SCHEME = /\b(bearer|negotiate|apikey|basic)(\s+)([\w.~+/=-]{8,})/gi;

/** Keys and tokens that give themselves away by what they begin with. */
const PREFIXED = new RegExp(
  [
    // Amazon, Google, GitHub, GitLab
    '(?:AKIA|ASIA)[A-Z\\d]{16}',
    'AIza[\\w-]{35}',
    'ya29\\.[\\w-]{20,}',
    'GOCSPX-[\\w-]{20,}',
    '(?:gh[opsur]|github_pat)_[\\w-]{10,}',
    'gl(?:pat|dt|rt|ptt|soat)-[\\w-]{16,}',
    // Slack, Stripe, Twilio, SendGrid
    '(?:xox[abceoprs]|xapp)[_-][\\w-]{10,}',
    'hooks\\.slack\\.com/services/[\\w/]{10,}',
    '(?:sk|rk)_(?:live|test)_[\\w-]{10,}',
    'whsec_[\\w+/=-]{10,}',
    '\\bSK[\\da-f]{32}\\b',
    'SG\\.[\\w-]{16,}\\.[\\w-]{16,}',
    // package registries, models, clouds
    '\\b(?:npm|hf)_[A-Za-z\\d]{30,}',
    '\\bpypi-[\\w-]{30,}',
    '\\bsk-(?:ant-|proj-)?[\\w-]{20,}',
    '\\bdop_v1_[\\da-f]{32,}',
    '\\bshp(?:at|ca|pa|ss)_[\\da-fA-F]{32}',
    '\\bhv[sbr]\\.[\\w-]{20,}',
    '\\bdapi[\\da-f]{32}',
    '\\blin_api_[\\w-]{20,}',
    'AGE-SECRET-KEY-1[A-Z\\d]{40,}',
    // password hashes: bcrypt, argon2, crypt, SCRAM of PostgreSQL, PBKDF2 of Django
    '\\$2[abxy]?\\$\\d\\d\\$[./A-Za-z\\d]{53}',
    '\\$(?:argon2(?:id|i|d)|scrypt|pbkdf2[\\w-]*|[156y])\\$[\\w./+=,$-]{16,}',
    '(?:SCRAM-SHA-256|pbkdf2_sha\\d+|scrypt|bcrypt_sha256)\\$[\\w./+=,:$-]{16,}',
    '\\bmd5[\\da-f]{32}\\b',
  ].join('|'),
  'g',
);

/** How the end of a text looks where a secret was cut in two. */
const CUT_SECRET =
  /eyJ|AKIA|ASIA|AIza|ya29\.|GOCSPX-|gh[opsur]_|github_pat_|gl(?:pat|dt|rt|ptt|soat)-|xox[abceoprs][_-]|xapp-|hooks\.slack\.com\/services\/|[sr]k_(?:live|test)_|whsec_|SG\.|SK[\da-f]{4}|(?:npm|hf)_|pypi-|sk-|dop_v1_|shp(?:at|ca|pa|ss)_|hv[sbr]\.|dapi[\da-f]|lin_api_|AGE-SECRET|\$(?:2[abxy]?|argon2|scrypt|pbkdf2|[156y])|SCRAM-SHA|pbkdf2_|md5[\da-f]|-----BEGIN|[a-z][a-z\d+.-]{1,30}:\/\/[^/?#]{0,256}:/i;

/** Kinds of characters, as bits: what a text has none of decides what it cannot hold. */
const DIGIT = 1;
const UPPER = 2;
const SPACE = 4;
const HYPHEN = 8;
const AT = 16;
const MARK = 32;
const DOT = 64;
const LOWER = 128;
const WORD = DIGIT | UPPER | LOWER;
const KINDS = kindsOfCharacters();

function kindsOfCharacters(): Uint8Array {
  const kinds = new Uint8Array(128);
  const set = (characters: string, kind: number): void => {
    for (const character of characters) kinds[character.charCodeAt(0)] = kind;
  };
  set('0123456789', DIGIT);
  set('ABCDEFGHIJKLMNOPQRSTUVWXYZ', UPPER);
  set('abcdefghijklmnopqrstuvwxyz', LOWER);
  set(' \t\n\r', SPACE);
  set('-', HYPHEN);
  set('@', AT);
  set('_$', MARK);
  set('.', DOT);
  return kinds;
}

/** Fewest digits of a card number, in groups. */
const LEAST_DIGITS = 13;
/** Shortest run of letters and digits of a key that has nothing else, such as `AKIA` and 16 more. */
const LEAST_KEY_CHARACTERS = 20;
/** Two capitals and two digits, as the last four kinds of characters: what an account number begins with. */
const ACCOUNT = (UPPER << 18) | (UPPER << 12) | (DIGIT << 6) | DIGIT;
const LAST_FOUR = 0xff_ffff;

/** What a first look at every character of a text says. */
interface Look {
  readonly kinds: number;
  readonly digits: number;
  readonly word: number;
  readonly hasAccount: boolean;
}

function lookAt(text: string): Look {
  let kinds = 0;
  let digits = 0;
  let mostDigits = 0;
  let word = 0;
  let longestWord = 0;
  let last = 0;
  let hasAccount = false;
  const { length } = text;
  for (let index = 0; index < length; index++) {
    const code = charCodeOf(text, index);
    const kind = code < 128 ? (KINDS[code] as number) : SPACE;
    kinds |= kind;
    if (kind === DIGIT) {
      if (++digits > mostDigits) mostDigits = digits;
    } else if (kind !== SPACE && kind !== HYPHEN) digits = 0;
    if (kind & WORD) {
      if (++word > longestWord) longestWord = word;
    } else word = 0;
    last = ((last << 6) | (kind & 63)) & LAST_FOUR;
    if (last === ACCOUNT) hasAccount = true;
  }
  return { kinds, digits: mostDigits, word: longestWord, hasAccount };
}

/**
 * Secrets that give themselves away by their shape, wherever they stand in a text.
 *
 * @param isCut Whether the text was longer: then a secret that ends with it may be half of one.
 */
export function redactShapes(given: string, instead: Instead, isCut: boolean): string {
  const { kinds, digits, word, hasAccount } = lookAt(given);
  let text = given;
  if (kinds & HYPHEN && text.includes('-----BEGIN ')) {
    text = text.replace(PEM, (pem) => instead(pem, !isCut || pem.endsWith('-----')));
  }
  if (kinds & DOT) text = redactTokens(text, instead);
  if (kinds & SPACE) text = redactSchemes(text, instead);
  if (kinds & AT) text = redactUserInfo(text, instead);
  if ((kinds & LOWER && kinds & (HYPHEN | MARK | DOT)) || word >= LEAST_KEY_CHARACTERS) {
    text = text.replace(PREFIXED, (key) => instead(key));
  }
  if (digits >= LEAST_DIGITS) text = redactCards(text, instead);
  if (hasAccount) text = redactAccounts(text, instead);
  return isCut ? redactCutEnd(text, instead) : text;
}

function redactSchemes(text: string, instead: Instead): string {
  return text.replace(SCHEME, (all, scheme: string, space: string, credentials: string) =>
    scheme.length === 5 && !isBasic(credentials) ? all : scheme + space + instead(credentials),
  );
}

/** NOTE: "basic principles" are no credentials. Source: RFC 7617, user and password joined by a colon. */
function isBasic(credentials: string): boolean {
  return Buffer.from(credentials, 'base64').includes(':');
}

/** The last word of a text that was cut, and digits that may be the beginning of a card number. */
function redactCutEnd(text: string, instead: Instead): string {
  const start = lastWordStart(text);
  const word = text.slice(start);
  const at = word.search(CUT_SECRET);
  if (at !== -1) return text.slice(0, start + at) + instead(word.slice(at), false);
  if (/\b(?:bearer|basic|negotiate|apikey)\s+$/i.test(text.slice(Math.max(0, start - 20), start))) {
    return text.slice(0, start) + instead(word, false);
  }
  const digits = /\d(?:[ \u00a0-]?\d){3,18}[ \u00a0-]?$/.exec(text.slice(-40));
  return digits === null ? text : text.slice(0, text.length - digits[0].length) + instead(digits[0], false);
}

function lastWordStart(text: string): number {
  let start = text.length;
  while (start > 0 && !/\s/.test(text[start - 1] as string)) start--;
  return start;
}
