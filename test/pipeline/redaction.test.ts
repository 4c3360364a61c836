import { describe, expect, it } from 'vitest';
import { createBlankRecord } from '../../src/pipeline/blank-record.ts';
import type { Draft } from '../../src/pipeline/blank-record.ts';
import { createRedaction } from '../../src/pipeline/redaction.ts';
import { COLUMNS } from '../../src/record/columns.ts';
import type { Column } from '../../src/record/columns.ts';
import { createRedactor } from '../../src/record/redaction/redact.ts';
import { leakOf, SHAPED } from '../record/secrets.ts';

const blank = createBlankRecord({ name: 'shop', version: '1', instance: 'i', environment: 'test' });
const redactor = createRedactor([]);
const redact = createRedaction(redactor);
const LEVELS = ['metadata', 'request', 'request_response'] as const;

/** Texts that this package makes itself, or takes from the configuration: nobody else can put anything there. */
const OWN = new Set(
  `category action outcome severity policy_level policy_rule actor_type auth_method actor_assurance source_address
  service_name service_version service_instance environment host_name trace_id span_id parent_span_id db_system
  transaction_id transaction_outcome truncated`.split(/\s+/),
);

const OPEN = (COLUMNS as readonly Column[]).filter(({ name, type }) => /String/.test(type) && !OWN.has(name));

function draft(values: Partial<Draft>): Draft {
  return { ...blank(), ...values };
}

function redacted(values: Partial<Draft>, level: (typeof LEVELS)[number] = 'request_response'): Draft {
  const record = draft(values);
  redact(record, level);
  return record;
}

function filled({ type }: Column, text: string): unknown {
  if (type.startsWith('Map')) return { note: text, [text]: 'as a name' };
  return type.startsWith('Array') ? ['first', text] : text;
}

describe('every column that others can fill', () => {
  it.for(OPEN.map((column) => [column.name, column] as const))('%s loses every secret', ([, column]) => {
    for (const secret of SHAPED) {
      for (const level of LEVELS) {
        for (const text of [secret.text, `before ${secret.text} behind`]) {
          const record = redacted({ [column.name]: filled(column, text) }, level);
          const shown = JSON.stringify(record[column.name as keyof Draft]);
          expect({ leak: leakOf(secret, shown), shown }).toEqual({ leak: undefined, shown });
        }
      }
    }
  });

  it.for(OPEN.map((column) => [column.name, column] as const))(
    '%s loses a secret of which it has only the beginning',
    ([name, column]) => {
      for (const secret of SHAPED) {
        // NOTE: as long as an entry of a list or a map may be.
        const text = `${'x '.repeat(600)}${secret.text}`.slice(0, -3);
        const record = redacted({ [name]: filled(column, text), truncated: [name] });
        expect(leakOf(secret, JSON.stringify(record[name as keyof Draft]))).toBeUndefined();
      }
    },
  );
});

describe('the table of columns', () => {
  /** A secret by what stands before it, and one by its shape. */
  const TEXTS = ['note password=hunter2 end', `note ${SHAPED[0]?.text} end`] as const;
  const LOOKS: Partial<Record<Column['redact'], (text: string) => string>> = {
    none: (text) => text,
    name: redactor.name,
    names: redactor.name,
    text: redactor.text,
    texts: redactor.text,
    path: redactor.path,
    query: redactor.form,
    body: redactor.body,
  };
  const TOLD = (COLUMNS as readonly Column[]).filter(
    ({ redact: kind, type }) => /String/.test(type) && !type.startsWith('Map') && kind in LOOKS,
  );

  it.for(TOLD.map((column) => [column.name, column.redact, column] as const))(
    'says that %s is redacted as %s',
    ([name, kind, { type }]) => {
      for (const text of TEXTS) {
        const shown = redacted({ [name]: type.startsWith('Array') ? [text] : text })[name as keyof Draft];
        expect([shown].flat()).toEqual([LOOKS[kind]?.(text)]);
      }
    },
  );

  const LEVELLED = (COLUMNS as readonly Column[]).flatMap(({ level, ...column }) =>
    level === undefined ? [] : [[column.name, level, column as Column] as const],
  );

  it.for(LEVELLED)('says that %s is kept from level %s on', ([name, least, column]) => {
    for (const level of LEVELS) {
      const shown = redacted({ [name]: filled(column, 'page=3') }, level)[name as keyof Draft];
      const isKept = LEVELS.indexOf(level) >= LEVELS.indexOf(least);
      expect([level, JSON.stringify(shown).includes('page=3')]).toEqual([level, isKept]);
    }
  });
});

describe('a level', () => {
  const values: Partial<Draft> = {
    url_query: 'page=3&password=x',
    new_values: { city: 'Bern' },
    db_parameters: ['Bern'],
    db_returned: ['{"city":"Bern"}'],
    request_body: 'city=Bern',
    response_body: 'Bern',
  };

  it('of metadata keeps names alone', () => {
    expect(redacted(values, 'metadata')).toMatchObject({
      url_query: 'page=&password=',
      new_values: {},
      db_parameters: [],
      db_returned: [],
      request_body: '',
      response_body: '',
    });
  });

  it('of requests keeps what was asked, not what was answered', () => {
    expect(redacted(values, 'request')).toMatchObject({
      url_query: 'page=3&password=[redacted]',
      new_values: { city: 'Bern' },
      db_parameters: ['Bern'],
      db_returned: [],
      request_body: 'city=Bern',
      response_body: '',
    });
  });

  it('of requests and responses keeps both', () => {
    expect(redacted(values)).toMatchObject({ db_returned: ['{"city":"Bern"}'], response_body: 'Bern' });
  });
});

