import type { AuditRecord } from './record.js';

/** Characters that a text column may hold; what is longer is cut and named in `truncated`. */
const LIMITS = {
  actor_id: 256,
  actor_name: 256,
  tenant_id: 256,
  session_id: 256,
  impersonator_id: 256,
  user_agent: 512,
  correlation_id: 256,
  target_type: 256,
  target_id: 1_024,
  http_method: 32,
  http_route: 1_024,
  url_path: 2_048,
  url_query: 4_096,
  db_statement: 8_192,
  error_type: 256,
  error_message: 2_048,
} as const satisfies Partial<Record<keyof AuditRecord, number>>;

const NAMES = Object.keys(LIMITS) as (keyof typeof LIMITS)[];

/** Entries and characters of a map, items of a list. */
const MAP_ENTRIES = 256;
const VALUE_CHARACTERS = 1_024;

/** Cuts what is too long, in place, and says so. */
export function applyLimits(record: { -readonly [Name in keyof AuditRecord]: AuditRecord[Name] }): void {
  const truncated: string[] = [];
  for (const name of NAMES) {
    if (record[name].length <= LIMITS[name]) continue;
    record[name] = record[name].slice(0, LIMITS[name]);
    truncated.push(name);
  }
  for (const name of ['new_values', 'old_values', 'attributes'] as const) {
    if (!isTooLarge(record[name])) continue;
    record[name] = cutMap(record[name]);
    truncated.push(name);
  }
  if (truncated.length > 0) record.truncated = [...record.truncated, ...truncated];
}

function isTooLarge(values: Readonly<Record<string, string>>): boolean {
  let entries = 0;
  for (const name in values) {
    entries += 1;
    if (entries > MAP_ENTRIES || (values[name] as string).length > VALUE_CHARACTERS) return true;
  }
  return false;
}

function cutMap(values: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(values).slice(0, MAP_ENTRIES);
  return Object.fromEntries(entries.map(([name, value]) => [name, value.slice(0, VALUE_CHARACTERS)]));
}
