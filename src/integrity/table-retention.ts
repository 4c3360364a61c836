import type { ClickHouseClient } from '../store/client.js';

/** No rule that lets a record live for longer than this is told from none: what ClickHouse computes a TTL with ends in 2106. */
const MOST_DAYS = 20_000;

/** Rules that move or fold rows instead of deleting them. */
const KEEPS = /\b(?:TO (?:DISK|VOLUME)|RECOMPRESS|GROUP BY)\b/i;

/**
 * After how many days the table deletes a record by itself, by its TTL as it stands; Infinity for never. ClickHouse itself
 * evaluates the rules, a rule with a condition as if every record met it.
 */
export async function keptDaysOf(client: ClickHouseClient, database: string): Promise<number> {
  const [table] = await rowsOf<{ engine_full: string }>(
    client,
    "SELECT engine_full FROM system.tables WHERE database = {database:String} AND name = 'records'",
    { database },
  );
  const ttl = / TTL (.+?)(?: SETTINGS .*)?$/s.exec(table?.engine_full ?? '')?.[1]?.trim() ?? '';
  const ends = splitRules(ttl)
    .filter((rule) => rule !== '' && !KEEPS.test(rule))
    .map((rule) => rule.split(/\s+(?:DELETE\b|WHERE\b)/i)[0] as string);
  if (ends.length === 0) return Infinity;
  const [row] = await rowsOf<{ days: string }>(
    client,
    `SELECT toString(min(age)) AS days
     FROM
     (
       SELECT
         number AS age,
         toDateTime64(now() - toIntervalDay(number), 9, 'UTC') AS occurred_at,
         toDateTime64(now() - toIntervalDay(number), 6, 'UTC') AS recorded_at,
         toDateTime64(now() - toIntervalDay(number), 3, 'UTC') AS ingested_at
       FROM numbers(${MOST_DAYS})
     )
     WHERE ${ends.map((end) => `(${end}) <= now()`).join(' OR ')}
     HAVING count() > 0`,
  );
  return row === undefined ? Infinity : Number(row.days);
}

/** At the commas that separate rules, which stand in no parenthesis. */
function splitRules(ttl: string): string[] {
  const rules = [''];
  let depth = 0;
  for (const character of ttl) {
    if (character === '(') depth += 1;
    if (character === ')') depth -= 1;
    if (character === ',' && depth === 0) rules.push('');
    else rules[rules.length - 1] += character;
  }
  return rules.map((rule) => rule.trim());
}

async function rowsOf<Row>(
  client: ClickHouseClient,
  query: string,
  params: Record<string, unknown> = {},
): Promise<Row[]> {
  const result = await client.query({ query, query_params: params, format: 'JSONEachRow' });
  return await result.json<Row>();
}
