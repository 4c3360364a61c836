import type { COLUMNS } from '../../src/record/columns.ts';

/** The columns of `audit.records` that the demo reads. */
const READ = [
  'occurred_at',
  'category',
  'action',
  'outcome',
  'actor_type',
  'actor_id',
  'actor_name',
  'actor_assurance',
  'source_address',
  'trace_id',
  'correlation_id',
  'target_type',
  'target_id',
  'http_method',
  'http_route',
  'url_path',
  'http_status',
  'db_rows',
  'transaction_outcome',
] as const satisfies readonly (typeof COLUMNS)[number]['name'][];

type NumberColumn = 'http_status' | 'db_rows';

/** A row of `audit.records`, as ClickHouse writes it in JSON. */
export type RegisterRow = {
  readonly [Name in (typeof READ)[number]]: Name extends NumberColumn ? number : string;
};

const QUERY_TIMEOUT_MILLIS = 10_000;

/** Everything the register holds of one run, in the order in which it began. */
export async function readRun(clickhouseUrl: string, runId: string): Promise<readonly RegisterRow[]> {
  const sql = `
    SELECT ${READ.join(', ')} FROM audit.records
    WHERE service_instance = {run:String}
    ORDER BY occurred_at, sequence
    FORMAT JSONEachRow`;
  const settings = {
    param_run: runId,
    output_format_json_quote_64bit_integers: '0',
    date_time_output_format: 'iso',
  };
  const text = await ask(clickhouseUrl, sql, settings);
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as RegisterRow);
}

/** @throws Error with ClickHouse's own words. */
async function ask(url: string, sql: string, settings: Record<string, string>): Promise<string> {
  const response = await fetch(new URL(`/?${new URLSearchParams(settings)}`, url), {
    method: 'POST',
    body: sql,
    signal: AbortSignal.timeout(QUERY_TIMEOUT_MILLIS),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`ClickHouse answered ${response.status}: ${text.slice(0, 500)}`);
  return text;
}
