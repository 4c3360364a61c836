import type { ClickHouseClient } from './client.js';
import { LOCAL } from './cluster-statements.js';
import { queryRows } from './query-rows.js';

/** By what `audit.records` deletes records itself. */
export interface TableTtl {
  /** As the table has it; empty for none. */
  readonly text: string;
  /** The rules that delete, one by one. */
  readonly rules: readonly string[];
}

/** Rules that move or fold rows instead of deleting them. */
const KEEPS = /\b(?:TO (?:DISK|VOLUME)|RECOMPRESS|GROUP BY)\b/i;

/** The TTL as it stands; undefined where there is no table. */
export async function readTtl(client: ClickHouseClient, database: string): Promise<TableTtl | undefined> {
  const [table] = await queryRows<{ engine_full: string }>(
    client,
    // On a cluster it is the table of each shard that keeps the rows.
    "SELECT engine_full FROM system.tables WHERE database = {database: String} AND name IN ('records', {local: String}) ORDER BY name DESC LIMIT 1",
    { database, local: `records${LOCAL}` },
  );
  if (table === undefined) return undefined;
  const text = / TTL (.+?)(?: SETTINGS .*)?$/s.exec(table.engine_full)?.[1]?.trim() ?? '';
  return { text, rules: splitRules(text).filter((rule) => rule !== '' && !KEEPS.test(rule)) };
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
