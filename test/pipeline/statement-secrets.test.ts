import { beforeAll, describe, expect, it } from 'vitest';
import type { AuditRecord } from '../../src/record/record.ts';
import { createHasher } from '../../src/record/redaction/redact-hash.ts';
import { loadSqlParser } from '../../src/sql/analyse.ts';
import { recorded } from './recorded.ts';
import type { Sent } from './recorded.ts';

beforeAll(loadSqlParser);

const SECRET = 'abc-LEAK-xyz';

/** The last record, of which nothing may show the secret. */
function safe(sent: readonly Sent[], env: Readonly<Record<string, string>> = {}): AuditRecord {
  const records = recorded(sent, env);
  const shown = JSON.stringify(records, (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
  expect(shown).not.toContain('LEAK');
  return records.at(-1) as AuditRecord;
}

describe('a key that is a secret', () => {
  const define: Sent = { text: 'create table refresh_tokens (token text primary key, owner int)' };

  it('is not shown where a definition names it', () => {
    const text = 'delete from refresh_tokens where token = $1';
    expect(safe([define, { text, parameters: [SECRET] }]).target_id).toBe('[redacted]');
  });

  it('is not shown where it is a constant', () => {
    expect(
      safe([define, { text: `delete from refresh_tokens where token in ('${SECRET}', 'LEAK2')` }]).target_ids,
    ).toEqual(['[redacted]', '[redacted]']);
  });

  it('is not shown where a conflict or what came back names it', () => {
    const text =
      'insert into devices (push_token) values ($1) on conflict (push_token) do nothing returning push_token';
    const sent = {
      text,
      parameters: [SECRET],
      fields: ['push_token'],
      rows: [{ push_token: SECRET }],
    };
    const devices: Sent = { text: 'create table devices (push_token text primary key)' };
    expect(safe([devices, sent]).target_id).toBe('[redacted]');
  });

  it('is not shown where the configuration names it, part by part', () => {
    const text = 'delete from grants where owner = $1 and token = $2';
    const env = { AUDIT_REGISTER_TABLE_KEYS: 'grants=owner+token' };
    expect(safe([{ text, parameters: ['7', SECRET] }], env).target_id).toBe('7,[redacted]');
    expect(safe([{ text, parameters: ['7', 'a,LEAK'] }], env).target_id).toBe('[redacted]');
  });

  it('leaves the keys of other tables', () => {
    expect(recorded([{ text: 'delete from users where id = $1', parameters: ['7'] }])[0]?.target_id).toBe(
      '7',
    );
  });
});

describe('a column without a name of its own', () => {
  it('is judged by its table, in parameters, values and rows', () => {
    const rows = [{ id: SECRET, owner: 7 }];
    const read = { text: 'select id, owner from sessions where id = $1', parameters: [SECRET] };
    const record = safe([{ ...read, fields: ['id', 'owner'], rows }]);
    expect(record).toMatchObject({
      db_parameters: ['[redacted]'],
      db_returned: ['{"id":"[redacted]","owner":7}'],
    });
    safe([{ text: 'insert into sessions (id) values ($1), ($2)', parameters: [SECRET, 'LEAK2'] }]);
    safe([{ text: 'select * from web.sessions', fields: ['id'], rows }]);
    const written = { text: 'insert into sessions (id) values ($1) returning id as x', parameters: [SECRET] };
    safe([{ ...written, fields: ['x'], rows: [{ x: SECRET }] }]);
  });

  it.for([
    'select s.id as x from sessions s join users u on u.id = s.user_id',
    'select upper(password) as x from users',
    'select name as x from users union all select token from grants',
    'with t as (select token as y from grants) select y as x from t',
    'update users set a = 1 returning coalesce(api_key, $1) as x',
  ])('is judged by what it is made of: %s', (text) => {
    safe([{ text, fields: ['x'], rows: [{ x: SECRET }] }]);
  });

  it.for([
    ['select u.id as x from sessions s join users u on u.id = s.user_id', 'x'],
    ['select count(password) as x from users', 'x'],
    ['select u.id from sessions s join users u on u.id = s.user_id', 'id'],
  ] as const)('is shown where it is not of the secret: %s', ([text, name]) => {
    const [record] = recorded([{ text, fields: [name], rows: [{ [name]: '7' }] }]);
    expect(record?.db_returned).toEqual([`{"${name}":"7"}`]);
  });
});

describe('a parameter that is used as a secret', () => {
  it('is one as an argument of EXECUTE, too', () => {
    const prepare = { text: "prepare p1 as update users set hash = crypt($1 || 'x', $3) where id = $2" };
    const record = safe([prepare, { text: `execute p1('${SECRET}', 7, 'LEAK')` }]);
    expect(record.db_parameters).toEqual(['[redacted]', '7', '[redacted]']);
    safe([
      { text: "prepare p2 as update users set password_hash = md5($1 || 'x') where id = $2" },
      { text: 'execute p2($1, 7)', parameters: [SECRET] },
    ]);
  });

  it.for([
    "update users set name = $1, password_hash = md5($1 || 'x') where id = $2",
    'insert into users (name, password_hash, id) values ($1, md5($1), $2)',
    'update users set name = $1 where secret = $1 and id = $2',
    'insert into users (id, name, password) values ($2, $1, md5($1)), (8, $1, $1)',
  ])('is one wherever else it goes: %s', (text) => {
    const record = safe([{ text, parameters: [SECRET, '7'] }]);
    expect(record.db_parameters).toEqual(['[redacted]', '7']);
  });

  it('is found in every row of many by its hash', () => {
    const env = { AUDIT_REGISTER_HMAC_KEY: 'sixteen bytes it is' };
    const text = 'insert into users (name, password) values ($1, $2), ($3, $4)';
    const record = safe([{ text, parameters: ['a', SECRET, 'b', 'LEAK2'] }], env);
    const hash = createHasher(env.AUDIT_REGISTER_HMAC_KEY);
    expect(record.new_values['password']).toBe(JSON.stringify([hash(SECRET), hash('LEAK2')]));
    expect(record.new_values['name']).toBe('["a","b"]');
  });
});
