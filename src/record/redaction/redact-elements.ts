import type { IsSecretName } from './redact-assignments.js';
import type { Instead } from './redact-shapes.js';

const OPENING = /<([A-Za-z_][\w:.-]{1,63})(?:\s[^<>]{0,256})?>/g;
const CDATA = /^<!\[CDATA\[([\s\S]*?)(?:\]\]>|$)$/;

/** Text with the content of secret XML elements replaced: `<password>x</password>`, with CDATA or elements within it, too. */
export function redactElements(
  text: string,
  isSecretName: IsSecretName,
  instead: Instead,
  isCut: boolean,
): string {
  const unclosed = new Set<string>();
  let shown = '';
  let copied = 0;
  OPENING.lastIndex = 0;
  for (let found = OPENING.exec(text); found !== null; found = OPENING.exec(text)) {
    const name = found[1] as string;
    if (!isSecretName(name) || found[0].endsWith('/>')) continue;
    const start = OPENING.lastIndex;
    const close = unclosed.has(name) ? -1 : text.indexOf(`</${name}`, start);
    if (close === -1) unclosed.add(name);
    const end = close === -1 ? endOfUnclosed(text, start) : close;
    const content = text.slice(start, end).trim();
    if (content === '') continue;
    const isWhole = !isCut || end < text.length;
    shown += text.slice(copied, start) + instead(CDATA.exec(content)?.[1] ?? content, isWhole);
    copied = end;
    OPENING.lastIndex = end;
  }
  return copied === 0 ? text : shown + text.slice(copied);
}

/** Up to the next element; all the rest where another begins at once, as in a text that was cut. */
function endOfUnclosed(text: string, start: number): number {
  const next = text.indexOf('<', start);
  return next === -1 || text.slice(start, next).trim() === '' ? text.length : next;
}
