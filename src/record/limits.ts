import { NO_VALUES } from './record.js';
import type { AuditRecord } from './record.js';

/** Characters that a text column may hold; what is longer is cut and named in `truncated`. */
export const LIMITS = {
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
export const LISTS = {
  actor_roles: ITEM_CHARACTERS,
  target_ids: ITEM_CHARACTERS,
  target_tables: ITEM_CHARACTERS,
  changed_fields: ITEM_CHARACTERS,
  db_parameters: ITEM_CHARACTERS,
  // NOTE: a row is one text of JSON, which is worth little when it is cut.
  db_returned: 16_384,
} as const satisfies Partial<Record<keyof AuditRecord, number>>;
const LIST_NAMES = Object.keys(LISTS) as (keyof typeof LISTS)[];
export const MAPS = ['new_values', 'old_values', 'attributes'] as const;

type Limited = { -readonly [Name in keyof AuditRecord]: AuditRecord[Name] };

/** Cuts what is too long, in place, and says so. */
export function applyLimits(record: Limited): void {
  if (isWithinLimits(record)) return;
  const truncated: string[] = [];
  for (const name of NAMES) {
    if (record[name].length <= LIMITS[name]) continue;
    record[name] = cut(record[name], LIMITS[name]);
    truncated.push(name);
  }
  for (const name of LIST_NAMES) {
    if (isListWithin(record[name], LISTS[name])) continue;
    record[name] = record[name].slice(0, ITEMS).map((item) => cut(item, LISTS[name]));
    truncated.push(name);
  }
  for (const name of MAPS) {
    if (isMapWithin(record[name])) continue;
    record[name] = cutMap(record[name]);
    truncated.push(name);
  }
  record.truncated = [...new Set([...record.truncated, ...truncated])];
}

/** NOTE: column by column, because nearly all records are; a test goes by the lists. */
function isWithinLimits(record: Limited): boolean {
  return (
    record.actor_id.length <= LIMITS.actor_id &&
    record.actor_name.length <= LIMITS.actor_name &&
    record.tenant_id.length <= LIMITS.tenant_id &&
    record.session_id.length <= LIMITS.session_id &&
    record.impersonator_id.length <= LIMITS.impersonator_id &&
    record.auth_issuer.length <= LIMITS.auth_issuer &&
    record.user_agent.length <= LIMITS.user_agent &&
    record.correlation_id.length <= LIMITS.correlation_id &&
    record.target_type.length <= LIMITS.target_type &&
    record.target_id.length <= LIMITS.target_id &&
    record.http_method.length <= LIMITS.http_method &&
    record.http_route.length <= LIMITS.http_route &&
    record.url_path.length <= LIMITS.url_path &&
    record.url_query.length <= LIMITS.url_query &&
    record.db_statement.length <= LIMITS.db_statement &&
    record.error_type.length <= LIMITS.error_type &&
    record.error_message.length <= LIMITS.error_message &&
    isListWithin(record.actor_roles, LISTS.actor_roles) &&
    isListWithin(record.target_ids, LISTS.target_ids) &&
    isListWithin(record.target_tables, LISTS.target_tables) &&
    isListWithin(record.changed_fields, LISTS.changed_fields) &&
    isListWithin(record.db_parameters, LISTS.db_parameters) &&
    isListWithin(record.db_returned, LISTS.db_returned) &&
    isMapWithin(record.new_values) &&
    isMapWithin(record.old_values) &&
    isMapWithin(record.attributes)
  );
}

/** NOTE: half of a character would be stored as a replacement character. */
function cut(text: string, limit: number): string {
  const isInPair = (text.charCodeAt(limit - 1) & 0xfc00) === 0xd800;
  return text.slice(0, text.length > limit && isInPair ? limit - 1 : limit);
}

function isListWithin(values: readonly string[], characters: number): boolean {
  if (values.length > ITEMS) return false;
  for (let at = 0; at < values.length; at++) if ((values[at] as string).length > characters) return false;
  return true;
}

function isMapWithin(values: Readonly<Record<string, string>>): boolean {
  if (values === NO_VALUES) return true;
  const names = Object.keys(values);
  if (names.length > ITEMS) return false;
  for (let at = 0; at < names.length; at++) {
    const name = names[at] as string;
    if (name.length > ITEM_CHARACTERS || (values[name] as string).length > ITEM_CHARACTERS) return false;
  }
  return true;
}

function cutMap(values: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(values).slice(0, ITEMS);
  return Object.fromEntries(
    entries.map(([name, value]) => [cut(name, ITEM_CHARACTERS), cut(value, ITEM_CHARACTERS)]),
  );
}