describe('a record', () => {
  it('keeps its names, routes and statements', () => {
    const values: Partial<Draft> = {
      category: 'db',
      target_type: 'public.password_resets',
      target_tables: ['public.password_resets'],
      changed_fields: ['password', 'token'],
      http_route: '/reset/:token',
      db_statement: 'update users set password = $1 where token = $2',
      error_type: '23505',
    };
    expect(redacted(values)).toMatchObject(values);
  });

  it.for([
    ['set my.password to hunter2', 'set my.password to ?'],
    ['SET SESSION "app.secret" = hunter2', 'SET SESSION "app.secret" = ?'],
    ['alter role bob set my.token to hunter2, x', 'alter role bob set my.token to ?'],
    [
      'create function f() returns int set app.secret_key = X language sql as ?',
      'create function f() returns int set app.secret_key = ? language sql as ?',
    ],
    ['alter system set ssl_passphrase_command to a, b', 'alter system set ssl_passphrase_command to ?'],
    ['update users set token = excluded.token', 'update users set token = excluded.token'],
    ['update users set password = $1 where a = ?', 'update users set password = $1 where a = ?'],
    ['set search_path to shop, public', 'set search_path to shop, public'],
    ['alter table a set (fillfactor = ?)', 'alter table a set (fillfactor = ?)'],
  ] as const)('shows the setting "%s" as "%s"', ([statement, shown]) => {
    expect(redacted({ db_statement: statement }).db_statement).toBe(shown);
  });

  it('loses a secret in the path by the name that the route gives it', () => {
    const record = redacted({
      category: 'http',
      url_path: '/users/7/reset/abc-def',
      target_id: '/users/7/reset/abc-def',
      http_route: '/users/:id/reset/:resetToken',
    });
    expect(record.url_path).toBe('/users/7/reset/[redacted]');
    expect(record.target_id).toBe('/users/7/reset/[redacted]');
  });

  it.for([
    ['/reset/:token', '/reset/LEAK/', '/reset/[redacted]/'],
    ['/reset/:token/', '/reset/LEAK', '/reset/[redacted]'],
    ['/reset/:token', '/api/v1/reset/LEAK', '/[redacted]/[redacted]/[redacted]/[redacted]'],
    ['/reset/:token/:step?', '/reset/LEAK', '/reset/[redacted]'],
    ['/reset/{*token}', '/reset/LE/AK', '/reset/[redacted]/[redacted]'],
    ['/file-:token.txt', '/file-LEAK.txt', '/[redacted]'],
    ['/users/:id', '/users/7/', '/users/7/'],
    ['/users/:id', '/api/users/7', '/api/users/7'],
  ] as const)('loses a secret that the route %s has in %s', ([http_route, url_path, shown]) => {
    expect(redacted({ category: 'http', url_path, http_route }).url_path).toBe(shown);
  });

  it('of the level metadata has no value without a name in its query', () => {
    expect(redacted({ url_query: 'LEAK&a=LEAK&LEAK2' }, 'metadata').url_query).toBe('a=');
  });

  it.for([
    ['/reset-password/3f9a8c7b6d5e4f3a2b1c', '/reset-password/[redacted]'],
    ['/users/password/edit', '/users/password/edit'],
    ['/a;jsessionid=4F2A/b', '/a;jsessionid=[redacted]/b'],
    ['//admin/../x', '//admin/../x'],
    ['/v1/tokens:revoke', '/v1/tokens:revoke'],
    ['/%zz/%61', '/%zz/%61'],
  ] as const)('shows the path %s as %s', ([path, shown]) => {
    expect(redacted({ url_path: path }).url_path).toBe(shown);
  });

  it('loses the key of a session', () => {
    const record = redacted({
      category: 'db',
      target_type: 'public.sessions',
      target_id: 'abc',
      target_ids: ['d'],
      new_values: { id: 'abc', data: '{}' },
    });
    expect(record).toMatchObject({
      target_id: '[redacted]',
      target_ids: ['[redacted]'],
      new_values: { id: '[redacted]', data: '{}' },
    });
  });

  it('is redacted by who knows more of a column, once its values are', () => {
    const seen: unknown[] = [];
    const knowing = createRedaction(createRedactor([]), {
      db_parameters: (_parameters, { new_values }) => {
        seen.push(new_values);
        return ['by its column'];
      },
    });
    const record = draft({ db_parameters: ['x'], new_values: { password: 'x' } });
    knowing(record, 'request');
    expect(record.db_parameters).toEqual(['by its column']);
    expect(seen).toEqual([{ password: '[redacted]' }]);
  });

  it('keeps the entries of a list that was cut', () => {
    const values = { db_parameters: ['4711', '90210'], truncated: ['db_parameters'] };
    expect(redacted(values)).toMatchObject(values);
  });

  it('is kept without the column that cannot be looked at', () => {
    const broken = createRedactor([]);
    const throwing = createRedaction({
      ...broken,
      text: () => {
        throw new RangeError('too much recursion');
      },
    });
    const record = draft({ error_message: 'secret?', actor_id: 'ada' });
    throwing(record, 'metadata');
    expect(record).toMatchObject({ error_message: '[redacted]', actor_id: '[redacted]' });
  });
});

it('an attribute of our own is no secret by its name, and still loses secrets', () => {
  const { attributes } = redacted({
    attributes: {
      'audit.auth.problem': 'several names',
      'audit.auth.sources': '192.0.2.1 192.0.2.2',
      'audit.auth.candidates': '["ada","AKIAIOSFODNN7EXAMPLE"]',
      'auth.problem': 'hunter2',
    },
  });
  expect(attributes).toEqual({
    'audit.auth.problem': 'several names',
    'audit.auth.sources': '192.0.2.1 192.0.2.2',
    'audit.auth.candidates': '["ada","[redacted]"]',
    'auth.problem': '[redacted]',
  });
});
