/** A string, bytes or constant of Python source. */
const TOKEN = /b?'((?:[^'\\]|\\[\s\S])*)'|b?"((?:[^"\\]|\\[\s\S])*)"|\b(None|True|False)\b(?=\s*(:?))/g;
const CONSTANTS: Readonly<Record<string, string>> = { None: 'null', True: 'true', False: 'false' };
const ESCAPE = /\\(?:x([\da-f]{2})|u([\da-f]{4})|U([\da-f]{8})|([\s\S]))/gi;
const ESCAPED: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '0': '\0' };

/**
 * JSON, or what `str()` makes of a dict or a list, which easy-audit stores for changes of many-to-many relations. A text
 * within the JSON is read in its turn: a JSON column may hold what was JSON already.
 *
 * @returns undefined for what is neither.
 */
export function parseLoosely(text: string): unknown {
  const value = parseJson(text) ?? parseJson(pythonToJson(text));
  return typeof value === 'string' ? parseLoosely(value) : value;
}

/** `b'a=1'` as what it stands for; any other text as it is. */
export function withoutBytesPrefix(text: string): string {
  const match = /^b(?:'([\s\S]*)'|"([\s\S]*)")$/.exec(text);
  if (match === null) return text;
  const bytes = unescape(match[1] ?? match[2] ?? '');
  return new TextDecoder().decode(Uint8Array.from(bytes, (character) => character.charCodeAt(0)));
}

/** NOTE: numbers that JavaScript would round stay what they are in the text. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text, function keep(_key, value: unknown, context?: { readonly source?: string }) {
      const source = context?.source;
      return typeof value === 'number' && source !== undefined && String(value) !== source ? source : value;
    } as (key: string, value: unknown) => unknown);
  } catch {
    return undefined;
  }
}

function pythonToJson(text: string): string {
  return text.replace(
    TOKEN,
    (_token, single?: string, double?: string, constant?: string, colon?: string) => {
      if (constant === undefined) return JSON.stringify(unescape(single ?? double ?? ''));
      const value = CONSTANTS[constant] as string;
      return colon === ':' ? `"${value}"` : value;
    },
  );
}

function unescape(text: string): string {
  return text.replace(ESCAPE, (_escape, x?: string, u?: string, long?: string, plain?: string) => {
    const code = x ?? u ?? long;
    if (code === undefined) return ESCAPED[plain as string] ?? (plain as string);
    const point = Number.parseInt(code, 16);
    return point <= 0x10_ffff ? String.fromCodePoint(point) : '\ufffd';
  });
}
