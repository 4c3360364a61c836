/** What may hold a semicolon that ends nothing: comments, strings, quoted identifiers. An open one takes the rest. */
const OPAQUE =
  /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|'(?:[^'\\]|\\[\s\S])*(?:'|$)|`(?:[^`\\]|\\[\s\S])*(?:`|$)|"(?:[^"\\]|\\[\s\S])*(?:"|$)/y;

/** Splits SQL text at its semicolons; comments stay with their statement, a part of comments alone is left out. */
export function splitStatements(sql: string): string[] {
  const statements: string[] = [];
  let start = 0;
  let says = '';
  for (let at = 0; at < sql.length;) {
    const opaque = opaqueAt(sql, at);
    if (opaque !== '') {
      if (!isComment(opaque)) says += opaque;
      at += opaque.length;
      continue;
    }
    if (sql[at] === ';') {
      if (says.trim() !== '') statements.push(sql.slice(start, at).trim());
      start = at + 1;
      says = '';
    } else {
      says += sql[at];
    }
    at += 1;
  }
  if (says.trim() !== '') statements.push(sql.slice(start).trim());
  return statements;
}

function opaqueAt(sql: string, at: number): string {
  OPAQUE.lastIndex = at;
  return OPAQUE.exec(sql)?.[0] ?? '';
}

function isComment(text: string): boolean {
  return text.startsWith('--') || text.startsWith('/*');
}
