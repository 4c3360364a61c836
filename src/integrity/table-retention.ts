import type { ClickHouseClient } from '../store/client.js';
import { queryRows } from '../store/query-rows.js';
import { readTtl } from '../store/table-ttl.js';

/** No rule that lets a record live for longer than this is told from none: what ClickHouse computes a TTL with ends in 2106. */
const MOST_DAYS = 20_000;

/**
 * After how many days the table deletes a record by itself, by its TTL as it stands; Infinity for never. ClickHouse itself
 * evaluates the rules, a rule with a condition as if every record met it.
 */
export async function keptDaysOf(client: ClickHouseClient, database: string): Promise<number> {
  const ttl = await readTtl(client, database);
  const ends = (ttl?.rules ?? []).map((rule) => rule.split(/\s+(?:DELETE\b|WHERE\b)/i)[0] as string);
  if (ends.length === 0) return Infinity;
  const [row] = await queryRows<{ days: string }>(
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
