import { fillUser } from './event.js';
import type { Event } from './event.js';
import { parseLoosely } from './python-text.js';

type Values = Readonly<Record<string, unknown>>;

interface Kind {
  readonly name: string;
  readonly action: 'create' | 'update' | 'delete' | 'other';
  readonly isRelation: boolean;
  readonly isReverse: boolean;
}

const kind = (name: string, action: Kind['action'], isRelation = false, isReverse = false): Kind => ({
  name,
  action,
  isRelation,
  isReverse,
});

/** `event_type` of easy-audit. 4 and 5 are of old versions, which did not say what happened to the relation. */
const KINDS: Readonly<Record<string, Kind>> = {
  1: kind('create', 'create'),
  2: kind('update', 'update'),
  3: kind('delete', 'delete'),
  4: kind('m2m_change', 'update', true),
  5: kind('m2m_change_rev', 'update', true, true),
  6: kind('m2m_add', 'create', true),
  7: kind('m2m_add_rev', 'create', true, true),
  8: kind('m2m_remove', 'delete', true),
  9: kind('m2m_remove_rev', 'delete', true, true),
  10: kind('m2m_clear', 'delete', true),
  11: kind('m2m_clear_rev', 'delete', true, true),
};

/** What the reverse side of a relation is told in old versions. */
const REVERSE_ACTIONS: Readonly<Record<string, Kind['action']>> = {
  post_add: 'create',
  post_remove: 'delete',
  post_clear: 'delete',
};

export function fillCrud(event: Event): void {
  const { draft, text, attribute, problem } = event;
  const type = text('event_type');
  const found = KINDS[type] ?? kind('', 'other');
  if (found.name === '') problem('event_type is unknown');
  attribute('easyaudit.event_type', found.name === '' ? type : found.name);
  attribute('easyaudit.object_repr', text('object_repr'));
  attribute('easyaudit.metadata', text('metadata'));
  draft.category = 'db';
  draft.action = found.action;
  // NOTE: an update is recorded before its statement runs; whether it was carried out is not known.
  draft.outcome = found.action === 'update' || found.action === 'other' ? 'unknown' : 'success';
  draft.transaction_outcome = 'unknown';
  draft.target_id = text('object_id');
  fillUser(event);

  const snapshot = readSnapshot(event);
  draft.target_type = tableOf(event, snapshot);
  const changes = readChanges(event);
  if (found.isRelation) fillRelation(event, found, snapshot, changes);
  else fillValues(event, found, snapshot['fields'], changes);
  draft.target_tables = draft.target_type === '' ? [] : [draft.target_type];
}

/** Django's default name of the model's table; a model with `db_table` of its own has another. */
function tableOf({ text, attribute, problem }: Event, snapshot: Values): string {
  if (text('app_label') !== '') return `${text('app_label')}_${text('model')}`;
  attribute('easyaudit.content_type_id', text('content_type_id'));
  const model = snapshot['model'];
  if (typeof model === 'string' && model.includes('.')) return model.replace('.', '_');
  problem('content type is not known');
  return '';
}

/** What Django's serializer made: a list of one object. */
function readSnapshot({ text, attribute, problem }: Event): Values {
  const given = text('object_json_repr');
  if (given === '') return {};
  const parsed = parseLoosely(given);
  const first: unknown = Array.isArray(parsed) ? parsed[0] : parsed;
  if (isValues(first)) return first;
  problem('object_json_repr is no JSON');
  attribute('easyaudit.object_json_repr', given);
  return {};
}

function readChanges({ text, attribute, problem }: Event): Values {
  const given = text('changed_fields');
  if (given === '' || given === 'null') return {};
  const parsed = parseLoosely(given);
  if (isValues(parsed)) return parsed;
  if (parsed === null || (Array.isArray(parsed) && parsed.length === 0)) return {};
  problem('changed_fields is no JSON object');
  attribute('easyaudit.changed_fields', given);
  return {};
}

function fillValues({ draft, problem }: Event, { action }: Kind, given: unknown, changes: Values): void {
  const fields = Object.entries(isValues(given) ? given : {}).map(([name, value]) => [name, asText(value)]);
  if (action === 'delete') {
    draft.old_values = Object.fromEntries(fields) as Record<string, string>;
    return;
  }
  const pairs = Object.entries(changes).filter(([, pair]) => Array.isArray(pair) && pair.length === 2);
  if (pairs.length < Object.keys(changes).length) problem('changed_fields is not of the form [old, new]');
  // NOTE: not by assignment, which would lose a field named `__proto__`.
  draft.old_values = Object.fromEntries(pairs.map(([name, pair]) => [name, asText((pair as unknown[])[0])]));
  draft.new_values = Object.fromEntries([
    ...(fields as [string, string][]),
    ...pairs.map(([name, pair]) => [name, asText((pair as unknown[])[1])] as const),
  ]);
  draft.changed_fields =
    action === 'create' ? Object.keys(draft.new_values) : Object.keys(changes).filter((name) => name !== '');
}

/**
 * A change of a many-to-many relation is one of its join table, which Django names after the field. On the reverse side
 * easy-audit does not know the field, so the record is of the object itself.
 */
function fillRelation({ draft, attribute }: Event, found: Kind, snapshot: Values, changes: Values): void {
  const [[field, keys] = ['', undefined]] = Object.entries(changes);
  const isNamed = field !== '' && field !== 'null';
  attribute('easyaudit.object_type', draft.target_type);
  attribute('easyaudit.m2m_rev_model', asText(snapshot['m2m_rev_model']));
  attribute('easyaudit.m2m_rev_pks', asText(snapshot['m2m_rev_pks']));
  const reverse = REVERSE_ACTIONS[asText(snapshot['m2m_rev_action'])];
  if (found.action === 'update' && reverse !== undefined) draft.action = reverse;
  if (isNamed && !found.isReverse && draft.target_type !== '') draft.target_type += `_${field}`;
  if (keys === undefined) return;
  const name = isNamed ? field : asText(snapshot['m2m_rev_model']) || 'keys';
  draft.changed_fields = [name];
  if (draft.action === 'delete') draft.old_values = { [name]: asText(keys) };
  else draft.new_values = { [name]: asText(keys) };
}

function isValues(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function asText(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
