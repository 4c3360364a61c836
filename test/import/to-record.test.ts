import { describe, expect, test } from 'vitest';
import type { SourceRow } from '../../src/import/driver.ts';
import { EVENT_TABLES } from '../../src/import/easy-audit/tables.ts';
import { createToRecord } from '../../src/import/easy-audit/to-record.ts';
import type { AuditRecord } from '../../src/record/record.ts';

const CHAIN = '6d0e2b8e-6c0f-4b0e-9d1b-5f0f6a4b7c21';
const OPTIONS = { service: 'shop', environment: 'prod', redactKeys: [], trustedProxies: ['10.0.0.0/8'] };
const TIME = { id: '7', datetime: '2026-05-04 03:02:01.123456+00', micros: '1777863721123456' };

function record(table: string, row: SourceRow): AuditRecord {
  const found = EVENT_TABLES.find(({ name }) => name === `easyaudit_${table}`);
  if (found === undefined) throw new Error(`no table ${table}`);
  return createToRecord(found, CHAIN, OPTIONS)({ ...TIME, ...row });
}

const ORDER = { object_id: '5', app_label: 'shop', model: 'order', content_type_id: '1' };
const snapshot = (fields: object, more: object = {}): string =>
  JSON.stringify([{ model: 'shop.order', pk: 5, fields, ...more }]);

describe('a secret that easy-audit kept', () => {
  test('stays out of paths and targets', () => {
    const made = record('requestevent', { method: 'GET', url: '/reset-password/3f9a8c7b6d5e4f3a2b1c/' });
    expect(made.url_path).toBe('/reset-password/[redacted]/');
    expect(made.target_id).toBe('/reset-password/[redacted]/');
  });

  test('stays out of keys and actors', () => {
    const key = 'ghp_16C7e42F292c6912E7710c838347Ae178B4a';
    const row = { app_label: 'sessions', model: 'session', object_id: 'abc', event_type: '3' };
    const made = record('crudevent', { ...row, user_id: '3', user_pk_as_string: key });
    expect(made.target_id).toBe('[redacted]');
    expect(made.actor_id).toBe('[redacted]');
  });
});

