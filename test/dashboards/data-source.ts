import { expandMacros } from './macros.ts';
import type { MacroContext } from './macros.ts';

/**
 * What becomes of a query between a dashboard and ClickHouse, as Grafana and its ClickHouse data source do it.
 * Source: grafana/clickhouse-datasource `src/data/CHDatasource.ts`; grafana/scenes
 * `src/variables/interpolation/formatRegistry.ts`.
 */
export interface Surroundings extends MacroContext {
  /** Values of the variables: `all` where everything is chosen, one text of a box that is written into. */
  readonly variables: Readonly<Record<string, 'all' | readonly string[]>>;
}

export function expandQuery(rawSql: string, surroundings: Surroundings): string {
  const sql = expandMacros(
    fillVariables(expandConditionalAll(rawSql, surroundings), surroundings),
    surroundings,
  );
  const left = /\$__\w+|\$\{?\w+/.exec(sql);
  if (left !== null) throw new Error(`${left[0]} is neither a macro nor a variable: ${sql}`);
  return sql;
}

const CONDITIONAL_ALL = '$__conditionalAll(';

/** Innermost first. A condition whose variable is "all", or empty, becomes true. */
function expandConditionalAll(sql: string, { variables }: Surroundings): string {
  for (let at = sql.lastIndexOf(CONDITIONAL_ALL); at !== -1; at = sql.lastIndexOf(CONDITIONAL_ALL)) {
    const [condition, variable, ...more] = argumentsAt(sql, at + CONDITIONAL_ALL.length - 1);
    const name = /\$\{?(\w+)/.exec(variable ?? '')?.[1];
    const chosen = variables[name ?? ''];
    if (condition === undefined || chosen === undefined || more.length > 0) {
      throw new Error(`$__conditionalAll takes a condition and a variable: ${sql.slice(at)}`);
    }
    const isAll = chosen === 'all' || chosen.toString() === '';
    const call = `${CONDITIONAL_ALL}${condition},${variable})`;
    // NOTE: as the original, which lets a `$&` in the condition stand for the whole call.
    sql = sql.replace(call, isAll ? '1=1' : condition);
  }
  return sql;
}

/** As naive as the original: it knows nothing of quotes. */
function argumentsAt(sql: string, open: number): string[] {
  const found: string[] = [];
  let depth = 0;
  let start = open + 1;
  for (let at = open; at < sql.length; at++) {
    const character = sql[at];
    if (character === '(') depth++;
    if (character === ')') depth--;
    const isEnd = depth === 0;
    if (isEnd || (character === ',' && depth === 1)) {
      found.push(sql.slice(start, at));
      start = at + 1;
    }
    if (isEnd) return found;
  }
  throw new Error(`A bracket is not closed: ${sql}`);
}

function fillVariables(sql: string, { variables }: Surroundings): string {
  return sql.replace(/\$\{(\w+):(\w+)\}/g, (_text, name: string, format: string) => {
    const chosen = variables[name];
    const write = FORMATS[format];
    if (chosen === undefined || write === undefined) throw new Error(`\${${name}:${format}} is not known`);
    return write(chosen === 'all' ? [] : chosen);
  });
}

const FORMATS: Readonly<Record<string, (values: readonly string[]) => string>> = {
  singlequote: (values) => values.map((value) => `'${value.replaceAll("'", "\\'")}'`).join(','),
  percentencode: ([text = '']) => encodeURIComponent(text).replace(/[!'()*]/g, percentEncoded),
};

function percentEncoded(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
