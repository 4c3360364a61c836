import { UsageError } from './usage-error.js';

const READING = new Set(['SELECT', 'WITH', 'FROM', 'EXPLAIN', 'SHOW', 'DESCRIBE', 'DESC', 'EXISTS']);
/**
 * What ClickHouse reads as one piece. Of what is not known for sure to be no statement, a comment in a comment say, nothing
 * matches: it is refused.
 * Source: ClickHouse, src/Parsers/Lexer.cpp.
 */
const PIECE =
  /(?<blank>\s+|--[^\n]*|#[ !][^\n]*|\/\*(?:(?!\/\*|\*\/)[^])*\*\/)|(?<quoted>'(?:[^'\\]|\\[^]|'')*'|"(?:[^"\\]|\\[^]|"")*"|`(?:[^`\\]|\\[^]|``)*`|\$(?<tag>\w*)\$[^]*?\$\k<tag>\$)|(?<word>\w+)|(?<other>[^])/uy;

/**
 * A user that may do everything can be kept by `readonly` from changing tables, but not from ending other people's queries:
 * only statements that read are sent at all.
 *
 * @throws UsageError
 */
export function requireReading(sql: string): void {
  const [first = '', ...rest] = wordsOf(sql);
  if (!READING.has(first)) throw refusal(first);
  // What a WITH is for stands behind it, outside of all parentheses.
  if (
    first === 'WITH' &&
    rest.find((word) => word === 'SELECT' || word === 'FROM' || word === 'INSERT') === 'INSERT'
  )
    throw refusal('WITH … INSERT');
}

/** Words outside of parentheses, but the first one also in them: `(SELECT 1)` reads. An empty one is no word. */
function wordsOf(sql: string): readonly string[] {
  const words: string[] = [];
  let opening = 0;
  let depth = 0;
  for (const { groups = {} } of sql.matchAll(new RegExp(PIECE, 'guy'))) {
    const { word, quoted, other } = groups;
    if (other === '(') depth += 1;
    else if (other === ')') depth -= 1;
    else if (words.length === 0 && (word ?? quoted ?? other) !== undefined) {
      opening = depth;
      words.push(word?.toUpperCase() ?? '');
    } else if (word !== undefined && depth <= opening) words.push(word.toUpperCase());
  }
  return words;
}

function refusal(what: string): UsageError {
  const has = what === '' ? 'This is none' : `${what} is none`;
  return new UsageError(
    `--sql takes a statement that reads: SELECT, WITH … SELECT, EXPLAIN, SHOW, DESCRIBE or EXISTS. ${has}; nothing was sent. clickhouse-client does everything else.`,
  );
}
