import { OPERATIONS, operationsOf } from '../record/operations.js';
import type { FoundRecord, FoundValue } from './search.js';

/** Who did what to what, with which outcome, through which request, from where. The same words for everybody who reads. */
export interface Sentence {
  /**
   * The name of the actor, or what is known instead: `alice`, `anonymous`, `cron`. Where somebody acts as somebody else,
   * who it really was comes first: `user-9 as alice`.
   */
  readonly who: string;
  /** Who really acted; empty where nobody acts as somebody else. */
  readonly impersonator: string;
  /** `verified`, `trusted`, `claimed`, `expired`, `invalid` or `none`. */
  readonly assurance: string;
  /** `deleted`, `tried to log in`, … */
  readonly did: string;
  /** `orders / 1042`, `orders (37 rows)`, a path, what was asked for there (`mutation.deleteOrder`), or empty. */
  readonly what: string;
  readonly ending: Ending;
  /** `DELETE /orders/:id → 204`, or `by itself`. */
  readonly way: string;
  /** Empty where it is not known. */
  readonly address: string;
}

/** How it ended, as people say it. */
export type Ending = 'ok' | 'committed' | 'rolled back' | 'denied' | 'failed' | 'unknown';

/** What a sentence is made of: a record, or as many of its columns as there are. */
export type Described = Pick<FoundRecord, 'category' | 'action' | 'outcome'> &
  Readonly<Record<string, FoundValue>>;

export type DescribeRecord = (record: Described) => Sentence;

/** What was done, by the name of the action. */
const DONE: ReadonlyMap<string, string> = new Map([
  ['create', 'created'],
  ['read', 'read'],
  ['update', 'changed'],
  ['delete', 'deleted'],
  ['merge', 'merged'],
  ['truncate', 'emptied'],
  ['copy_in', 'loaded'],
  ['copy_out', 'copied out'],
  ['schema', 'redefined'],
  ['grant', 'granted'],
  ['call', 'called'],
  ['lock', 'locked'],
  ['commit', 'committed'],
  ['rollback', 'rolled back'],
  ['rollback_to', 'rolled back to a savepoint of'],
  ['prepare', 'prepared'],
  ['dropped', 'lost'],
]);

/** Whatever came of them, these are what somebody did. */
const LOGINS: ReadonlyMap<string, string> = new Map([
  ['login', 'logged in'],
  ['logout', 'logged out'],
  ['login_failed', 'tried to log in'],
  ['token_rejected', 'showed a token'],
  ['identified', 'was identified'],
]);

/** Keys of a statement on many rows that are shown. */
const SHOWN_KEYS = 3;
/** Operations of a batch that are shown. */
const SHOWN_OPERATIONS = 3;

export const describeRecord: DescribeRecord = (record) => ({
  who: whoIs(record),
  impersonator: textOf(record, 'impersonator_id'),
  assurance: textOf(record, 'actor_assurance') || 'none',
  did: didWhat(record),
  what: toWhat(record),
  ending: endingOf(record),
  way: throughWhat(record),
  address: textOf(record, 'source_address').replace(/^::ffff:(?=\d+\.)/, ''),
});

function whoIs(record: Described): string {
  const actor = firstOf(record, 'actor_name', 'actor_id', 'actor_type') || 'somebody';
  const impersonator = textOf(record, 'impersonator_id');
  return impersonator === '' ? actor : `${impersonator} as ${actor}`;
}

function didWhat(record: Described): string {
  const { category, action, outcome } = record;
  const login = category === 'auth' ? LOGINS.get(action) : undefined;
  if (login !== undefined) return login + howOften(record);
  const isTried = category !== 'gap' && (outcome === 'failure' || outcome === 'denied');
  // NOTE: the method says nothing of an operation: all of them are sent by POST.
  const done = category === 'http' && askedFor(record) !== '' ? 'call' : action;
  return isTried ? `tried to ${done.replaceAll('_', ' ')}` : (DONE.get(done) ?? done);
}

/** Of logins that were folded into one record. */
function howOften(record: Described): string {
  const count = attributeOf(record, 'audit.auth.count');
  return Number(count) > 1 ? ` (${count} times)` : '';
}

function toWhat(record: Described): string {
  const [table, key] = [textOf(record, 'target_type'), textOf(record, 'target_id')];
  const keys = listOf(record, 'target_ids');
  switch (record.category) {
    case 'http':
      return askedFor(record) || textOf(record, 'url_path');
    case 'call':
      return key;
    case 'auth':
      return key === '' ? '' : `as ${key}`;
    case 'transaction':
      return 'a transaction';
    case 'gap':
      return counted(attributeOf(record, 'audit.gap.records') || 'some', 'record');
  }
  if (key !== '') return `${table} / ${key}`;
  if (keys.length > 0) {
    return `${table} / ${keys.slice(0, SHOWN_KEYS).join(', ')}${keys.length > SHOWN_KEYS ? ', …' : ''}`;
  }
  return record.category === 'db' ? `${table} (${counted(textOf(record, 'db_rows'), 'row')})` : table;
}

/** The operations of a request, which one path has many of. A refused document has none that the server knows. */
function askedFor(record: Described): string {
  const operations = operationsOf({ [OPERATIONS]: attributeOf(record, OPERATIONS) });
  if (operations.every((operation) => operation === '' || operation === 'unknown')) return '';
  return `${operations.slice(0, SHOWN_OPERATIONS).join(', ')}${operations.length > SHOWN_OPERATIONS ? ', …' : ''}`;
}

function counted(count: string, noun: string): string {
  return `${count} ${noun}${count === '1' ? '' : 's'}`;
}

function endingOf(record: Described): Ending {
  const { category, action, outcome } = record;
  if (outcome === 'failure') return 'failed';
  if (outcome === 'denied') return 'denied';
  if (outcome !== 'success') return 'unknown';
  if (action === 'rollback_to' && category === 'transaction') return 'rolled back';
  if ((category !== 'db' && category !== 'transaction') || action === 'read') return 'ok';
  return ENDINGS.get(textOf(record, 'transaction_outcome')) ?? 'unknown';
}

const ENDINGS: ReadonlyMap<string, Ending> = new Map([
  ['autocommit', 'committed'],
  ['committed', 'committed'],
  ['rolled_back', 'rolled back'],
]);

function throughWhat(record: Described): string {
  const method = textOf(record, 'http_method');
  if (method === '') return 'by itself';
  const status = textOf(record, 'http_status');
  return `${method} ${firstOf(record, 'http_route', 'url_path')}${status === '0' || status === '' ? '' : ` → ${status}`}`;
}

function firstOf(record: Described, ...names: readonly string[]): string {
  return names.map((name) => textOf(record, name)).find((text) => text !== '') ?? '';
}

function textOf(record: Described, name: string): string {
  const value = record[name];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function listOf(record: Described, name: string): readonly string[] {
  const value = record[name];
  return Array.isArray(value) ? (value as readonly string[]) : [];
}

function attributeOf(record: Described, name: string): string {
  const attributes = record['attributes'];
  return typeof attributes === 'object' && !Array.isArray(attributes)
    ? ((attributes as Readonly<Record<string, string>>)[name] ?? '')
    : '';
}
