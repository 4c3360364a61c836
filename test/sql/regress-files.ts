import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib';
import pg from 'pg';

const DIRECTORY = join(import.meta.dirname, '../fixtures/postgresql-regress');
const TAGS = join(DIRECTORY, 'tags.json.br');

/** The regression tests of PostgreSQL, by name of file. */
export function readRegressFiles(): Readonly<Record<string, string>> {
  const compressed = readFileSync(join(DIRECTORY, 'sql.json.br'));
  return JSON.parse(brotliDecompressSync(compressed).toString()) as Record<string, string>;
}

/** Texts that psql would send to the server; its variables get their own name for a value. */
export function sentTexts(file: string): readonly string[] {
  return splitTexts(file).map(withVariables);
}

/** NOTE: `:name` is no variable in a constant, and `::type` and `[1:n]` are none. */
function withVariables(text: string): string {
  return text.replace(
    /('(?:[^']|'')*'|\$(\w*)\$[\s\S]*?\$\2\$|--[^\n]*)|(?<![:\w\])]):(?:'(\w+)'|"(\w+)"|([a-z_]\w*))/gi,
    (whole: string, constant?: string, _tag?: string, quoted?: string, name?: string, bare?: string) => {
      if (constant !== undefined) return whole;
      return quoted === undefined ? (name ?? bare ?? whole) : `'${quoted}'`;
    },
  );
}

function splitTexts(file: string): readonly string[] {
  const texts: string[] = [];
  let text = '';
  let isData = false;
  for (const line of file.split('\n')) {
    if (isData) {
      isData = line !== '\\.';
      continue;
    }
    // A backslash outside of constants begins a command of psql, which may end the statement before it.
    const command = psqlCommand(text, line);
    text += command === -1 ? `${line}\n` : `${line.slice(0, command)}\n`;
    const isSent =
      command !== -1 &&
      /^\\(?:g|gset|gexec|gdesc|gx|crosstabview|parse|bind|bind_named|sendpipeline|close_prepared)\b|^\\;/.test(
        line.slice(command),
      );
    const open = openAt(text);
    if (open !== 'no' && !(isSent && open === 'statement')) continue;
    if (text.trim() !== '') texts.push(text);
    isData = /^\s*copy\b[\s\S]*\bfrom\s+stdin\b/i.test(
      text.replace(/^(\s*--[^\n]*\n|\s*\/\*[\s\S]*?\*\/)*/, ''),
    );
    text = '';
  }
  if (text.trim() !== '') texts.push(text);
  return texts;
}

function psqlCommand(before: string, line: string): number {
  for (let at = line.indexOf('\\'); at !== -1; at = line.indexOf('\\', at + 1)) {
    const open = openAt(before + line.slice(0, at));
    if (open === 'no' || open === 'statement') return at;
  }
  return -1;
}

/**
 * Whether a text ends within something: an independent, slow reading that knows just as much as psql.
 */
function openAt(text: string): 'no' | 'statement' | 'constant' {
  const pattern =
    /--[^\n]*|\/\*|\be'(?:[^'\\]|\\[\s\S]|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|(?<![\w$])\$([a-z_]\w*)?\$[\s\S]*?\$\1\$|[();]|\b(?:begin\s+atomic|case|end|function|procedure)\b|'|"|(?<![\w$])\$(?:[a-z_]\w*)?\$|[^\s]/gi;
  let depth = 0;
  let blocks = 0;
  let isRoutine = false;
  let isOpen = false;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const [token] = match;
    const word = token.toLowerCase();
    if (word.startsWith('--')) continue;
    if (word === '/*') {
      const end = endOfComment(text, pattern.lastIndex);
      if (end === -1) return 'constant';
      pattern.lastIndex = end;
      continue;
    }
    if (word === "'" || word === '"' || /^\$\w*\$$/.test(word)) return 'constant';
    if (word === ';' && depth <= 0 && blocks === 0) {
      isOpen = false;
      isRoutine = false;
      depth = 0;
      continue;
    }
    isOpen = true;
    if (word === '(') depth += 1;
    else if (word === ')') depth -= 1;
    else if (word === 'function' || word === 'procedure') isRoutine = true;
    else if (isRoutine && word.startsWith('begin')) blocks += 1;
    else if (blocks > 0 && word === 'case') blocks += 1;
    else if (blocks > 0 && word === 'end') blocks -= 1;
  }
  return isOpen ? 'statement' : 'no';
}

function endOfComment(text: string, from: number): number {
  const edge = /\/\*|\*\//g;
  edge.lastIndex = from;
  for (let depth = 1; depth > 0;) {
    const found = edge.exec(text);
    if (found === null) return -1;
    depth += found[0] === '/*' ? 1 : -1;
  }
  return edge.lastIndex;
}

/** What PostgreSQL answered to each text, by name of file: command tags joined by commas, or `!` and the SQLSTATE. */
export function readTags(): Readonly<Record<string, readonly string[]>> {
  return JSON.parse(brotliDecompressSync(readFileSync(TAGS)).toString()) as Record<string, string[]>;
}

/** Asks a real PostgreSQL again. */
export async function recordTags(url: string): Promise<void> {
  const files = readRegressFiles();
  const tags: Record<string, string[]> = {};
  for (const name of ['test_setup.sql', ...Object.keys(files)]) {
    tags[name] ??= await tagsOf(url, sentTexts(files[name] ?? ''));
  }
  const sorted = Object.fromEntries(Object.entries(tags).sort(([one], [other]) => (one < other ? -1 : 1)));
  writeFileSync(TAGS, brotliCompressSync(JSON.stringify(sorted)));
}

async function tagsOf(url: string, texts: readonly string[]): Promise<string[]> {
  const tags: string[] = [];
  let client: pg.Client | undefined;
  for (const text of texts) {
    client ??= await connect(url);
    try {
      const answer = (await client.query(text)) as pg.QueryResult | pg.QueryResult[];
      tags.push(
        [answer]
          .flat()
          .map(({ command }) => command ?? '')
          .join(),
      );
    } catch (error) {
      const { code = '', message } = error as { code?: string; message: string };
      tags.push(`!${code}`);
      if (code === '57P03' || /terminat|ended|closed|not queryable|ECONNRESET/.test(message))
        client = undefined;
    }
  }
  await client?.end().catch(() => {});
  return tags;
}

/** NOTE: one of the files makes the server fall over its stack; it is back a moment later. */
async function connect(connectionString: string): Promise<pg.Client> {
  for (let attempt = 1; ; attempt++) {
    const client = new pg.Client({ connectionString });
    client.on('error', () => {});
    try {
      await client.connect();
      await client.query("set statement_timeout = '2s'; set lock_timeout = '1s'");
      return client;
    } catch (error) {
      if (attempt === 100) throw error;
      await setTimeout(100);
    }
  }
}
