import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { SETTINGS } from '../../src/config/settings.ts';
import { ConfigurationError } from '../../src/errors.ts';

const PREFIX = 'AUDIT_REGISTER_';
const PEM = `-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PUBLIC KEY-----`;

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'audit-register-config-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function load(settings: Record<string, string>, cwd = directory) {
  const env = Object.entries(settings).map(([name, value]) => [PREFIX + name, value]);
  return loadConfig(Object.fromEntries(env), cwd);
}

/** A file in a directory of its own, so that it is found as the configuration of that directory. */
function withFile(name: string, text: string): string {
  const cwd = mkdtempSync(join(directory, 'cwd-'));
  writeFileSync(join(cwd, name), text);
  return cwd;
}

function messageOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    expect((error as ConfigurationError).code).toBe('ERR_AUDIT_CONFIGURATION');
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
}

describe('Without any setting', () => {
  test('records go to ClickHouse on this machine, with the default policy', () => {
    const config = load({});
    expect(config).toMatchObject({
      disabled: false,
      logLevel: 'warn',
      sink: 'clickhouse',
      clickhouse: {
        url: 'http://127.0.0.1:8123',
        username: 'default',
        password: '',
        database: 'audit',
        cluster: '',
        migrate: 'auto',
      },
      identity: { issuers: [], trustedProxies: [], cookie: '' },
    });
    expect(config.policy.map((rule) => rule.name)).toEqual([
      'calls',
      'health-and-metrics',
      'static-files',
      'http',
      'reads',
      'writes',
      'auth',
      'app',
      'everything',
    ]);
  });

  test('the configuration is frozen to its depth', () => {
    const config = load({});
    expect(() => ((config.identity.claims as { id: string }).id = 'x')).toThrow(TypeError);
    expect(() => (config.policy as unknown[]).push({})).toThrow(TypeError);
  });

  test('every default is a value that its own setting accepts', () => {
    const given = SETTINGS.filter((setting) => setting.default !== '').map((setting) => [
      setting.variable,
      setting.default,
    ]);
    expect(load(Object.fromEntries(given))).toEqual(load({}));
  });
});

describe('The environment', () => {
  test('wins over the file, and the file over the default', () => {
    const cwd = withFile('audit-register.config.json', '{ "sink": "file", "filePath": "from-file.jsonl" }');
    expect(load({}, cwd)).toMatchObject({ sink: 'file', filePath: 'from-file.jsonl' });
    expect(load({ SINK: 'console' }, cwd)).toMatchObject({ sink: 'console', filePath: 'from-file.jsonl' });
  });

  test('gives lists with commas, and spaces around them do not count', () => {
    expect(load({ REDACT_KEYS: ' iban, ,pin ,' }).redactKeys).toEqual(['iban', 'pin']);
  });

  test('gives the key of hashes only where it is long enough, and never shows it', () => {
    expect(load({ HMAC_KEY: 'sixteen bytes ok' }).hmacKey).toBe('sixteen bytes ok');
    expect(load({}).hmacKey).toBe('');
    expect(() => load({ HMAC_KEY: 'fifteen bytes !' })).toThrow(/AUDIT_REGISTER_HMAC_KEY.*at least 16 bytes/);
    expect(() => load({ HMAC_KEY: 'fifteen bytes !' })).not.toThrow(/fifteen/);
  });

  test.each(['true', '1', 'yes', 'on', 'TRUE'])('takes %s for yes', (value) => {
    expect(load({ CAPTURE_READS: value }).capture.reads).toBe(true);
  });

  test.each(['false', '0', 'no', 'off', ''])('takes %j for no', (value) => {
    expect(load({ CAPTURE_HTTP: value }).capture.http).toBe(false);
  });

  test('gives a secret as the path of a file, whose last line break does not count', () => {
    const path = join(directory, 'secret');
    writeFileSync(path, 'from a file\n');
    expect(load({ CLICKHOUSE_PASSWORD_FILE: path }).clickhouse.password).toBe('from a file');
  });

  test('gives user and password in the address of ClickHouse, which then has none', () => {
    const { clickhouse } = load({ CLICKHOUSE_URL: 'https://wri%40ter:s%2Fecret@store.example:8443/' });
    expect(clickhouse).toMatchObject({
      url: 'https://store.example:8443',
      username: 'wri@ter',
      password: 's/ecret',
    });
  });
});

