import { Buffer } from 'node:buffer';
import type { Instead } from './redact-shapes.js';

/** Parts of a signed token (RFC 7515) and of an encrypted one (RFC 7516). */
const SIGNED_PARTS = 3;
const ENCRYPTED_PARTS = 5;
const LEAST_HEADER_CHARACTERS = 8;
const LEAST_PART_CHARACTERS = 5;

/**
 * JSON Web Tokens, wherever they begin.
 * NOTE: one expression for a whole token would look at a long text again from each of its `eyJ`.
 */
export function redactTokens(text: string, instead: Instead): string {
  if (!text.includes('eyJ')) return text;
  return text.replace(/[\w.-]+/g, (run) => {
    const parts = run.split('.');
    const shown: string[] = [];
    let index = 0;
    while (index < parts.length) {
      const part = parts[index] as string;
      const at = part.indexOf('eyJ');
      const count = at === -1 ? 0 : tokenParts(part.slice(at), parts, index);
      if (count === 0) {
        shown.push(part);
        index++;
      } else {
        const token = [part.slice(at), ...parts.slice(index + 1, index + count)].join('.');
        shown.push(part.slice(0, at) + instead(token));
        index += count;
      }
    }
    return shown.join('.');
  });
}

/** How many parts of the run a token takes; 0 where there is none. */
function tokenParts(header: string, parts: readonly string[], index: number): number {
  const [second, third] = [parts[index + 1], parts[index + 2]];
  if (header.length < LEAST_HEADER_CHARACTERS || second === undefined) return 0;
  if (isEncrypted(header)) return Math.min(ENCRYPTED_PARTS, parts.length - index);
  if (third === undefined) return second.startsWith('eyJ') ? 2 : 0;
  // NOTE: the payload is empty where it is detached (RFC 7515, appendix F).
  const isToken = second.length >= LEAST_PART_CHARACTERS || (second === '' && third.length >= 16);
  return isToken ? SIGNED_PARTS : 0;
}

function isEncrypted(header: string): boolean {
  return Buffer.from(header.slice(0, 1_024), 'base64url').includes('"enc"');
}
