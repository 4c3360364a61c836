/** Reads CSV by the letter of RFC 4180: rows end with CR LF, quotes are doubled. Written apart from what writes it. */
export function csvRows(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  while (at <= text.length) {
    if (at === text.length && row.length === 0 && rows.length > 0) break;
    const [cell, end] = text[at] === '"' ? quoted(text, at) : plain(text, at);
    row.push(cell);
    if (text[end] === ',') {
      at = end + 1;
      continue;
    }
    if (end !== text.length && !text.startsWith('\r\n', end))
      throw new Error(`no comma and no line end at ${end}: ${JSON.stringify(text.slice(end, end + 20))}`);
    rows.push(row);
    row = [];
    at = end === text.length ? end + 1 : end + 2;
  }
  return rows;
}

function quoted(text: string, start: number): [cell: string, end: number] {
  let cell = '';
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] !== '"') cell += text[at];
    else if (text[at + 1] === '"') {
      cell += '"';
      at++;
    } else return [cell, at + 1];
  }
  throw new Error('a quote that does not end');
}

function plain(text: string, start: number): [cell: string, end: number] {
  let end = start;
  while (end < text.length && text[end] !== ',' && !text.startsWith('\r\n', end)) {
    if (text[end] === '"') throw new Error(`a quote inside of a cell without quotes at ${end}`);
    end++;
  }
  return [text.slice(start, end), end];
}
