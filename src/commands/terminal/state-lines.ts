import { describeRecord } from '../../search/sentence.js';
import type { RowName } from '../row-name.js';
import type { RowState } from '../row-state.js';
import { describeValue } from './change-lines.js';
import { createGrid } from './grid.js';
import { titleOf } from './history-lines.js';
import type { HistoryLinesOptions } from './history-lines.js';
import { safeCell } from './safe-text.js';

const COLUMNS = ['field', 'value', 'since', 'by'].map((name) => ({ name, isNumber: false }));

/** What the row held: each field, since when, and by whom. */
export function formatState(row: RowName, state: RowState, options: HistoryLinesOptions): readonly string[] {
  const { terminal, clock } = options;
  const { last, isDeleted, fields } = state;
  if (last === undefined) return [titleOf(row, options), 'Nothing that lasted had been done to it by then.'];
  const { who, way } = describeRecord(last);
  const by = `${clock.full(last.occurred_at)} by ${safeCell(who)}, ${safeCell(way)}`;
  if (isDeleted) return [titleOf(row, options), `It had been deleted: ${by}.`];
  const rows = [...fields].map(([field, { value, since }]) => [
    field,
    describeValue(value),
    clock.full(since.occurred_at),
    describeRecord(since).who,
  ]);
  const { titles, lines } = createGrid(COLUMNS, rows, terminal);
  return [titleOf(row, options), `Last changed ${by}.`, '', ...titles, ...rows.flatMap(lines)];
}

/** The same for programs: full times, a value that is not known as null. */
export function stateJson({ table, id }: RowName, { last, isDeleted, fields }: RowState): unknown {
  return {
    table,
    id,
    exists: last !== undefined && !isDeleted,
    last_changed_at: last?.occurred_at ?? null,
    fields: Object.fromEntries(
      [...fields].map(([field, { value, since }]) => [
        field,
        { value: value ?? null, since: since.occurred_at, actor_id: since['actor_id'] },
      ]),
    ),
  };
}
