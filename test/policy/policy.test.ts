import fc from 'fast-check';
import picomatch from 'picomatch';
import { describe, expect, it } from 'vitest';
import type { PolicyLevel, PolicyRule, RuleMatch } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load.ts';
import { ConfigurationError } from '../../src/errors.ts';
import { plainPath } from '../../src/policy/plain-path.ts';
import { createPolicy } from '../../src/policy/policy.ts';
import type { AuditRecord } from '../../src/record/record.ts';
import { storedRecord } from '../record/records.ts';

type Values = Partial<AuditRecord>;

const rule = (match: RuleMatch, level: PolicyLevel = 'request'): PolicyRule => ({
  name: 'the rule',
  level,
  match,
});
const takes = (match: RuleMatch, values: Values, level: PolicyLevel = 'request'): boolean =>
  createPolicy([rule(match, level)], 'spool')(storedRecord(values)).rule === 'the rule';
const byEnvironment = (env: Readonly<Record<string, string>>, values: Values): string =>
  createPolicy(loadConfig(env, '/nowhere').policy, 'spool')(storedRecord(values)).level;

const CONDITIONS: readonly (readonly [string, RuleMatch, Values, Values])[] = [
  ['category', { category: ['db'] }, { category: 'db' }, { category: 'http' }],
  ['action', { action: ['delete', 'truncate'] }, { action: 'truncate' }, { action: 'read' }],
  ['outcome', { outcome: ['!success'] }, { outcome: 'denied' }, { outcome: 'success' }],
  ['method', { method: ['P*'] }, { http_method: 'PATCH' }, { http_method: 'GET' }],
  ['path', { path: ['/admin/**'] }, { url_path: '/admin/users/7' }, { url_path: '/administration' }],
  ['route', { route: ['/orders/:id'] }, { http_route: '/orders/:id' }, { http_route: '/orders' }],
  [
    'route of Next.js',
    { route: ['/orders/[id]'] },
    { http_route: '/orders/[id]' },
    { http_route: '/orders/x' },
  ],
  [
    'operation',
    { operation: ['mutation.delete*'] },
    { attributes: { 'audit.operations': 'query.orders, mutation.deleteOrder' } },
    { attributes: { 'audit.operations': 'query.deleteOrder' } },
  ],
  ['status', { status: ['5xx'] }, { http_status: 503 }, { http_status: 499 }],
  ['actor', { actor: ['auth0|*'] }, { actor_id: 'auth0|123' }, { actor_id: 'auth0' }],
  ['role', { role: ['admin'] }, { actor_roles: ['user', 'admin'] }, { actor_roles: ['user'] }],
  ['tenant', { tenant: ['acme'] }, { tenant_id: 'acme' }, { tenant_id: 'acme2' }],
  ['service', { service: ['shop-*'] }, { service_name: 'shop-api' }, { service_name: 'shop' }],
  [
    'table',
    { table: ['orders'] },
    { target_tables: ['public.orders'] },
    { target_tables: ['public.orders_old'] },
  ],
  ['rows', { rows: ['>100'] }, { db_rows: 101 }, { db_rows: 100 }],
];

