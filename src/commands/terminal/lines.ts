import { csvCell } from '../../search/csv.js';
import { safeJsonText, safeText } from './safe-text.js';

/** Turns what is found into lines, one at a time, so that nothing has to be held. */
export interface Lines<Item> {
  readonly next: (item: Item) => readonly string[];
  /** What closes it, also where nothing was found. */
  readonly end: () => readonly string[];
}

/** JSON texts: one a line, or all of them as one array. */
export function createJsonLines(isArray: boolean): Lines<string> {
  if (!isArray) return { next: (json) => [safeJsonText(json)], end: () => [] };
  // Whether a comma follows an item is known only when the next one comes.
  let waiting: string | undefined;
  return {
    next: (json) => {
      const before = waiting;
      waiting = safeJsonText(json);
      return [before === undefined ? '[' : `${before},`];
    },
    end: () => (waiting === undefined ? ['[]'] : [waiting, ']']),
  };
}

/** @param isTerminal People see it, so that its values are made safe; a file gets them as they are. */
export function createCsvLines(isTerminal: boolean): Lines<readonly string[]> {
  // RFC 4180 wants both characters, a terminal only the one that every line gets.
  const lineEnd = isTerminal ? '' : '\r';
  return {
    next: (cells) => [cells.map((cell) => csvCell(isTerminal ? safeText(cell) : cell)).join(',') + lineEnd],
    end: () => [],
  };
}
