import { nearest } from '../config/nearest.js';
import type { Search } from '../search/search.js';
import type { Reading } from './reading.js';
import type { RowName } from './row-name.js';
import { tellNothingFound } from './nothing-found.js';
import { safeText } from './terminal/safe-text.js';

const MOST_TABLES = 100;
const SHOWN_TABLES = 8;
/** What logins and requests acted on is no table. */
const STATEMENTS: Search = { text: 'category:db', from: '', to: '' };

/** A row without history is mostly one that is called otherwise: says how the tables are called that there are. */
export async function tellUnknownRow(
  { table, id }: RowName,
  search: Search,
  reading: Reading,
): Promise<void> {
  const { reader, say } = reading;
  const found = await reader.suggest('table', '', STATEMENTS, MOST_TABLES);
  const tables = found.map(({ value }) => value);
  if (tables.length === 0) return await tellNothingFound(search, reading);
  if (tables.some((each) => each === table || lastPart(each) === table)) {
    say(
      `No change of ${safeText(table)} / ${safeText(id)} is on record${search.from + search.to === '' ? '' : ' in this period'}. Keys stand as the statements name them, of several columns joined by commas: \`audit-register query table:${safeText(table)} --limit 5\` shows some.`,
    );
    return;
  }
  const near = nearest(lastPart(table), tables.map(lastPart));
  const meant =
    near === undefined
      ? ''
      : ` Did you mean ${safeText(tables.find((each) => lastPart(each) === near) ?? near)}?`;
  const shown = tables.slice(0, SHOWN_TABLES).map(safeText).join(', ');
  say(
    `Table ${safeText(table)} is not on record.${meant} A table is called as the statements call it: ${shown}${tables.length > SHOWN_TABLES ? ', …' : ''}.`,
  );
}

function lastPart(table: string): string {
  return table.slice(table.lastIndexOf('.') + 1);
}