describe('What cannot be used is refused with the setting and the mend:', () => {
  test.each<[string, Record<string, string>, string]>([
    [
      'a mistyped name',
      { SINKK: 'file' },
      'AUDIT_REGISTER_SINKK is not a setting; did you mean AUDIT_REGISTER_SINK?',
    ],
    [
      'a name that is like no other',
      { XYZ_QWERTY_ABCDEFGH: '1' },
      'AUDIT_REGISTER_XYZ_QWERTY_ABCDEFGH is not a setting Remove',
    ],
    [
      'no yes or no',
      { CAPTURE_HTTP: 'maybe' },
      'AUDIT_REGISTER_CAPTURE_HTTP must be true or false, not "maybe".',
    ],
    [
      'no number',
      { FLUSH_INTERVAL_MS: '1s' },
      'AUDIT_REGISTER_FLUSH_INTERVAL_MS must be a whole number of at least 10, not "1s".',
    ],
    [
      'a number too small',
      { QUEUE_MAX_BYTES: '5' },
      'AUDIT_REGISTER_QUEUE_MAX_BYTES must be a whole number of at least 1048576, not "5".',
    ],
    ['a negative number', { JWT_CLOCK_TOLERANCE_SECONDS: '-1' }, 'at least 0, not "-1".'],
    [
      'none of the choices',
      { MIGRATE: 'yes' },
      'AUDIT_REGISTER_MIGRATE must be one of auto, off, not "yes".',
    ],
    [
      'no address',
      { CLICKHOUSE_URL: 'localhost:8123' },
      'AUDIT_REGISTER_CLICKHOUSE_URL must be an http:// or https:// address.',
    ],
    ['a stray % in the address', { CLICKHOUSE_URL: 'http://a:100%@host' }, 'write % as %25'],
    [
      'no plain name of a database',
      { CLICKHOUSE_DATABASE: 'a-b' },
      'must be a plain name (letters, digits, underscores), not "a-b".',
    ],
    [
      'a secret twice',
      { JWT_SECRET: 'a', JWT_SECRET_FILE: '/b' },
      'AUDIT_REGISTER_JWT_SECRET and AUDIT_REGISTER_JWT_SECRET_FILE are both set; remove one of them.',
    ],
    [
      'no file of a secret',
      { JWT_SECRET_FILE: '/nowhere' },
      'AUDIT_REGISTER_JWT_SECRET_FILE names a file that cannot be read: ENOENT',
    ],
  ])('%s', (_, settings, message) => {
    expect(messageOf(() => load(settings))).toContain(message);
  });

  test('a password is never repeated', () => {
    const address = messageOf(() => load({ CLICKHOUSE_URL: 'ftp://user:hunter2@host' }));
    expect(address).not.toContain('hunter2');
    const key = messageOf(() => load({ JWT_PUBLIC_KEY: 'hunter2' }));
    expect(key).not.toContain('hunter2');
  });
});