describe('a rule', () => {
  it.for(CONDITIONS)('takes a record by its %s', ([, match, good, bad]) => {
    expect(takes(match, good)).toBe(true);
    expect(takes(match, bad)).toBe(false);
  });

  it('wants all of its conditions', () => {
    const match = { category: ['db'], table: ['users'], rows: ['>1'] };
    const record = { category: 'db', target_tables: ['users'], db_rows: 2 };
    expect(takes(match, record)).toBe(true);
    expect(takes(match, { ...record, category: 'http' })).toBe(false);
    expect(takes(match, { ...record, target_tables: ['orders'] })).toBe(false);
    expect(takes(match, { ...record, db_rows: 1 })).toBe(false);
  });

  it('without conditions takes everything', () => {
    expect(takes({}, {})).toBe(true);
  });

  it.for([
    ['404', [404], [40, 4040]],
    ['4xx', [400, 499], [399, 500]],
    ['4XX', [400, 499], [399, 500]],
    ['>=400', [400, 599], [399]],
    ['> 400', [401], [400]],
    ['<400', [0, 399], [400]],
    ['<=400', [400], [401]],
  ] as const)('compares numbers by "%s"', ([pattern, good, bad]) => {
    for (const status of good)
      expect([status, takes({ status: [pattern] }, { http_status: status })]).toEqual([status, true]);
    for (const status of bad)
      expect([status, takes({ status: [pattern] }, { http_status: status })]).toEqual([status, false]);
  });

  it.for(['', '6xx', '=400', '>', '> -1', '4.5', 'ok', '1e3'])('refuses "%s" as a number', (pattern) => {
    expect(() => createPolicy([rule({ rows: [pattern] })], 'spool')).toThrow(ConfigurationError);
  });

  it.for([
    ['a+b@example.com', 'a+b@example.com', 'aab@example.com'],
    ['auth0|12', 'auth0|12', 'auth0'],
    ['user (admin)', 'user (admin)', 'user admin'],
    ['a.b', 'a.b', 'axb'],
    ['a+b@*', 'a+b@example.com', 'aab@example.com'],
    ['spiffe://x/*', 'spiffe://x/y', 'spiffe://x/y/z'],
  ] as const)('takes "%s" as it is meant', ([pattern, good, bad]) => {
    expect(takes({ actor: [pattern] }, { actor_id: good })).toBe(true);
    expect(takes({ actor: [pattern] }, { actor_id: bad })).toBe(false);
  });

  it('with "!" takes nobody who also has what is not wanted', () => {
    expect(takes({ role: ['!admin'] }, { actor_roles: ['user', 'admin'] })).toBe(false);
    expect(takes({ role: ['!admin'] }, { actor_roles: ['user'] })).toBe(true);
    expect(takes({ role: ['!admin'] }, { actor_roles: [] })).toBe(true);
    expect(takes({ role: ['*', '!admin'] }, { actor_roles: ['user', 'admin'] })).toBe(false);
  });

  it('is the first that takes the record', () => {
    const policy = createPolicy(
      [
        { name: 'a', level: 'none', match: { action: ['read'] } },
        { name: 'b', level: 'metadata', match: { category: ['db'] } },
        { name: 'c', level: 'request', match: {} },
      ],
      'spool',
    );
    expect(policy(storedRecord({ action: 'read', category: 'db' }))).toMatchObject({
      level: 'none',
      rule: 'a',
    });
    expect(policy(storedRecord({ action: 'update', category: 'db' }))).toMatchObject({
      level: 'metadata',
      rule: 'b',
    });
    expect(policy(storedRecord({ action: 'update', category: 'http' }))).toMatchObject({
      level: 'request',
      rule: 'c',
    });
  });

  it('that is missing leaves the record in', () => {
    expect(createPolicy([], 'spool')(storedRecord())).toEqual({
      level: 'metadata',
      rule: '',
      delivery: 'spool',
    });
  });
});

it.each(['action.*', 'action.app/*#remove*', 'action.**', 'action.app/act/actions.js#removeOrder'])(
  'an action of Next.js goes by the file that it is in: %s',
  (operation) => {
    const asked = { attributes: { 'audit.operations': 'action.app/act/actions.js#removeOrder' } };
    expect(takes({ operation: [operation] }, asked)).toBe(true);
    expect(takes({ operation: [operation.replace('action', 'query')] }, asked)).toBe(false);
  },
);

describe('a rule that leaves operations out', () => {
  const drops = (asked: string): boolean =>
    takes({ operation: ['query.*'] }, { attributes: { 'audit.operations': asked } }, 'none');

  it('takes a request that asks for nothing else', () => {
    expect(drops('query.orders, query.order')).toBe(true);
  });

  it.each(['query.orders, mutation.deleteOrder', 'query.orders, unknown', 'unknown'])(
    'does not take one that packs more into it: %s',
    (asked) => {
      expect(drops(asked)).toBe(false);
    },
  );

  it('does not take a request that asks for none', () => {
    expect(takes({ operation: ['!mutation.*'] }, {}, 'none')).toBe(false);
  });

  it.each([
    [['!mutation.*'], 'unknown', false],
    [['!mutation.*'], 'query.orders', true],
    [['!mutation.*'], 'query.orders, unknown', false],
    [['!mutation.*', 'unknown'], 'unknown', true],
    [['*'], 'unknown', true],
    [['!action.*'], 'action.app/act/actions.js#removeOrder', false],
  ])('%j takes "%s": %s', (operation, asked, isTaken) => {
    expect(takes({ operation }, { attributes: { 'audit.operations': asked } }, 'none')).toBe(isTaken);
  });
});

describe('a rule that leaves tables out', () => {
  const drops = (table: readonly string[], ...tables: readonly string[]): boolean =>
    takes({ table }, { target_tables: tables }, 'none');

  it('must be right for every table of the statement', () => {
    expect(drops(['sessions'], 'public.sessions')).toBe(true);
    expect(drops(['sessions'], 'sessions', 'users')).toBe(false);
    expect(drops(['sessions', 'users'], 'sessions', 'app.users')).toBe(true);
  });

  it('does not take a statement whose tables nobody knows', () => {
    expect(drops(['*'])).toBe(false);
    expect(drops(['!users'])).toBe(false);
  });

  it('knows what it must not take with and without the schema', () => {
    expect(drops(['!users'], 'public.users')).toBe(false);
    expect(drops(['!public.users'], 'users')).toBe(true);
    expect(drops(['public.*', '!users'], 'public.users')).toBe(false);
    expect(drops(['public.*', '!users'], 'public.logs')).toBe(true);
  });

  it('that keeps them needs one', () => {
    expect(takes({ table: ['users'] }, { target_tables: ['logs', 'public.users'] })).toBe(true);
  });
});

