import { readFileSync } from 'node:fs';
import { spreadOf } from '../report/statistics.ts';
import type { FilledStore } from './filled-store.ts';
import type { Parameters } from './questions.ts';

export interface Timing {
  readonly name: string;
  readonly medianMillis: number;
  readonly maxMillis: number;
  /** Of all threads of the server, a query. */
  readonly cpuMillis: number;
  readonly rowsRead: number;
  readonly bytesRead: number;
  readonly rows: number;
  /** Of the last one that failed. */
  readonly error?: string;
}

const MICROS_OF_TICK = 10_000;

export async function timeQuery(
  store: FilledStore,
  name: string,
  sql: string,
  parameters: Parameters,
  times: number,
): Promise<Timing> {
  try {
    const [timing, answer] = await timed(store, times, () => askOnce(store, sql, parameters));
    return { name, ...timing, ...answer };
  } catch (error) {
    const nothing = { medianMillis: 0, maxMillis: 0, cpuMillis: 0, rowsRead: 0, bytesRead: 0, rows: 0 };
    return { name, ...nothing, error: error instanceof Error ? error.message : String(error) };
  }
}

/** The same of what a reader of the register asks, in however many queries. */
export async function timeReading(
  store: FilledStore,
  name: string,
  read: () => Promise<number>,
  times: number,
): Promise<Timing> {
  const [timing, rows] = await timed(store, times, read);
  return { name, ...timing, rowsRead: 0, bytesRead: 0, rows };
}

type Times = Pick<Timing, 'medianMillis' | 'maxMillis' | 'cpuMillis'>;

/** Asks warm, and takes the median: the first answer is not counted. */
async function timed<Found>(
  { engine }: FilledStore,
  times: number,
  ask: () => Promise<Found>,
): Promise<readonly [Times, Found]> {
  let found = await ask();
  const millis: number[] = [];
  const cpuBefore = cpuMicros(engine.pid);
  for (let time = 0; time < times; time++) {
    const began = performance.now();
    found = await ask();
    millis.push(performance.now() - began);
  }
  const { median, max } = spreadOf(millis);
  const cpuMillis = (cpuMicros(engine.pid) - cpuBefore) / 1_000 / times;
  return [{ medianMillis: median, maxMillis: max, cpuMillis }, found];
}

interface Answer {
  readonly rows: number;
  readonly rowsRead: number;
  readonly bytesRead: number;
}

async function askOnce({ engine }: FilledStore, sql: string, parameters: Parameters): Promise<Answer> {
  const url = new URL(engine.httpUrl);
  // The summary of what was read is complete only where the answer waits for its end.
  url.searchParams.set('wait_end_of_query', '1');
  url.searchParams.set('default_format', 'JSONCompact');
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(`param_${name}`, value);
  const response = await fetch(url, {
    method: 'POST',
    body: sql,
    headers: {
      'X-ClickHouse-User': 'audit_reader',
      'X-ClickHouse-Key': engine.passwords.audit_reader,
    },
  });
  const text = await response.text();
  if (!response.ok) throw new Error(text.slice(0, 300));
  const summary = JSON.parse(response.headers.get('x-clickhouse-summary') ?? '{}') as Record<string, string>;
  return {
    rows: (JSON.parse(text) as { rows: number }).rows,
    rowsRead: Number(summary['read_rows']),
    bytesRead: Number(summary['read_bytes']),
  };
}

/** User and system time of all threads; 0 where the system does not tell. Source: proc(5). */
function cpuMicros(pid: number): number {
  try {
    const [, behindName = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(/\) (?!.*\) )/s);
    const fields = behindName.split(' ');
    return (Number(fields[11]) + Number(fields[12])) * MICROS_OF_TICK;
  } catch {
    return 0;
  }
}
