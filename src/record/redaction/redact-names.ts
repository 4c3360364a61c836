import { remembered } from '../../remembered.js';
import { unescapeOnce } from './escapes.js';

/** A name in pieces: its words, and the parts of a path such as `user[address].city`. */
interface NameParts {
  readonly words: readonly string[];
  /** Each part of the path without case and separators. */
  readonly segments: readonly string[];
}

/** Words that say "secret" wherever they stand in a name; digits at their end do not count (`cvv2`, `password1`). */
const SECRET_WORDS = new Set(
  `auth bearer card csc csrf cvc cvn cvv creds hotp iban jwt mfa otp pan pass pin pins puk pw psw pswd pwd sid sig ssn totp xsrf`.split(
    ' ',
  ),
);

/** Said within a word, so that `userpassword` and `refreshtokens` are found, too. */
const WITHIN_WORD =
  /passw(?:or)?d|passwort|passphrase|passcode|pwd|secret(?!ar)|token(?!i[sz])|authorization|cookie|credential|signature|assertion|^(?!com|by|sur|tres|over|under|im).*pass$/;

/** Said by several words together, however they are joined. */
const WITHIN_NAME =
  /(?:api|private|access|session|signing|encryption|master|account|shared|service|ssh|auth)keys?(?!id)|(?:session|sess)id(?!le)|(?:credit|debit)card|card(?:number|num|no)(?![a-z])|(?:security|verification|recovery|backup|auth|access|authorization)codes?(?![a-z])|codeverifier|saml(?:response|request)|socialsecurity/;

/** What is said *about* a secret: when it changed, how many there are, of what type it is. */
const ABOUT = new Set(
  'at count counts enabled error exception expiration expires expiry length required ttl type types'.split(
    ' ',
  ),
);

/** As much as is looked at of a name, its end. */
const NAME_CHARACTERS = 128;

/**
 * Whether a name says that its value is secret.
 *
 * @param keys Names beside the built-in ones, compared without case and separators, `*` for anything; `!name` takes a name
 *   out of the built-in ones.
 */
export function createSecretNames(keys: readonly string[]): (name: string) => boolean {
  const added = keys.filter((key) => !key.startsWith('!')).map(ownKey);
  const kept = keys.filter((key) => key.startsWith('!')).map((key) => ownKey(key.slice(1)));

  const decide = (name: string): boolean => {
    const parts = splitName(name.includes('%') ? unescapeOnce(unescapeOnce(name)) : name);
    const is = (pattern: RegExp): boolean => parts.segments.some((segment) => pattern.test(segment));
    if (added.some(is)) return true;
    return isSecret(parts) && !kept.some(is);
  };

  const decision = remembered(decide, NAME_CHARACTERS);
  return (name) => (name.length > NAME_CHARACTERS ? decide(name.slice(-NAME_CHARACTERS)) : decision(name));
}

function isSecret({ words }: NameParts): boolean {
  const last = words.at(-1);
  if (last === undefined || (words.length > 1 && ABOUT.has(last))) return false;
  if (isReference(words)) return false;
  return words.some(isSecretWord) || WITHIN_NAME.test(words.join(''));
}

function isSecretWord(word: string): boolean {
  return SECRET_WORDS.has(word.replace(/\d+$/, '')) || WITHIN_WORD.test(word);
}

/** `card_id` names a row; `session_id` and `secret_id` open doors. */
function isReference(words: readonly string[]): boolean {
  const [before, last] = words.slice(-2);
  return (last === 'id' || last === 'ids') && /^(?:card|token|credential|key)$/.test(before ?? '');
}

function ownKey(key: string): RegExp {
  const pieces = key.split('*').map((piece) => splitName(piece).segments.join(''));
  return new RegExp(`^${pieces.map((piece) => piece.replace(/[^\p{L}\p{N}]/gu, '')).join('.*')}$`, 'u');
}

/** NOTE: compatibility forms first (`ｐａｓｓ`, `ſ`), then invisible characters and accents, then case. */
function splitName(name: string): NameParts {
  const plain = isPlain(name) ? name : name.normalize('NFKD').replace(/[\p{M}\p{Cf}]/gu, '');
  const segments = plain.split(/[.[\]/:]+/).map((segment) => segment.toLowerCase());
  const words = plain
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u);
  return {
    words: words.filter((word) => word !== ''),
    segments: segments
      .map((segment) => segment.replace(/[^\p{L}\p{N}]/gu, ''))
      .filter((segment) => segment !== ''),
  };
}

function isPlain(name: string): boolean {
  // oxlint-disable-next-line no-control-regex
  return /^[\x00-\x7f]*$/.test(name);
}
