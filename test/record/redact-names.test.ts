import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createSecretNames } from '../../src/record/redaction/redact-names.ts';

describe('a name of a secret', () => {
  const isSecret = createSecretNames([]);

  it.for([
    'newPassword',
    'userpassword',
    'user_password_hash',
    'PasswordConfirmation',
    'X-Api-Key',
    'xApiKey',
    'APIKey',
    'apikey',
    'clientSecret',
    'AWS_SECRET_ACCESS_KEY',
    'refreshtoken',
    'tokens',
    'tokens_used',
    'csrfToken',
    'sessionId',
    'session_id',
    'PHPSESSID',
    'connect.sid',
    'userPIN',
    'pin_code',
    'CVV2',
    'otpCode',
    'iban2',
    'creditCard',
    'card.number',
    'recovery_codes',
    'code_verifier',
    'SAMLResponse',
    'dbpass',
    'mypwd',
    'user[password]',
    'password[]',
    'a.b.password',
    'secret_id',
    'ＰＡＳＳＷＯＲＤ',
    'pass\u200bword',
    'paſſword',
    'pässword'.normalize('NFD'),
    'PASSWORD'.toLocaleLowerCase('tr'),
    `${'x'.repeat(1_000_000)}_password`,
  ])('%s', (name) => {
    expect(isSecret(name)).toBe(true);
  });

  it.for([
    'compass',
    'compassWidth',
    'bypass',
    'passport_country',
    'secretary',
    'tokenizer',
    'password_changed_at',
    'passwordChangedAt',
    'token_type',
    'token_expires',
    'token_count',
    'card_id',
    'token_id',
    'api_key_id',
    'session_idle_minutes',
    'cardinality',
    'author',
    'spinner',
    'shipping',
    'storage_key',
    'key',
    'code',
    'hash',
    'author_id',
    'desktop',
    '__proto__',
    'constructor',
    '密码',
    '',
  ])('is not %s', (name) => {
    expect(isSecret(name)).toBe(false);
  });
});

describe('the page about redaction', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/redaction.md'), 'utf8');
  const byName = page.slice(page.indexOf('## By name'), page.indexOf('- Words that only'));
  const isSecret = createSecretNames([]);

  it.for([...byName.matchAll(/`([^`]+)`/g)].map(([, name]) => name as string))(
    'tells the truth about %s',
    (name) => {
      expect(isSecret(name)).toBe(true);
    },
  );
});

describe('names of the configuration', () => {
  const isSecret = createSecretNames(['x-internal', 'Salary', '*note*', '!tokens_used', '!card']);

  it.for(['x-internal', 'xInternal', 'X_INTERNAL', 'salary', 'user[salary]', 'user.salary', 'footNotes'])(
    'make %s secret, however it is written',
    (name) => {
      expect(isSecret(name)).toBe(true);
    },
  );

  it.for(['salary_year', 'internal', 'tokensUsed', 'user.card'])('leave %s alone', (name) => {
    expect(isSecret(name)).toBe(false);
  });

  it('leave the built-in names secret', () => {
    expect(isSecret('card_number')).toBe(true);
    expect(isSecret('token')).toBe(true);
  });
});