describe('Of the settings for tokens', () => {
  const KEYS = { JWT_JWKS_URL: 'https://issuer.example/jwks', JWT_PUBLIC_KEY: PEM, JWT_SECRET: 'secret' };
  const pairs = Object.keys(KEYS).flatMap((a, i, all) => all.slice(i + 1).map((b) => [a, b] as const));
  const pick = (...names: readonly string[]): Record<string, string> =>
    Object.fromEntries(Object.entries(KEYS).filter(([name]) => names.includes(name)));

  test.each(pairs)('%s and %s contradict each other', (a, b) => {
    const message = messageOf(() => load(pick(a, b)));
    expect(message).toMatch(
      /exactly one of JWKS_URL, PUBLIC_KEY and SECRET must be set; \w+ and \w+ are given\./,
    );
  });

  test.each(Object.keys(KEYS))('%s contradicts the skipping of verification', (name) => {
    const settings = { ...pick(name), JWT_DANGEROUSLY_SKIP_VERIFICATION: 'true' };
    expect(messageOf(() => load(settings))).toContain(
      'AUDIT_REGISTER_JWT_DANGEROUSLY_SKIP_VERIFICATION contradicts a configured key',
    );
  });

  test.each(['ISSUER', 'AUDIENCE', 'ALGORITHMS'])('JWT_%s without a key would be a false promise', (name) => {
    expect(messageOf(() => load({ [`JWT_${name}`]: 'RS256' }))).toContain(
      `AUDIT_REGISTER_JWT_${name} is set without a key`,
    );
  });

  test.each([
    ['HS256', 'JWT_PUBLIC_KEY'],
    ['HS256', 'JWT_JWKS_URL'],
    ['RS256', 'JWT_SECRET'],
    ['none', 'JWT_SECRET'],
    ['none', 'JWT_PUBLIC_KEY'],
    ['hs256', 'JWT_PUBLIC_KEY'],
  ])('the algorithm %s cannot be used with %s', (algorithm, key) => {
    expect(messageOf(() => load({ ...pick(key), JWT_ALGORITHMS: algorithm }))).toContain(
      `the algorithm "${algorithm}" cannot be used with this kind of key`,
    );
  });

  test.each([
    ['text', 'not a key'],
    ['a private key', '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END PRIVATE KEY-----'],
  ])('JWT_PUBLIC_KEY cannot be %s', (_, key) => {
    expect(messageOf(() => load({ JWT_PUBLIC_KEY: key }))).toContain(
      'PUBLIC_KEY is not a public key or certificate in PEM',
    );
  });

  test('several issuers stand in the file, each with one key', () => {
    const cwd = withFile(
      'audit-register.config.json',
      JSON.stringify({
        jwt: {
          issuers: [
            { issuer: 'https://a.example', jwksUrl: 'https://a.example/jwks', audience: 'shop' },
            { issuer: 'https://b.example', secret: 's', algorithms: ['HS512'] },
          ],
        },
      }),
    );
    expect(load({}, cwd).identity.issuers).toEqual([
      { issuer: 'https://a.example', audience: ['shop'], algorithms: [], jwksUrl: 'https://a.example/jwks' },
      { issuer: 'https://b.example', audience: [], algorithms: ['HS512'], secret: 's' },
    ]);
    expect(messageOf(() => load({ JWT_SECRET: 'x' }, cwd))).toContain('are both set; keep one');
  });

  test.each<[string, unknown, string]>([
    ['no list', {}, '"jwt.issuers" must be a list of issuers.'],
    ['an empty list', [], '"jwt.issuers" must be a list of issuers.'],
    ['an issuer that is no object', ['a'], '"jwt.issuers[0]" must be an object.'],
    ['an issuer without a key', [{ issuer: 'a' }], '"jwt.issuers[0]": exactly one of'],
    [
      'the same issuer twice',
      [
        { issuer: 'a', secret: 's' },
        { issuer: 'a', secret: 't' },
      ],
      'names the issuer "a" twice.',
    ],
    ['a number for a text', [{ issuer: 1, secret: 's' }], '"jwt.issuers[0].issuer" must be text.'],
    [
      'an address that is none',
      [{ issuer: 'a', jwksUrl: 'nowhere' }],
      '"jwt.issuers[0]": JWKS_URL must be an http:// or https:// address.',
    ],
    [
      'a key that is unknown',
      [{ issuer: 'a', jwksURL: 'https://a.example' }],
      '"jwt.issuers[0]" has "jwksURL"; did you mean "jwksUrl"?',
    ],
  ])('"jwt.issuers" cannot be %s', (_, issuers, message) => {
    const cwd = withFile('audit-register.config.json', JSON.stringify({ jwt: { issuers } }));
    expect(messageOf(() => load({}, cwd))).toContain(message);
  });
});

describe('The configuration file', () => {
  test.each([
    ['audit-register.config.cjs', 'module.exports = { sink: "console" };'],
    ['audit-register.config.mjs', 'export default { sink: "console" };'],
    ['audit-register.config.json', '{ "sink": "console" }'],
  ])('is found as %s', (name, text) => {
    expect(load({}, withFile(name, text)).sink).toBe('console');
  });

  test('is found by its path', () => {
    const cwd = withFile('mine.json', '{ "sink": "console" }');
    expect(load({ CONFIG: 'mine.json' }, cwd).sink).toBe('console');
  });

  test.each<[string, string, string]>([
    ['audit-register.config.json', '{ nonsense', 'cannot be read'],
    ['audit-register.config.json', '[]', 'must hold an object'],
    ['audit-register.config.json', 'null', 'must hold an object'],
    [
      'audit-register.config.cjs',
      'throw new Error("broken");',
      '(AUDIT_REGISTER_CONFIG) cannot be read: broken',
    ],
    [
      'audit-register.config.json',
      '{ "clickhouse": { "uri": "x" } }',
      '"clickhouse.uri" is not a setting; did you mean "clickhouse.url"?',
    ],
    [
      'audit-register.config.json',
      '{ "sink": "nowhere" }',
      'audit-register.config.json must be one of clickhouse, otlp, file, console, not "nowhere".',
    ],
    [
      'audit-register.config.cjs',
      'module.exports = { beforeRecord: 1 };',
      '"beforeRecord" must be a function.',
    ],
  ])('%s with %s is refused', (name, text, message) => {
    const cwd = withFile(name, text);
    const error = messageOf(() => load({}, cwd));
    expect(error).toContain(message);
  });

  test('cannot be a directory', () => {
    const cwd = mkdtempSync(join(directory, 'cwd-'));
    mkdirSync(join(cwd, 'folder'));
    expect(messageOf(() => load({ CONFIG: 'folder' }, cwd))).toContain('cannot be read: it is a directory');
  });
});

