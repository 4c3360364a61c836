import { beforeAll, describe, expect, it } from 'vitest';
import type { AuditRecord } from '../../src/record/record.ts';
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
    expect(safe([sent]).target_id).toBe('[redacted]');
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
