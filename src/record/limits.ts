import type { AuditRecord } from './record.js';

/** Characters that a text column may hold; what is longer is cut and named in `truncated`. */
const LIMITS = {
  actor_id: 256,
  actor_name: 256,
  tenant_id: 256,
  session_id: 256,
  impersonator_id: 256,
  auth_issuer: 256,
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
/** Items of a list, entries of a map, and characters of each of them. */
const ITEMS = 256;
const ITEM_CHARACTERS = 1_024;

/** Characters of each item of a list. */
const LISTS = {
  actor_roles: ITEM_CHARACTERS,
  target_ids: ITEM_CHARACTERS,
  target_tables: ITEM_CHARACTERS,
  changed_fields: ITEM_CHARACTERS,
  db_parameters: ITEM_CHARACTERS,
  // NOTE: a row is one text of JSON, which is worth little when it is cut.
  db_returned: 16_384,
} as const satisfies Partial<Record<keyof AuditRecord, number>>;
const LIST_NAMES = Object.keys(LISTS) as (keyof typeof LISTS)[];
const MAPS = ['new_values', 'old_values', 'attributes'] as const;

/** Cuts what is too long, in place, and says so. */
export function applyLimits(record: { -readonly [Name in keyof AuditRecord]: AuditRecord[Name] }): void {
  const truncated: string[] = [];
  for (const name of NAMES) {
    if (record[name].length <= LIMITS[name]) continue;
    record[name] = cut(record[name], LIMITS[name]);
    truncated.push(name);
  }
  for (const name of LIST_NAMES) {
    if (!isTooLarge(record[name], LISTS[name])) continue;
    record[name] = record[name].slice(0, ITEMS).map((item) => cut(item, LISTS[name]));
    truncated.push(name);
  }
  for (const name of MAPS) {
    if (!isTooLarge(record[name])) continue;
    record[name] = cutMap(record[name]);
    truncated.push(name);
  }
  if (truncated.length > 0) record.truncated = [...new Set([...record.truncated, ...truncated])];
}

/** NOTE: half of a character would be stored as a replacement character. */
function cut(text: string, limit: number): string {
  const isInPair = (text.charCodeAt(limit - 1) & 0xfc00) === 0xd800;
  return text.slice(0, text.length > limit && isInPair ? limit - 1 : limit);
}

function isTooLarge(
  values: readonly string[] | Readonly<Record<string, string>>,
  characters = ITEM_CHARACTERS,
): boolean {
  const names = Object.keys(values);
  if (names.length > ITEMS) return true;
  return names.some((name) => {
    const value = (values as Readonly<Record<string, string>>)[name] as string;
    return name.length > ITEM_CHARACTERS || value.length > characters;
  });
}

function cutMap(values: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(values).slice(0, ITEMS);
  return Object.fromEntries(
    entries.map(([name, value]) => [cut(name, ITEM_CHARACTERS), cut(value, ITEM_CHARACTERS)]),
  );
}
