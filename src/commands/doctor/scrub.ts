import { MASK, maskPasswords } from '../../config/told-settings.js';

/**
 * A shorter secret is found in texts that have nothing to do with it, and the mask would then tell it. Such ones are kept out
 * by whoever writes a text; this is for what others say (servers, Node.js, parsers).
 */
const LEAST_CHARACTERS = 6;

/** Takes known secrets, and passwords in addresses, out of any text. */
export type Scrub = (text: string) => string;

export function createScrub(secrets: readonly string[]): Scrub {
  const known = secrets.filter(({ length }) => length >= LEAST_CHARACTERS);
  // NOTE: a text on one line has the line ends of a key as spaces.
  const forms = [...new Set(known.flatMap((secret) => [secret, secret.replace(/\s+/g, ' ').trim()]))];
  forms.sort((one, other) => other.length - one.length);
  return (text) => forms.reduce((scrubbed, secret) => scrubbed.replaceAll(secret, MASK), maskPasswords(text));
}
