const ESCAPED: Readonly<Record<string, string>> = {
  t: '\t',
  n: '\n',
  r: '\r',
  b: '\b',
  f: '\f',
  '0': '\0',
};

/** Values of a row as ClickHouse writes them in TabSeparated, every one as its text. */
export function parseTabSeparated(line: string, nullText: string): string[] {
  return line
    .split('\t')
    .map((cell) =>
      cell === '\\N' ? nullText : cell.replace(/\\(.)/g, (_all, letter: string) => ESCAPED[letter] ?? letter),
    );
}
