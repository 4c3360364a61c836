import { decodePercents } from './escapes.js';

/** How the pieces of a query string are redacted. */
export interface QueryContext {
  readonly name: (text: string) => string;
  readonly value: (name: string, text: string, isCut: boolean) => string;
}

/** Characters that would end a value, or its escapes, if they stood in it as they are. */
const RESERVED = /[%&+#=\s]/g;

/** A query string or form: names and values as sent where nothing is secret in them. */
export function redactQuery(query: string, context: QueryContext, isCut: boolean): string {
  if (query === '') return '';
  const pairs = query.split('&');
  // NOTE: the code that a provider of logins sends back opens a session (RFC 6749, 4.1.2); other codes are harmless.
  const isLogin = /(?:^|&)state=/.test(query);
  const shown = pairs.map((pair, index) => {
    const at = pair.indexOf('=');
    const isPairCut = isCut && index === pairs.length - 1;
    // NOTE: a pair without a name may be a bare secret, such as `?eyJ…`.
    if (at === -1) return mapPart(pair, (text) => context.value('', text, isPairCut));
    const name = decodePart(pair.slice(0, at));
    const known = isLogin && name === 'code' ? 'authorization_code' : name;
    const value = mapPart(pair.slice(at + 1), (text) => context.value(known, text, isPairCut));
    return `${mapPart(pair.slice(0, at), context.name)}=${value}`;
  });
  // NOTE: what nobody encoded may have its `=` and `&` within it.
  return context.name(shown.join('&'));
}

/** A query string with its names alone. */
export function redactQueryNames(query: string, name: (text: string) => string): string {
  let shown = '';
  let at = query.indexOf('=');
  for (let start = 0; at !== -1; at = query.indexOf('=', start)) {
    // NOTE: what stands alone is a value as likely as a name: `/confirm?4f9c2…`.
    const from = Math.max(start, query.lastIndexOf('&', at) + 1);
    shown += `${shown === '' ? '' : '&'}${mapPart(query.slice(from, at), name)}=`;
    const end = query.indexOf('&', at);
    if (end === -1) break;
    start = end + 1;
  }
  return shown;
}

function mapPart(raw: string, redact: (text: string) => string): string {
  if (raw === '') return raw;
  const text = decodePart(raw);
  const redacted = redact(text);
  return redacted === text ? raw : redacted.replace(RESERVED, encodeURIComponent);
}

function decodePart(raw: string): string {
  const text = raw.includes('+') ? raw.replaceAll('+', ' ') : raw;
  return text.includes('%') ? text.replace(/(?:%[\da-f]{2})+/gi, decodePercents) : text;
}