describe('a CRUD event', () => {
  test('says who did what, to which row, when, and where that is known from', () => {
    const made = record('crudevent', {
      ...ORDER,
      event_type: '2',
      object_repr: 'Order 5',
      object_json_repr: snapshot({ status: 'paid', total: 12.5, note: null }),
      changed_fields: '{"status": ["open", "paid"]}',
      user_id: '3',
      user_pk_as_string: '3',
      user_name: 'ada',
    });
    expect(made).toMatchObject({
      occurred_at: 1_777_863_721_123_456_000n,
      recorded_at: 1_777_863_721_123_456n,
      category: 'db',
      action: 'update',
      outcome: 'unknown',
      transaction_outcome: 'unknown',
      actor_type: 'user',
      actor_id: '3',
      actor_name: 'ada',
      actor_assurance: 'claimed',
      service_name: 'shop',
      environment: 'prod',
      host_name: '',
      process_id: 0,
      target_type: 'shop_order',
      target_id: '5',
      target_tables: ['shop_order'],
      changed_fields: ['status'],
      old_values: { status: 'open' },
      new_values: { status: 'paid', total: '12.5', note: '' },
      attributes: {
        'audit.import.source': 'django-easy-audit',
        'audit.import.id': '7',
        'easyaudit.event_type': 'update',
        'easyaudit.object_repr': 'Order 5',
      },
    });
    expect(made.record_id).toMatch(/^019df0ef-80a3-7[\da-f]{3}-[89ab]/);
  });

  test('of a creation has new values, of a deletion old ones, and both were carried out', () => {
    const row = { ...ORDER, object_json_repr: snapshot({ status: 'open' }) };
    expect(record('crudevent', { ...row, event_type: '1' })).toMatchObject({
      action: 'create',
      outcome: 'success',
      changed_fields: ['status'],
      new_values: { status: 'open' },
      old_values: {},
    });
    expect(record('crudevent', { ...row, event_type: '3' })).toMatchObject({
      action: 'delete',
      outcome: 'success',
      changed_fields: [],
      new_values: {},
      old_values: { status: 'open' },
    });
  });

  test.each([
    ['4', 'update', 'unknown'],
    ['6', 'create', 'success'],
    ['8', 'delete', 'success'],
    ['10', 'delete', 'success'],
  ])('of many-to-many type %s is a %s on the join table', (type, action, outcome) => {
    const made = record('crudevent', {
      ...ORDER,
      event_type: type,
      changed_fields: "{'tags': [1, 2, 'it\\'s']}",
    });
    expect(made).toMatchObject({
      action,
      outcome,
      target_type: 'shop_order_tags',
      target_id: '5',
      changed_fields: ['tags'],
    });
    expect(made.attributes['easyaudit.object_type']).toBe('shop_order');
    expect(made.attributes['audit.import.problem']).toBeUndefined();
    expect({ ...made.old_values, ...made.new_values }).toEqual({ tags: '[1,2,"it\'s"]' });
  });

  test('of the reverse side of a relation names the other model, not a join table nobody knows', () => {
    const made = record('crudevent', {
      ...ORDER,
      event_type: '5',
      object_json_repr: snapshot(
        { status: 'open' },
        { m2m_rev_model: 'shop.tag', m2m_rev_pks: [1, 2], m2m_rev_action: 'post_remove' },
      ),
      changed_fields: '{None: [9]}',
    });
    expect(made).toMatchObject({
      action: 'delete',
      target_type: 'shop_order',
      changed_fields: ['shop.tag'],
      old_values: { 'shop.tag': '[9]' },
    });
    expect(made.attributes).toMatchObject({
      'easyaudit.m2m_rev_model': 'shop.tag',
      'easyaudit.m2m_rev_pks': '[1,2]',
    });
  });

  test('of an older version without changes and users is taken with what it has', () => {
    const made = record('crudevent', { ...ORDER, event_type: '2', object_json_repr: snapshot({ a: 'x' }) });
    expect(made).toMatchObject({
      actor_type: 'anonymous',
      actor_id: '',
      actor_assurance: 'none',
      changed_fields: [],
      new_values: { a: 'x' },
    });
  });

  test('in a JSON column is read whether it was encoded once or twice', () => {
    for (const changed_fields of ['{"a": ["1", "2"]}', JSON.stringify('{"a": ["1", "2"]}')]) {
      expect(record('crudevent', { ...ORDER, event_type: '2', changed_fields })).toMatchObject({
        old_values: { a: '1' },
        new_values: { a: '2' },
      });
    }
  });

  test('keeps numbers that JavaScript would round, and fields with names of JavaScript', () => {
    const made = record('crudevent', {
      ...ORDER,
      event_type: '1',
      object_json_repr: '[{"fields": {"big": 12345678901234567890, "exact": 1.10, "__proto__": "x"}}]',
    });
    expect(Object.entries(made.new_values)).toEqual([
      ['big', '12345678901234567890'],
      ['exact', '1.10'],
      ['__proto__', 'x'],
    ]);
  });

  test.each([
    [
      'broken JSON',
      { event_type: '2', object_json_repr: '[{"fields": {"a": ' },
      'object_json_repr is no JSON',
    ],
    ['a snapshot of no object', { event_type: '2', object_json_repr: '[]' }, 'object_json_repr is no JSON'],
    [
      'changes that are no object',
      { event_type: '2', changed_fields: '[1]' },
      'changed_fields is no JSON object',
    ],
    [
      'changes that are no pairs',
      { event_type: '2', changed_fields: '{"a": ["1"], "b": 2}' },
      'changed_fields is not of the form [old, new]',
    ],
    ['an unknown type', { event_type: '99' }, 'event_type is unknown'],
    ['a content type that is gone', { event_type: '1', app_label: null }, 'content type is not known'],
  ])('with %s is taken with what is known, and says so', (_what, row, problem) => {
    const made = record('crudevent', { ...ORDER, ...row });
    expect(made.attributes['audit.import.problem']).toBe(problem);
    expect(made).toMatchObject({ category: 'db', target_id: '5' });
  });

  test('takes the model of its snapshot where the content type is gone', () => {
    const made = record('crudevent', {
      ...ORDER,
      event_type: '1',
      app_label: null,
      object_json_repr: snapshot({}),
    });
    expect(made.target_type).toBe('shop_order');
    expect(made.attributes['easyaudit.content_type_id']).toBe('1');
  });
});

