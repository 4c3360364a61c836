import { ownText } from '../own-text.js';
import { remembered } from '../remembered.js';
import type { OutputColumn } from '../sql/output-columns.js';
import type { Redactor } from '../record/redaction/redact.js';
import type { Draft } from './blank-record.js';
import { KEY_COLUMNS, LISTS, OUTPUT_COLUMNS } from './draft-notes.js';
import { isCutText } from './values/value-text.js';

type Named = Pick<Draft, 'category' | 'target_type'>;

/** Columns without a name of their own: what they hold is said by their table. */
const OF_THE_TABLE = ['id', 'uuid', 'key'];
/** Longest table whose names are remembered: PostgreSQL has two of 63 bytes, and a dot between them. */
const TABLE_CHARACTERS = 127;

/** Remembers which columns a draft's keys are of, in the order of their parts. */
export function noteKeyColumns(draft: Draft, columns: readonly string[]): void {
  if (columns.length > 0) draft[KEY_COLUMNS] = columns;
}

/** The name by which the values of a column are judged: `id` of `sessions` is what a cookie holds, a `session_id`. */
export function judgedName(table: string, column: string): string {
  const at = table === '' ? -1 : OF_THE_TABLE.indexOf(column);
  return at === -1 ? column : (namesOf(table)[at] as string);
}

/** NOTE: one text for one name, because whether it is secret is remembered by it. */
const namesOf = remembered((table) => {
  const noun = table.slice(table.lastIndexOf('.') + 1).replace(/s$/, '');
  return OF_THE_TABLE.map((column) => ownText(`${noun}_${column}`));
}, TABLE_CHARACTERS);

/** The name by which a draft's column is judged. */
export function secretName({ category, target_type: table }: Named, column: string): string {
  return category === 'db' ? judgedName(table, column) : column;
}

/** One key of a draft without what is secret in it. */
export function redactedKey(id: string, draft: Draft, redactor: Redactor, isCut: boolean): string {
  const columns = draft[KEY_COLUMNS] ?? (draft.category === 'db' ? ['id'] : []);
  const isSecret = (column: string): boolean => redactor.isSecretKey(secretName(draft, column));
  // NOTE: whatever the one key of `sessions` is called, it opens one.
  const secrets = columns.map((column) => isSecret(column) || (columns.length === 1 && isSecret('id')));
  if (!secrets.includes(true)) return redactor.text(id, isCut);
  const parts = id.split(',');
  // NOTE: a comma within a part leaves open where it ends.
  if (columns.length === 1 || parts.length !== columns.length) return redactor.instead(id, !isCut);
  return parts
    .map((part, at) => {
      const isPartCut = isCut && at === parts.length - 1;
      return secrets[at] === true ? redactor.instead(part, !isPartCut) : redactor.text(part, isPartCut);
    })
    .join(',');
}

/** Remembers what the columns of a draft's returned rows are made of. */
export function noteOutputs(draft: Draft, outputs: readonly OutputColumn[] | undefined): void {
  if (outputs !== undefined) draft[OUTPUT_COLUMNS] = outputs;
}

/** Whether a column of the rows that came back is secret by what it is made of; `old.a` is the `a` of a row before. */
export function isSecretOutput(label: string, draft: Draft, { isSecretKey }: Redactor): boolean {
  const name = label.replace(/^(?:old|new)\./, '');
  const tables = draft.target_tables;
  const inAny = (column: string): boolean => tables.some((table) => isSecretKey(judgedName(table, column)));
  const made = draft[OUTPUT_COLUMNS]?.find((output) => output.name.slice(0, NAME_CHARACTERS) === name);
  if (made === undefined) return inAny(name);
  return made.sources.some(({ table, column }) =>
    table === '' ? isSecretKey(column) || inAny(column) : isSecretKey(judgedName(table, column)),
  );
}

/** PostgreSQL keeps no more of a name. */
const NAME_CHARACTERS = 63;

/** Remembers which new values are lists in JSON, with a value for each row. */
export function noteLists(draft: Draft, columns: readonly string[]): void {
  if (columns.length > 0) draft[LISTS] = columns;
}

/** What stands for a secret value of a column: for each item of a list, so that a known one can be searched. */
export function redactedColumn(
  draft: Draft,
  column: string,
  value: string,
  redactor: Redactor,
  isCut: boolean,
): string {
  if (draft[LISTS]?.includes(column) !== true) return redactor.instead(value, !isCut);
  const items: unknown = JSON.parse(value);
  const shown = (items as readonly (string | null)[]).map((item) =>
    item === null ? null : redactor.instead(item, !isCut && !isCutText(item)),
  );
  return JSON.stringify(shown);
}
