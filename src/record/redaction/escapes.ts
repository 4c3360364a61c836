import { Buffer } from 'node:buffer';

/** `%41`, `\u0041`, `\x41`: ways to write a character so that it does not look like itself. */
const PERCENT = /(?:%[\da-f]{2})+/gi;
const ESCAPED = /\\u\{([\da-f]{1,6})\}|\\u([\da-f]{4})|\\x([\da-f]{2})/gi;

/** A text with one layer of its escapes taken away; the same text where there are none. */
export function unescapeOnce(text: string): string {
  let plain = text;
  if (plain.includes('%')) plain = plain.replace(PERCENT, decodePercents);
  if (plain.includes('\\')) {
    plain = plain.replace(ESCAPED, (_all, point?: string, unit?: string, byte?: string) => {
      const code = Number.parseInt(point ?? unit ?? byte ?? '', 16);
      return code > 0x10_ffff
        ? '\ufffd'
        : point === undefined
          ? String.fromCharCode(code)
          : String.fromCodePoint(code);
    });
  }
  return plain;
}

/** NOTE: unlike `decodeURIComponent` it takes what is no UTF-8, too: one wrong byte must not hide the rest. */
export function decodePercents(run: string): string {
  return Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8');
}
