import type { FieldChange } from '../../search/field-changes.js';
import { safeText } from './safe-text.js';
import type { Terminal } from './terminal.js';
import { fit, truncate, widthOf } from './width.js';

const INDENT = '    ';
const GAP = '  ';
const ARROW = ' → ';
const MOST_NAME = 24;
/** A value that reads the same without quotes: the arrow between values is nobody's to forge. */
const PLAIN = /^(?!\s|NULL$)[^"→\s]+(?: [^"→\s]+)*$/u;
const QUOTED_NULL = '"NULL"';

/** A line for each field that got another value, old → new; those set to what they were share one. */
export function formatChanges(
  changes: readonly FieldChange[],
  { isCreated, isDeleted }: { readonly isCreated: boolean; readonly isDeleted: boolean },
  { width, paint }: Pick<Terminal, 'width' | 'paint'>,
): string[] {
  const same = changes.filter(({ before, after }) => before !== undefined && before === after);
  const other = changes.filter((change) => !same.includes(change));
  const nameWidth = Math.min(MOST_NAME, Math.max(0, ...other.map(({ field }) => widthOf(safeText(field)))));
  const room = width - INDENT.length - nameWidth - GAP.length;
  const lines = other.map(({ field, before, after }) => {
    const name = fit(safeText(field), nameWidth);
    const value = isCreated ? describeValue(after) : describePair(before, after, isDeleted, room);
    return `${INDENT}${paint('gray', name)}${GAP}${truncate(value, room)}`.trimEnd();
  });
  if (same.length === 0) return lines;
  const names = same.map(({ field }) => safeText(field)).join(', ');
  return [...lines, paint('gray', truncate(`${INDENT}set to what they were: ${names}`, width))];
}

/** Half of the room for each, unless one needs less. */
function describePair(
  before: string | undefined,
  after: string | undefined,
  isDeleted: boolean,
  room: number,
): string {
  const left = describeValue(before);
  const right = isDeleted ? '(deleted)' : describeValue(after);
  const half = Math.floor((room - ARROW.length) / 2);
  const most = Math.max(half, room - ARROW.length - widthOf(right));
  return truncate(left, most) + ARROW + right;
}

/** A value on a terminal; quoted where it could be taken for something else. */
export function describeValue(value: string | undefined): string {
  if (value === undefined) return '(not known)';
  if (value === 'NULL' || value === QUOTED_NULL || PLAIN.test(value)) return safeText(value);
  return safeText(JSON.stringify(value));
}
