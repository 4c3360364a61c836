import stringWidth from 'string-width';

const ELLIPSIS = '…';
const PRINTABLE_ASCII = /^[\u0020-\u007e]*$/;
const characters = new Intl.Segmenter();

/** Columns of a terminal that a safe text takes: two for most of Chinese, Japanese, Korean and for emoji. */
export function widthOf(text: string): number {
  return PRINTABLE_ASCII.test(text) ? text.length : stringWidth(text);
}

/** A safe text of at most so many columns; what is cut off shows as an ellipsis. */
export function truncate(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let kept = '';
  let left = width - ELLIPSIS.length;
  for (const { segment } of characters.segment(text)) {
    left -= widthOf(segment);
    if (left < 0) break;
    kept += segment;
  }
  return width > 0 ? kept + ELLIPSIS : '';
}

/** A safe text of exactly so many columns. */
export function fit(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const cut = truncate(text, width);
  const spare = ' '.repeat(Math.max(0, width - widthOf(cut)));
  return align === 'left' ? cut + spare : spare + cut;
}