describe('parity B7: secrets that easy-audit kept', () => {
  const HASH = 'pbkdf2_sha256$600000$c2FsdHNhbHQ$bm90IGEgcmVhbCBoYXNo';
  const SECRETS = [HASH, 'tr0ub4dor', 'argon2$argon2id$v=19$m=102400,t=2,p=8$c2FsdA$aGFzaA'];

  test.each<[string, string, SourceRow]>([
    [
      'a snapshot',
      'crudevent',
      { event_type: '1', object_json_repr: snapshot({ password: HASH, api_token: SECRETS[1] }) },
    ],
    ['a deleted row', 'crudevent', { event_type: '3', object_json_repr: snapshot({ password: HASH }) }],
    [
      'changes',
      'crudevent',
      { event_type: '2', changed_fields: JSON.stringify({ password: [HASH, SECRETS[1]] }) },
    ],
    [
      'a column of another name',
      'crudevent',
      { event_type: '1', object_json_repr: snapshot({ old: HASH, other: SECRETS[2] }) },
    ],
    [
      'nested JSON',
      'crudevent',
      { event_type: '1', object_json_repr: snapshot({ data: { password: SECRETS[1] } }) },
    ],
    [
      'JSON that was cut',
      'crudevent',
      { event_type: '1', object_json_repr: `[{"fields": {"password": "${SECRETS[1]}", "a": ` },
    ],
    [
      'a Python text',
      'crudevent',
      { event_type: '2', changed_fields: `{'password': [X('${SECRETS[1]}'), 1]}` },
    ],
    ['the text of an object', 'crudevent', { event_type: '1', object_repr: `User ${HASH}` }],
    ['metadata', 'crudevent', { event_type: '1', metadata: JSON.stringify({ secret: SECRETS[1] }) }],
    ['a query', 'requestevent', { url: '/', method: 'GET', query_string: `b'a=1&password=${SECRETS[1]}'` }],
  ])('do not come over: %s', (_what, table, row) => {
    const text = JSON.stringify(record(table, { ...ORDER, ...row }), (_key, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value,
    );
    expect(text).toContain('[redacted]');
    for (const secret of SECRETS) expect(text).not.toContain(secret);
  });
});

test('Long texts without an end are read in linear time', () => {
  const texts = [
    `md5${'a'.repeat(100_000)}`,
    "'".repeat(100_001),
    '['.repeat(100_000),
    `"${'\\\\'.repeat(50_000)}`,
  ];
  const before = performance.now();
  for (const text of texts) {
    record('crudevent', {
      ...ORDER,
      event_type: '2',
      object_json_repr: text,
      changed_fields: text,
      object_repr: text,
    });
  }
  // A quadratic reading takes minutes; this is no measurement.
  expect(performance.now() - before).toBeLessThan(10_000);
});

describe('a login event', () => {
  test.each([
    ['0', 'login', 'success', 'info'],
    ['1', 'logout', 'success', 'info'],
    ['2', 'login_failed', 'failure', 'warning'],
    ['9', 'other', 'unknown', 'info'],
  ])('of type %s is a %s', (login_type, action, outcome, severity) => {
    expect(record('loginevent', { login_type, username: 'eve', remote_ip: '192.0.2.7' })).toMatchObject({
      category: 'auth',
      action,
      outcome,
      severity,
      target_type: 'account',
      target_id: 'eve',
      source_address: '192.0.2.7',
      actor_type: 'anonymous',
      transaction_outcome: '',
    });
  });

  test('names its user by what was typed where the user is gone', () => {
    expect(record('loginevent', { login_type: '0', username: 'ada', user_id: '3' })).toMatchObject({
      actor_type: 'user',
      actor_id: '3',
      actor_name: 'ada',
      actor_assurance: 'claimed',
    });
  });
});

describe('a request event', () => {
  test('has method, path and query, and no status that nobody knows', () => {
    expect(
      record('requestevent', { url: '/orders/5/', method: 'DELETE', query_string: 'page=2', user_id: '3' }),
    ).toMatchObject({
      category: 'http',
      action: 'delete',
      outcome: 'unknown',
      http_method: 'DELETE',
      http_status: 0,
      url_path: '/orders/5/',
      url_query: 'page=2',
      target_type: 'route',
      target_id: '/orders/5/',
    });
  });

  test.each([
    ["b'a=1'", 'a=1'],
    ['b"a=\'1\'"', "a='1'"],
    ["b'a=\\xc3\\xbc'", 'a=ü'],
    ["b''", ''],
    ['b=1', 'b=1'],
  ])('whose query is %s was asked with %s', (query_string, url_query) => {
    expect(record('requestevent', { url: '/', method: 'GET', query_string })).toMatchObject({ url_query });
  });

  test.each([
    ['192.0.2.1', '192.0.2.1', undefined],
    ['192.0.2.1:4711', '192.0.2.1', undefined],
    ['2001:db8::1', '2001:db8::1', undefined],
    ['[2001:db8::1]:4711', '2001:db8::1', undefined],
    ['6.6.6.6, 192.0.2.1, 10.0.0.3', '192.0.2.1', undefined],
    ['127.0.0.1', '127.0.0.1', undefined],
    ['unix:', '', 'remote_ip is no address'],
    ["b'192.0.2.1'", '', 'remote_ip is no address'],
  ])('from %s came from %s', (remote_ip, source_address, problem) => {
    const made = record('requestevent', { url: '/', method: 'GET', remote_ip });
    expect(made.source_address).toBe(source_address);
    expect(made.attributes['audit.import.problem']).toBe(problem);
    expect(made.attributes['easyaudit.remote_ip']).toBe(remote_ip === source_address ? undefined : remote_ip);
  });
});

describe('a time', () => {
  test.each([
    ['0001-01-01 00:00:00+00', '-62135596800000000', 0n],
    ['1969-12-31 23:59:59+00', '-1000000', 0n],
    ['-infinity', null, 0n],
    ['infinity', null, 4_102_444_799_999_999n],
    ['2300-01-01 00:00:00+00', '10413792000000000', 4_102_444_799_999_999n],
  ])('of %s is the nearest that can be stored, and says so', (datetime, micros, recorded) => {
    const made = record('requestevent', { url: '/', method: 'GET', datetime, micros });
    expect(made.recorded_at).toBe(recorded);
    expect(made.attributes).toMatchObject({
      'audit.import.problem': 'datetime is out of range',
      'easyaudit.datetime': datetime,
    });
  });
});

test('The same row makes the same record, another row of the same id another', () => {
  const row = { url: '/', method: 'GET' };
  // NOTE: by its columns, without the notes that a draft carries beside them.
  const columns = () => Object.entries(record('requestevent', row));
  expect(columns()).toEqual(columns());
  const other = record('requestevent', { ...row, datetime: '2026-05-04 03:02:02+00' });
  expect(other.record_id).not.toBe(record('requestevent', row).record_id);
});
