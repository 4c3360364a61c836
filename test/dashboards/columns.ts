import { expect } from 'vitest';
import type { Answer } from './asking.ts';
import type { DashboardQuery } from './read-dashboards.ts';

type Column = Answer['meta'][number];

/** Holds the answer of a query against what its panel makes a picture from. */
export function expectColumns(query: DashboardQuery, { meta }: Answer): void {
  const names = meta.map(({ name }) => name);
  expect(new Set(names).size, 'columns have names of their own').toBe(names.length);
  // The data source cannot show it; mostly two branches of a query that differ in a type.
  for (const { name, type } of meta) expect(type, name).not.toMatch(/Variant|Dynamic/);
  for (const name of query.namedColumns) expect(names).toContain(name);
  NEEDS[query.panelType]?.(meta, query);
}

/** By kind of panel. A trace has names that the data source looks for: see `src/data/sqlGenerator.ts` there. */
const NEEDS: Readonly<Record<string, (meta: readonly Column[], query: DashboardQuery) => void>> = {
  stat: (meta) => {
    expectTime(meta[0]);
    expect(meta.slice(1).map(isNumber)).toEqual([true]);
  },
  timeseries: (meta, query) => {
    expectTime(meta[0]);
    const [numbers, others] = [meta.slice(1).filter(isNumber), meta.slice(1).filter((c) => !isNumber(c))];
    expect(numbers).not.toEqual([]);
    // Long rows become one series for each text; then there is one number, and the name of a series is its text.
    for (const column of others) expect(column.type).toMatch(TEXT);
    if (others.length > 0) {
      expect(numbers).toHaveLength(1);
      expect(query.labelColumns).toEqual(others.map(({ name }) => name));
    }
  },
  table: (meta, query) => {
    expect(query.namedColumns.toSorted()).toEqual(meta.map(({ name }) => name).toSorted());
    expect(query.hiddenColumns.filter((name) => !query.linkColumns.includes(name))).toEqual([]);
  },
  variable: (meta) => expect(meta.map(({ name }) => name)).toEqual(['value', 'text']),
  bargauge: (meta) => {
    expect(meta.filter(isNumber)).not.toEqual([]);
    expect(meta.filter(({ type }) => TEXT.test(type))).not.toEqual([]);
  },
  heatmap: (meta) => {
    expectTime(meta[0]);
    expect(meta.slice(1).every(isNumber)).toBe(true);
  },
  'state-timeline': (meta) => expectTime(meta[0]),
  traces: (meta) =>
    expect(meta.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['traceID', 'spanID', 'parentSpanID', 'operationName', 'startTime', 'duration']),
    ),
};

const TEXT = /^(LowCardinality\()?(Nullable\()?(String|Enum)/;

function isNumber({ type }: Column): boolean {
  return /^(Nullable\()?(U?Int|Float|Decimal)\d*/.test(type);
}

function expectTime(column: Column | undefined): void {
  expect(column?.name).toBe('time');
  expect(column?.type).toMatch(/^(Nullable\()?DateTime/);
}