describe('a rule that leaves paths out', () => {
  it.for([
    '/public/../admin',
    '/public/%2e%2e/admin',
    '/public/%2E%2E%2Fadmin',
    '/public/..\\admin',
    '/public/x/../../admin',
    '/public//../admin/..//admin',
    'http://example.com/public/../admin',
  ])('does not take %s for something public', (path) => {
    expect(takes({ path: ['/public/**'] }, { url_path: path }, 'none')).toBe(false);
  });

  it('takes what is public however it is written', () => {
    expect(takes({ path: ['/public/**'] }, { url_path: '/public/a%20b/' }, 'none')).toBe(true);
    expect(takes({ path: ['/public/**'] }, { url_path: '/public/.well-known/x' }, 'none')).toBe(true);
  });

  it('does not take what only looks public to a framework that decodes', () => {
    expect(takes({ path: ['/public/**'] }, { url_path: '/PUBLIC/x' }, 'none')).toBe(false);
    expect(takes({ path: ['/public/**'] }, { url_path: '/admin/../public/x' }, 'none')).toBe(false);
  });

  it.for([
    '/admin',
    '/admin/',
    '/ADMIN/x',
    '//admin/x',
    '/public/../admin/x',
    '/%61dmin/x',
    '/admin/%zz',
    'http://a.b/admin',
  ])('for all but /admin/** does not take %s', (path) => {
    expect(
      byEnvironment({ AUDIT_REGISTER_ONLY_PATHS: '/admin/**' }, { category: 'http', url_path: path }),
    ).toBe('metadata');
  });

  it('for all but /admin/** takes the rest', () => {
    expect(
      byEnvironment({ AUDIT_REGISTER_ONLY_PATHS: '/admin/**' }, { category: 'http', url_path: '/shop' }),
    ).toBe('none');
  });
});

describe('a rule that keeps paths', () => {
  it.for(['/admin/x', '/ADMIN/x', '//admin/x', '/a/../admin/x', '/%61dmin/x'])(
    'takes %s for /admin/**',
    (path) => {
      expect(takes({ path: ['/admin/**'] }, { url_path: path })).toBe(true);
    },
  );
});

describe('the default policy', () => {
  const http = (values: Values): string =>
    byEnvironment({}, { category: 'http', http_method: 'GET', outcome: 'success', ...values });

  it.for([
    '/health',
    '/healthz',
    '/health/db',
    '/metrics',
    '/favicon.ico',
    '/app.css',
    '/assets/logo.svg',
    '/a/b/c.woff2',
  ])('leaves out a successful GET of %s', (path) => {
    expect(http({ url_path: path })).toBe('none');
    expect(http({ url_path: path, http_method: 'HEAD' })).toBe('none');
  });

  it.for([{ outcome: 'failure' }, { outcome: 'denied' }, { outcome: 'unknown' }, { http_method: 'POST' }])(
    'keeps what is not that: %o',
    (values) => {
      for (const path of ['/health', '/metrics', '/app.css'])
        expect([path, http({ url_path: path, ...values })]).toEqual([path, 'metadata']);
    },
  );

  it.for([
    '/',
    '/users/7',
    '/health-records',
    '/api/metrics',
    '/css',
    '/health/../admin',
    '/health/%2e%2e/admin/users',
    '/app.css/../admin',
  ])('keeps %s', (path) => {
    expect(http({ url_path: path })).toBe('metadata');
  });

  it('keeps what looks like a file to nobody but the client', () => {
    expect(http({ url_path: '/users/7.css', http_route: '/users/:id' })).toBe('metadata');
    expect(http({ url_path: '/users/7.css/x.css', http_route: '/users/:id/:file' })).toBe('metadata');
    expect(http({ url_path: '/users/7.css', http_route: '/users/[id]' })).toBe('metadata');
    expect(http({ url_path: '/users/7.css/x.css', http_route: '/users/[id]/[...file]' })).toBe('metadata');
    expect(http({ url_path: '/assets/7.css', http_route: '/assets/*' })).toBe('none');
  });

  it('keeps writes with their values, and leaves reads out', () => {
    for (const action of [
      'create',
      'update',
      'delete',
      'merge',
      'truncate',
      'schema',
      'grant',
      'copy_in',
      'call',
      'lock',
      'other',
    ])
      expect([action, byEnvironment({}, { category: 'db', action })]).toEqual([action, 'request']);
    expect(byEnvironment({}, { category: 'db', action: 'read' })).toBe('none');
  });

  it.for(['auth', 'gap', 'transaction'])('keeps category %s', (category) => {
    expect(byEnvironment({}, { category })).toBe('metadata');
  });

  it('keeps what the application itself tells of, with its values', () => {
    expect(byEnvironment({}, { category: 'app', action: 'invoice.sent' })).toBe('request');
  });

  it('has a switch for logins', () => {
    expect(byEnvironment({ AUDIT_REGISTER_CAPTURE_AUTH: 'false' }, { category: 'auth' })).toBe('none');
  });
});

