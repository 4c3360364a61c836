/** What a spreadsheet would take for a formula; a plain number is none. */
const FORMULA = /^(?![+-]?\d+(?:\.\d+)?$)[=+\-@\t\r＝＋－＠]/;

/** A line of CSV (RFC 4180), without its end. */
export function formatCsvRow(cells: readonly string[]): string {
  return cells.map(formatCell).join(',');
}

function formatCell(cell: string): string {
  const safe = FORMULA.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
