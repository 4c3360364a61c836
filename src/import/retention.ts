import { findServerError } from '../store/errors.js';
import type { ClickHouseClient } from '../store/client.js';
import { queryRows } from '../store/query-rows.js';
import { readTtl } from '../store/table-ttl.js';
import { ImportError } from './errors.js';

/** Microseconds since the epoch, the end excluded, of the rows that the table keeps. */
export interface Kept {
  readonly from: bigint;
  readonly until: bigint;
  /** The rule of the table, empty where it keeps everything. */
  readonly ttl: string;
}

const MICROS_PER_DAY = 86_400_000_000n;

/** Up to the year 2100: what ClickHouse computes a TTL with ends in 2106. */
const DAYS = 47_482;

/** Microseconds since the epoch; no later time is imported. */
export const END_OF_TIME = BigInt(DAYS) * MICROS_PER_DAY;

const UNKNOWN_TABLE = '60';
const UNKNOWN_DATABASE = '81';

/**
 * Which days the table keeps, by its own TTL as it stands: rows outside of them would be taken in, and vanish at the next
 * merge. ClickHouse itself evaluates the rule, whatever it says.
 */
export async function keptDays(
  client: ClickHouseClient,
  database: string,
  record: { readonly category: string; readonly serviceName: string; readonly environment: string },
): Promise<Kept> {
  const found = await readTtl(client, database);
  if (found === undefined) throw missingTables(database);
  const { text: ttl, rules } = found;
  if (rules.length === 0) return { from: 0n, until: END_OF_TIME, ttl: '' };
  const expired = rules.map(expiredBy).join(' OR ');
  const query = `
    SELECT toString(count()) AS count, toString(min(day)) AS first, toString(max(day)) AS last
    FROM
    (
      SELECT
        number AS day,
        toDateTime64(toUInt32(number * 86400), 9, 'UTC') AS occurred_at,
        toDateTime64(toUInt32(number * 86400), 6, 'UTC') AS recorded_at,
        now64(3) AS ingested_at,
        '' AS tenant_id,
        {category: String} AS category,
        {serviceName: String} AS service_name,
        {environment: String} AS environment
      FROM numbers(${DAYS})
    )
    WHERE NOT (${expired})`;
  const [days] = await rowsOf<{ count: string; first: string; last: string }>(client, query, record);
  if (days === undefined || days.count === '0') return { from: 0n, until: 0n, ttl };
  return { from: BigInt(days.first) * MICROS_PER_DAY, until: (BigInt(days.last) + 1n) * MICROS_PER_DAY, ttl };
}

function expiredBy(rule: string): string {
  const [expression = '', condition] = rule.split(/\s+WHERE\s+/i);
  const end = expression.replace(/\s+DELETE$/i, '');
  return `((${end}) <= now()${condition === undefined ? '' : ` AND (${condition})`})`;
}

/** Rows of a query, where a missing table is told with what mends it. */
export async function rowsOf<Row>(
  client: ClickHouseClient,
  query: string,
  params: Readonly<Record<string, unknown>>,
): Promise<Row[]> {
  try {
    return await queryRows<Row>(client, query, params);
  } catch (error) {
    const code = findServerError(error)?.code;
    if (code === UNKNOWN_TABLE || code === UNKNOWN_DATABASE) throw missingTables('', error);
    throw error;
  }
}

function missingTables(database: string, cause?: unknown): ImportError {
  return new ImportError(
    'ERR_AUDIT_IMPORT_STORE',
    `There is no table records${database === '' ? '' : ` in database ${database}`}; run \`audit-register migrate\` first.`,
    { cause },
  );
}
