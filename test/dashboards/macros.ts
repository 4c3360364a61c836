/** What the backend of the data source knows of a query besides its text. */
export interface MacroContext {
  readonly from: Date;
  readonly to: Date;
  readonly intervalMillis: number;
}

type Macro = (context: MacroContext, parameters: readonly string[]) => string;

/**
 * The macros that the backend expands, for dashboards and alerts alike.
 * Source: grafana/clickhouse-datasource `pkg/macros/macros.go`.
 */
const MACROS: Readonly<Record<string, readonly [parameters: number, Macro]>> = {
  fromTime: [0, ({ from }) => seconds(from)],
  toTime: [0, ({ to }) => seconds(to)],
  fromTime_ms: [0, ({ from }) => millis(from)],
  toTime_ms: [0, ({ to }) => millis(to)],
  timeFilter: [1, ({ from, to }, [column]) => between(column, seconds(from), seconds(to))],
  timeFilter_ms: [1, ({ from, to }, [column]) => between(column, millis(from), millis(to))],
  dateFilter: [1, ({ from, to }, [column]) => between(column, day(from), day(to))],
  timeInterval: [
    1,
    (context, [column]) =>
      `toStartOfInterval(toDateTime(${column}), INTERVAL ${wholeSeconds(context)} second)`,
  ],
  timeInterval_ms: [
    1,
    ({ intervalMillis }, [column]) =>
      `toStartOfInterval(toDateTime64(${column}, 3), INTERVAL ${Math.max(Math.floor(intervalMillis), 1)} millisecond)`,
  ],
  interval_s: [0, (context) => String(wholeSeconds(context))],
};

/** NOTE: a macro takes columns, no expressions: versions of the data source differ in how they find the closing bracket. */
export function expandMacros(sql: string, context: MacroContext): string {
  return sql.replace(/\$__(\w+)(?:\(([\w.]*)\))?/g, (text, name: string, list: string | undefined) => {
    const [count, write] = MACROS[name] ?? [];
    const parameters = list === undefined || list === '' ? [] : [list];
    if (write === undefined || parameters.length !== count) throw new Error(`${text} is no macro: ${sql}`);
    return write(context, parameters);
  });
}

function between(column: string | undefined, from: string, to: string): string {
  return `${column} >= ${from} AND ${column} <= ${to}`;
}

function seconds(time: Date): string {
  return `toDateTime(${Math.floor(time.getTime() / 1000)})`;
}

function millis(time: Date): string {
  return `fromUnixTimestamp64Milli(${time.getTime()})`;
}

function day(time: Date): string {
  return `toDate('${time.toISOString().slice(0, 10)}')`;
}

function wholeSeconds({ intervalMillis }: MacroContext): number {
  return Math.max(Math.floor(intervalMillis / 1000), 1);
}