describe('The policy', () => {
  const policy = (value: unknown) =>
    load({}, withFile('audit-register.config.json', JSON.stringify({ policy: value })));

  test('of the file takes the place of the default one, after the plain lists', () => {
    const cwd = withFile(
      'audit-register.config.json',
      '{ "policy": [{ "name": "all", "level": "request" }] }',
    );
    expect(load({ IGNORE_PATHS: '/internal/**', ONLY_TABLES: 'orders' }, cwd).policy).toEqual([
      { name: 'ignore-paths', level: 'none', match: { category: ['http'], path: ['/internal/**'] } },
      { name: 'only-tables', level: 'none', match: { category: ['db'], table: ['!orders'] } },
      { name: 'all', level: 'request', match: {} },
    ]);
  });

  test('operations may be named by type, by wildcard, and as unknown', () => {
    const operation = [
      'mutation.*',
      '!query.orders.list',
      '*',
      '{query,action}.a',
      'm*.x',
      'unknown',
      '!unknown',
    ];
    expect(policy([{ level: 'request', match: { operation } }]).policy.at(-1)?.match).toEqual({ operation });
  });

  test.each<[string, unknown, string]>([
    ['empty', [], '"policy" must be a list with at least one rule; remove it to get the default policy.'],
    ['no list', 'all', '"policy" must be a list with at least one rule'],
    ['a rule that is no object', ['all'], '"policy[0]" must be an object.'],
    [
      'without a level',
      [{ name: 'a' }],
      '"policy[0]".level must be one of none, metadata, request, request_response',
    ],
    ['with an unknown level', [{ level: 'full' }], 'not "full".'],
    [
      'with a stray key',
      [{ level: 'none', when: {} }],
      '"policy[0]" has "when"; a rule has name, level, match and delivery.',
    ],
    [
      'with an unknown condition',
      [{ level: 'none', match: { paths: '/a' } }],
      '"policy[0]".match has no condition "paths"; did you mean "path"?',
    ],
    [
      'with an empty condition',
      [{ level: 'none', match: { path: [] } }],
      '"policy[0]".match.path must be a text or a list of texts.',
    ],
    [
      'with a condition of the wrong kind',
      [{ level: 'none', match: { path: { a: 1 } } }],
      '"policy[0]".match.path must be',
    ],
    ...['deleteOrder', 'Mutation.deleteOrder', '!mutations.*', 'mutation', 'mutation.', 'Unknown'].map(
      (operation): [string, unknown, string] => [
        `with an operation that there is not: ${operation}`,
        [{ level: 'none', match: { operation } }],
        `"policy[0]".match.operation can match nothing with "${operation}": the name of an operation is "unknown", or begins with query., mutation., subscription., action.`,
      ],
    ),
    [
      'with a match that is a list',
      [{ level: 'none', match: ['a'] }],
      '"policy[0]".match must be an object.',
    ],
    [
      'a delivery that is for all records or none',
      [{ level: 'metadata', delivery: 'memory' }],
      '"policy[0]".delivery must be spool or write-ahead, not "memory"; memory is for all records or none, by AUDIT_REGISTER_DELIVERY.',
    ],
    [
      'a delivery of nothing',
      [{ level: 'none', delivery: 'write-ahead' }],
      '"policy[0]" has the level none, so it has no records to deliver: remove its delivery.',
    ],
  ])('cannot be %s', (_, value, message) => {
    expect(messageOf(() => policy(value))).toContain(message);
  });

  test('may say how the responses of a rule are treated, unless there is no spool', () => {
    const cwd = withFile(
      'audit-register.config.json',
      '{ "policy": [{ "level": "metadata", "delivery": "write-ahead" }] }',
    );
    expect(load({}, cwd).policy).toMatchObject([{ level: 'metadata', delivery: 'write-ahead' }]);
    expect(messageOf(() => load({ DELIVERY: 'memory' }, cwd))).toContain(
      '"policy[0]".delivery needs the spool, which AUDIT_REGISTER_DELIVERY=memory does without; set it to spool.',
    );
  });
});
