import type { FoundRecord, FoundValue } from '../../search/search.js';
import { describeRecord } from '../../search/sentence.js';
import { createCsvLines, createJsonLines } from './lines.js';
import type { Lines } from './lines.js';
import { createRecordTable } from './record-table.js';
import type { RecordTableOptions } from './record-table.js';

export type OutputFormat = 'table' | 'json' | 'jsonl' | 'csv';

/** Records for people as sentences, for programs with every column. */
export function createRecordLines(format: OutputFormat, options: RecordTableOptions): Lines<FoundRecord> {
  if (format === 'table') return createSentences(options);
  if (format === 'csv') return createRecordCsv(options.terminal.isTerminal);
  const { next, end } = createJsonLines(format === 'json');
  return { next: (record) => next(JSON.stringify(record)), end };
}

function createSentences(options: RecordTableOptions): Lines<FoundRecord> {
  const table = createRecordTable(options);
  let titles: readonly string[] = [table.title()];
  return {
    next: (record) => {
      const before = titles;
      titles = [];
      return [...before, ...table.lines(record, describeRecord(record))];
    },
    end: () => [],
  };
}

function createRecordCsv(isTerminal: boolean): Lines<FoundRecord> {
  const { next, end } = createCsvLines(isTerminal);
  let names: readonly string[] | undefined;
  return {
    next: (record) => {
      const titles = names === undefined ? next(Object.keys(record)) : [];
      names ??= Object.keys(record);
      return [...titles, ...next(names.map((name) => toText(record[name])))];
    },
    end,
  };
}

function toText(value: FoundValue | undefined): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value ?? '');
}
