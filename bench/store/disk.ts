import { COLUMNS } from '../../dist/record/columns.js';
import type { FilledStore } from './filled-store.ts';
import { rowsOf } from './questions.ts';

/** Bytes on disk, all merges made. */
export interface Disk {
  readonly rows: number;
  /** Everything of the table, a row. */
  readonly bytesPerRow: number;
  readonly parts: Readonly<Record<'columns' | 'indexes' | 'marks' | 'projections', number>>;
  /** Bytes a row by group of columns, as docs/record.md groups them. */
  readonly groups: Readonly<Record<string, number>>;
  /** The largest columns, bytes a row. */
  readonly columns: readonly (readonly [name: string, bytes: number])[];
  readonly certificates: { readonly entries: number; readonly bytesPerEntry: number };
}

const MOST_COLUMNS = 15;
const OF_THE_STORE = 'set by the store';

const PARTS = `
  SELECT toUInt64(sum(rows)) AS rows, toUInt64(sum(bytes_on_disk)) AS bytes, toUInt64(sum(data_compressed_bytes)) AS columns,
    toUInt64(sum(secondary_indices_compressed_bytes + secondary_indices_marks_bytes)) AS indexes, toUInt64(sum(marks_bytes)) AS marks
  FROM system.parts WHERE database = 'audit' AND table = {table:String} AND active`;

const COLUMN_BYTES = `
  SELECT column AS name, toUInt64(sum(column_data_compressed_bytes)) AS bytes
  FROM system.parts_columns WHERE database = 'audit' AND table = 'records' AND active
  GROUP BY name ORDER BY bytes DESC`;

const PROJECTIONS = `
  SELECT toUInt64(sum(bytes_on_disk)) AS bytes
  FROM system.projection_parts WHERE database = 'audit' AND table = 'records' AND active`;

type Numbers = Readonly<Record<'rows' | 'bytes' | 'columns' | 'indexes' | 'marks', string>>;

export async function measureDisk({ writer }: FilledStore): Promise<Disk> {
  const [[records], [segments], [projections], columns] = await Promise.all([
    rowsOf<Numbers>(writer, PARTS, { table: 'records' }),
    rowsOf<Numbers>(writer, PARTS, { table: 'segments' }),
    rowsOf<{ bytes: string }>(writer, PROJECTIONS),
    rowsOf<{ name: string; bytes: string }>(writer, COLUMN_BYTES),
  ]);
  if (records === undefined || segments === undefined) throw new Error('the tables are empty');
  const rows = Number(records.rows);
  const perRow = (bytes: string | undefined): number => Number(bytes ?? 0) / rows;
  const groups: Record<string, number> = {};
  for (const { name, bytes } of columns) {
    const group = COLUMNS.find((column) => column.name === name)?.group ?? OF_THE_STORE;
    groups[group] = (groups[group] ?? 0) + perRow(bytes);
  }
  return {
    rows,
    bytesPerRow: perRow(records.bytes),
    parts: {
      columns: perRow(records.columns),
      indexes: perRow(records.indexes),
      marks: perRow(records.marks),
      projections: perRow(projections?.bytes),
    },
    groups,
    columns: columns.slice(0, MOST_COLUMNS).map(({ name, bytes }) => [name, perRow(bytes)]),
    certificates: {
      entries: Number(segments.rows),
      bytesPerEntry: Number(segments.bytes) / Number(segments.rows),
    },
  };
}