describe('the plain lists', () => {
  const env = (name: string, value: string) => ({ [`AUDIT_REGISTER_${name}`]: value });

  it('leave out by path and by table, whatever comes of it', () => {
    expect(
      byEnvironment(env('IGNORE_PATHS', '/internal/**'), {
        category: 'http',
        url_path: '/internal/x',
        outcome: 'denied',
      }),
    ).toBe('none');
    expect(
      byEnvironment(env('IGNORE_TABLES', 'sessions'), {
        category: 'db',
        action: 'update',
        target_tables: ['public.sessions'],
      }),
    ).toBe('none');
    expect(
      byEnvironment(env('IGNORE_TABLES', 'sessions'), {
        category: 'db',
        action: 'update',
        target_tables: ['public.users'],
      }),
    ).toBe('request');
  });

  it('leave a path out of the requests, not of the statements below them', () => {
    expect(
      byEnvironment(env('IGNORE_PATHS', '/internal/**'), {
        category: 'db',
        action: 'update',
        url_path: '/internal/x',
      }),
    ).toBe('request');
  });

  it('keep some tables alone', () => {
    expect(
      byEnvironment(env('ONLY_TABLES', 'users'), {
        category: 'db',
        action: 'update',
        target_tables: ['public.users'],
      }),
    ).toBe('request');
    expect(
      byEnvironment(env('ONLY_TABLES', 'users'), {
        category: 'db',
        action: 'update',
        target_tables: ['logs'],
      }),
    ).toBe('none');
    expect(
      byEnvironment(env('ONLY_TABLES', 'users'), {
        category: 'db',
        action: 'update',
        target_tables: ['logs', 'users'],
      }),
    ).toBe('request');
  });

  it('switch whole kinds off and reads on', () => {
    expect(byEnvironment(env('CAPTURE_HTTP', 'false'), { category: 'http' })).toBe('none');
    expect(byEnvironment(env('CAPTURE_DB', 'false'), { category: 'db', action: 'delete' })).toBe('none');
    expect(byEnvironment(env('CAPTURE_DB', 'false'), { category: 'transaction' })).toBe('none');
    expect(byEnvironment(env('CAPTURE_READS', 'true'), { category: 'db', action: 'read' })).toBe('metadata');
  });
});

it('a glob takes what picomatch says, however little of a text is looked at before', () => {
  const pieces = [
    '/',
    '**',
    '*',
    'health',
    '.',
    'a',
    'b.js',
    '{js,css}',
    '{,x}',
    '?',
    '[ab]',
    '@(a|b)',
    './',
    '-',
  ];
  const texts = ['/', 'a', 'b', 'x', 'js', 'css', '.', 'health', 'b.js', '-'];
  const joined = (from: readonly string[]) =>
    fc.array(fc.constantFrom(...from), { minLength: 1, maxLength: 5 }).map((parts) => `/${parts.join('')}`);
  fc.assert(
    fc.property(joined(pieces), joined(texts), (glob, path) => {
      const isMeant = glob === path || picomatch(glob, { dot: true, nonegate: true, nocase: true })(path);
      // NOTE: the path stands in its plain form, so that there is one way to understand it.
      fc.pre(plainPath(path) === path);
      expect(takes({ path: [glob] }, { url_path: path })).toBe(isMeant);
    }),
    { numRuns: 2_000 },
  );
});

it('one policy judges records of all categories, in any order', () => {
  const named = (name: string, match: RuleMatch): PolicyRule => ({ ...rule(match), name });
  const policy = createPolicy(
    [
      named('deleted', { action: ['delete'] }),
      named('writes', { category: ['db', 'transaction'] }),
      named('not logins', { category: ['!auth'] }),
      named('rest', {}),
    ],
    'spool',
  );
  const judged = ([category, action]: readonly [string, string]): string =>
    policy(storedRecord({ category, action })).rule;
  const records = [
    ['db', 'update'],
    ['http', 'get'],
    ['db', 'delete'],
    ['auth', 'login'],
    ['http', 'delete'],
    ['transaction', 'commit'],
  ] as const;
  const rules = ['writes', 'not logins', 'deleted', 'rest', 'deleted', 'writes'];
  expect(records.map(judged)).toEqual(rules);
  expect(records.toReversed().map(judged)).toEqual(rules.toReversed());
});
