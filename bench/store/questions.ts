import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { asked } from './filled-store.ts';
import type { StoreClient } from './filled-store.ts';

export interface Question {
  /** Its number and heading in docs/queries.md, and which of its queries. */
  readonly name: string;
  readonly sql: string;
}

export type Parameters = Readonly<Record<string, string>>;

const DOCUMENT = join(import.meta.dirname, '../../docs/queries.md');

/** The twenty questions, in all their queries, to the letter as they are documented. */
export function readQuestions(): Question[] {
  const text = readFileSync(DOCUMENT, 'utf8');
  return text.split(/^## /m).flatMap((section) => {
    const [title = ''] = section.split('\n', 1);
    const blocks = [...section.matchAll(/^```sql\n([\s\S]+?)^```$/gm)];
    return blocks.map(([, sql = ''], at) => ({
      name: blocks.length === 1 ? title : `${title} (${at + 1})`,
      sql,
    }));
  });
}

/** Questions that give every record of their period: of a day nobody would look at a million of them. */
const OF_A_MINUTE = /^20\. .*\([12]\)$/;
const MINUTE_MILLIS = 60_000;

/** The parameters as a question takes them. */
export function parametersFor({ name }: Question, parameters: Parameters): Parameters {
  if (!OF_A_MINUTE.test(name)) return parameters;
  const noon = Date.parse(`${(parameters['from'] ?? '').slice(0, 10)}T12:00:00Z`);
  return { ...parameters, from: clickHouseTime(noon), to: clickHouseTime(noon + MINUTE_MILLIS) };
}

/** What they are asked about: what is in the middle of the history, by an ordinary user, within the last day. */
export async function chooseParameters(client: StoreClient, rows: number): Promise<Parameters> {
  const { from, to } = asked(rows);
  const period = { from: clickHouseTime(from), to: clickHouseTime(to) };
  const [found] = await rowsOf<Parameters>(
    client,
    `SELECT target_id AS id, actor_id AS actor, trace_id AS trace,
       toString(request_id) AS request, toString(record_id) AS record, session_id AS session,
       replaceOne(toString(source_address), '::ffff:', '') AS address, transaction_id AS transaction
     FROM audit.records
     WHERE target_type = 'orders' AND action = 'create' AND actor_id != '' AND occurred_at >= {from:DateTime}
     ORDER BY cityHash64(record_id)
     LIMIT 1`,
    period,
  );
  return {
    ...period,
    ...found,
    table: 'orders',
    // By its trace: nothing serves a look for a correlation id but reading them all.
    correlation: '',
    rows: '1000',
    person: found?.['actor'] ?? '',
    at: clickHouseTime(to),
    taken_in_by: '2100-01-01 00:00:00',
  };
}

export async function rowsOf<Row>(
  client: StoreClient,
  query: string,
  parameters: Parameters = {},
): Promise<Row[]> {
  const result = await client.query({ query, query_params: { ...parameters }, format: 'JSONEachRow' });
  return await result.json<Row>();
}

function clickHouseTime(millis: number): string {
  return new Date(millis).toISOString().slice(0, 19).replace('T', ' ');
}
