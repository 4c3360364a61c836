import type { Redactor } from '../record/redaction/redact.js';
import type { Draft } from './blank-record.js';

/** NOTE: on the draft they come to its redaction, and no record has them. */
const KEY = Symbol('audit-register.key-columns');

type WithKey = Pick<Draft, 'category' | 'target_type'> & { [KEY]?: readonly string[] };

/** Columns without a name of their own: what they hold is said by their table. */
const OF_THE_TABLE = new Set(['id', 'uuid', 'key']);

/** Remembers which columns a draft's keys are of, in the order of their parts. */
export function noteKeyColumns(draft: WithKey, columns: readonly string[]): void {
  if (columns.length > 0) draft[KEY] = columns;
}

/** The name by which the values of a column are judged: `id` of `sessions` is what a cookie holds, a `session_id`. */
export function judgedName(table: string, column: string): string {
  if (!OF_THE_TABLE.has(column) || table === '') return column;
  return `${table.slice(table.lastIndexOf('.') + 1).replace(/s$/, '')}_${column}`;
}

/** The name by which a draft's column is judged. */
export function secretName({ category, target_type: table }: WithKey, column: string): string {
  return category === 'db' ? judgedName(table, column) : column;
}

/** One key of a draft without what is secret in it. */
export function redactedKey(id: string, draft: WithKey, redactor: Redactor, isCut: boolean): string {
  const columns = draft[KEY] ?? (draft.category === 'db' ? ['id'] : []);
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
