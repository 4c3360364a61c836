/** How a database other than PostgreSQL writes texts and names, as far as one must know where each of them ends. */
export interface Dialect {
  /** `\'` within a text, and `"…"` for one. */
  readonly hasEscapes: boolean;
  /** `# …` to the end of the line, and `--` only before a space. */
  readonly hasHashComments: boolean;
  readonly hasBackticks: boolean;
}

/** A text in two forms. */
export interface ForeignText {
  /** Without constants and comments: `?` for every constant and parameter. */
  readonly shown: string;
  /** With the same meaning in PostgreSQL's tokens. */
  readonly translated: string;
}

type Kind = 'space' | 'comment' | 'text' | 'name' | 'bracket' | 'number' | 'parameter' | 'word' | 'symbol';

const MYSQL: Dialect = { hasEscapes: true, hasHashComments: true, hasBackticks: true };
const STANDARD: Dialect = { hasEscapes: false, hasHashComments: false, hasBackticks: false };
const SQLITE: Dialect = { ...STANDARD, hasBackticks: true };
const DIALECTS: ReadonlyMap<string, Dialect> = new Map([
  ['mysql', MYSQL],
  ['mariadb', MYSQL],
  ['sqlite', SQLITE],
]);

/** What ends elsewhere in another database or mode. NOTE: a text that is read as one of names would be shown. */
const AMBIGUOUS = /[\\#`]|\$\w*\$|\bn?q'/i;
/** MySQL carries out what stands in a comment that begins like this. */
const HIDDEN_CODE = /\/\*M?!/;

export function dialectOf(system: string): Dialect {
  return DIALECTS.get(system) ?? STANDARD;
}

/** Undefined where it is not certain which parts are constants. */
export function readForeignText(text: string, dialect: Dialect): ForeignText | undefined {
  if (!isSure(text, dialect) || HIDDEN_CODE.test(text)) return undefined;
  let shown = '';
  let translated = '';
  let parameters = 0;
  for (const { groups = {} } of text.matchAll(tokensOf(dialect))) {
    const [kind, token] = Object.entries(groups).find(([, found]) => found !== undefined) as [Kind, string];
    if (kind === 'parameter') parameters += 1;
    shown += showing(kind, token);
    translated += translating(kind, token, dialect, parameters);
  }
  return { shown: shown.replace(/\s+/g, ' ').trim().replace(/\s*;$/, ''), translated };
}

function isSure(text: string, { hasEscapes, hasBackticks }: Dialect): boolean {
  if (hasEscapes) return true;
  return !AMBIGUOUS.test(hasBackticks ? text.replaceAll('`', '') : text) && !hasQuoteInBrackets(text);
}

/** NOTE: no regular expression, which would go over a text of many brackets again for each of them. */
function hasQuoteInBrackets(text: string): boolean {
  const closed = text.split(']').slice(0, -1);
  return closed.some((part) => {
    const open = part.indexOf('[');
    return open !== -1 && /['"]/.test(part.slice(open));
  });
}

/** NOTE: what is not closed ends with the text. */
function tokensOf({ hasEscapes, hasHashComments, hasBackticks }: Dialect): RegExp {
  const inText = hasEscapes ? String.raw`\\[^]|` : '';
  const quoted = (quote: string): string =>
    `${quote}(?:${inText}${quote}${quote}|[^${quote}${hasEscapes ? '\\\\' : ''}])*(?:${quote}|\\\\?$)`;
  const comment = [
    hasHashComments ? String.raw`--(?=\s|$)[^\n]*|#[^\n]*` : String.raw`--[^\n]*`,
    String.raw`\/\*[^]*?(?:\*\/|$)`,
  ].join('|');
  const parts: Readonly<Partial<Record<Kind, string>>> = {
    space: String.raw`\s+`,
    comment,
    text: `${quoted("'")}|${quoted('"')}`,
    ...(hasBackticks ? { name: '`(?:``|[^`])*(?:`|$)' } : {}),
    bracket: String.raw`\[[A-Za-z_][\w ]*\]`,
    number: String.raw`\d[\w.]*(?:(?<=e)[-+]\d+)?`,
    parameter: String.raw`\?`,
    word: String.raw`[A-Za-z_$@\u0080-\uffff][\w$@\u0080-\uffff]*`,
    symbol: '[^]',
  };
  const groups = Object.entries(parts).map(([kind, part]) => `(?<${kind}>${part})`);
  return new RegExp(groups.join('|'), 'g');
}

function showing(kind: Kind, token: string): string {
  if (kind === 'space' || kind === 'comment') return ' ';
  return kind === 'text' || kind === 'number' ? '?' : token;
}

function translating(kind: Kind, token: string, { hasEscapes }: Dialect, parameter: number): string {
  switch (kind) {
    case 'comment':
      return ' ';
    case 'text':
      return token.startsWith('"') && !hasEscapes
        ? token
        : `'${contentOf(token, hasEscapes).replaceAll("'", "''")}'`;
    case 'name':
    case 'bracket':
      return `"${token.slice(1, -1).replaceAll('``', '`').replaceAll('"', '""')}"`;
    case 'parameter':
      return `$${parameter}`;
    default:
      return token;
  }
}

function contentOf(token: string, hasEscapes: boolean): string {
  const quote = token.charAt(0);
  const end = token.length > 1 && token.endsWith(quote) ? -1 : token.length;
  const content = token.slice(1, end).replaceAll(quote + quote, quote);
  return hasEscapes ? content.replace(/\\([^])/g, '$1') : content;
}
