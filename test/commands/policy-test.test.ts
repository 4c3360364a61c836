import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../integrity/command.ts';
import type { Ended } from '../integrity/command.ts';

interface Told {
  readonly category: string;
  readonly action: string;
  readonly level: string;
  readonly rule: string;
  readonly delivery: string;
  readonly record: Readonly<Record<string, unknown>> | null;
  readonly leftOut: readonly string[];
}

const POLICY = `module.exports = {
  policy: [
    { name: 'health', level: 'none', match: { category: 'http', path: '/healthz', outcome: 'success' } },
    { name: 'payments', level: 'request', match: { table: ['payments', 'billing.*'] }, delivery: 'write-ahead' },
    { name: 'mass-deletes', level: 'request_response', match: { action: 'delete', rows: '>100' } },
    { name: 'admins', level: 'request', match: { category: 'http', role: 'admin', tenant: 'acme' } },
    { name: 'graphql-deletes', level: 'request', match: { operation: 'mutation.delete*' } },
    { name: 'other-service', level: 'none', match: { service: 'batch' } },
    { name: 'reads', level: 'none', match: { category: 'db', action: 'read' } },
    { name: 'rest', level: 'metadata' },
  ],
};`;

let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'audit-register-policy-test-'));
});
afterEach(() => rm(cwd, { recursive: true, force: true }));

const withPolicy = (policy = POLICY): Promise<void> =>
  writeFile(join(cwd, 'audit-register.config.cjs'), policy);
const policyTest = (...args: string[]): Promise<Ended> => run(['policy', 'test', ...args], cwd);

async function told(...args: string[]): Promise<readonly Told[]> {
  const { stdout } = await policyTest('--json', ...args);
  return JSON.parse(stdout) as readonly Told[];
}

describe('audit-register policy test', () => {
  it.for([
    [['--path', '/orders'], 'http', 'metadata'],
    [['--path', '/healthz'], 'health-and-metrics', 'none'],
    [['--path', '/healthz', '--status', '500'], 'http', 'metadata'],
    [['--sql', 'SELECT * FROM orders'], 'reads', 'none'],
    [['--sql', 'UPDATE orders SET paid = true'], 'writes', 'request'],
  ] as const)('goes by the default policy: %j is decided by %s', async ([args, rule, level]) => {
    expect((await told(...args))[0]).toMatchObject({ rule, level, delivery: 'spool' });
  });

  it.for([
    [['--path', '/healthz'], 'health', 'none', 'spool'],
    [['--path', '/healthz', '--status', '503'], 'rest', 'metadata', 'spool'],
    [['--sql', 'INSERT INTO billing.invoices VALUES (1)'], 'payments', 'request', 'write-ahead'],
    [['--sql', 'DELETE FROM carts', '--rows', '101'], 'mass-deletes', 'request_response', 'spool'],
    [['--sql', 'DELETE FROM carts', '--rows', '100'], 'rest', 'metadata', 'spool'],
    [['--path', '/x', '--actor', 'u', '--role', 'admin', '--tenant', 'acme'], 'admins', 'request', 'spool'],
    [['--path', '/x', '--actor', 'u', '--role', 'admin'], 'rest', 'metadata', 'spool'],
    [['--path', '/graphql', '--operation', 'mutation.deleteOrder'], 'graphql-deletes', 'request', 'spool'],
    [['--path', '/graphql', '--operation', 'query.deleteOrder'], 'rest', 'metadata', 'spool'],
    [['--path', '/x', '--service', 'batch'], 'other-service', 'none', 'spool'],
  ] as const)(
    'goes by the policy of the file: %j is decided by %s',
    async ([args, rule, level, delivery]) => {
      await withPolicy();
      expect((await told(...args))[0]).toMatchObject({ rule, level, delivery });
    },
  );

  it('takes the settings of the environment, and the name of the service from package.json', async () => {
    await writeFile(join(cwd, 'package.json'), '{"name":"batch"}');
    await withPolicy();
    expect((await told('--path', '/x'))[0]).toMatchObject({ rule: 'other-service' });
    const { stdout } = await run(['policy', 'test', '--json', '--path', '/internal/x'], cwd, {
      AUDIT_REGISTER_IGNORE_PATHS: '/internal/**',
    });
    expect(JSON.parse(stdout)).toMatchObject([{ rule: 'ignore-paths', level: 'none', record: null }]);
  });

  it('shows what is kept, as redacted as it would be stored', async () => {
    const [statement, request] = await told(
      '--method',
      'post',
      '--path',
      '/orders?token=of-nobody&page=2',
      '--sql',
      'UPDATE users SET name = $1, password = $2 WHERE id = $3',
      '--parameter=Ann',
      '--parameter=hunter2',
      '--parameter=7',
      '--actor=u-1',
      '--assurance=claimed',
    );
    expect(statement).toMatchObject({
      category: 'db',
      record: {
        target_type: 'users',
        target_id: '7',
        new_values: { name: 'Ann', password: '[redacted]' },
        actor_id: 'u-1',
        actor_assurance: 'claimed',
        http_method: 'POST',
      },
      leftOut: ['db_returned'],
    });
    expect(request).toMatchObject({
      category: 'http',
      record: { url_query: 'token=&page=', actor_assurance: 'claimed' },
      leftOut: ['values of url_query', 'request_body', 'response_body'],
    });
    expect(JSON.stringify([statement, request])).not.toMatch(/hunter2|of-nobody/);
  });

  it('shows the body where the level keeps it, redacted', async () => {
    await withPolicy();
    const args = ['--method', 'POST', '--path', '/x', '--body', '{"amount":3,"password":"hunter2"}'];
    const [kept] = await told(...args, '--actor', 'u', '--role', 'admin', '--tenant', 'acme');
    expect(kept?.record?.['request_body']).toBe('{"amount":3,"password":"[redacted]"}');
    const [left] = await told(...args);
    expect(left?.record).not.toHaveProperty('request_body');
  });

  it('tells every record that comes of it: statements, the end of the transaction, the login', async () => {
    const statements = await told('--sql', 'BEGIN; DELETE FROM a; SELECT 1; COMMIT');
    expect(statements.map(({ category, action }) => `${category} ${action}`)).toEqual([
      'db delete',
      'db read',
      'transaction commit',
    ]);
    const login = await told('--method', 'POST', '--path', '/login', '--body', '{"username":"carol"}');
    expect(login.map(({ category }) => category)).toEqual(['http', 'auth']);
  });

  it('says that beforeRecord leaves a record out', async () => {
    await withPolicy('module.exports = { beforeRecord: () => null };');
    const { stdout } = await policyTest('--path', '/x');
    expect(stdout).toContain('beforeRecord leaves it out');
  });

  it('prints the rule with its place and its conditions', async () => {
    await withPolicy();
    const { stdout, code } = await policyTest('--sql', 'DELETE FROM carts', '--rows', '101');
    expect(stdout).toMatch(/rule +mass-deletes \(3 of 8: action delete, rows >100\)/);
    expect(code).toBe(0);
  });

  it.for([
    [[]],
    [['--path', '/x', '--cases', 'cases.json']],
    [['--path', '/x', '--status', '99']],
    [['--path', '/x', '--assurance', 'sure']],
    [['--sql', 'SELECT 1', '--rows', 'many']],
    [['--path', '/graphql', '--operation', 'Mutation.deleteOrder']],
  ])('is used wrongly with %j', async ([args]) => {
    expect((await policyTest(...(args ?? []))).code).toBe(2);
  });

  it('says that the configuration cannot be used', async () => {
    await withPolicy("module.exports = { policy: [{ level: 'all' }] };");
    const { code, stderr } = await policyTest('--path', '/x');
    expect([code, stderr]).toEqual([78, expect.stringContaining('policy[0]')]);
  });
});

describe('a file of cases', () => {
  const cases = (content: unknown): Promise<void> =>
    writeFile(join(cwd, 'cases.json'), typeof content === 'string' ? content : JSON.stringify(content));

  it('is good where all is as expected', async () => {
    await withPolicy();
    await cases([
      {
        name: 'payments wait',
        sql: 'DELETE FROM payments',
        expect: { level: 'request', delivery: 'write-ahead' },
      },
      { path: '/healthz', expect: 'none' },
      { method: 'POST', path: '/login', expect: [{ rule: 'rest' }, { level: 'metadata' }] },
    ]);
    const { stdout, code } = await policyTest('--cases', 'cases.json');
    expect(stdout).toBe(
      '✓ payments wait\n✓ GET /healthz → 200\n✓ POST /login → 200\n3 cases, 0 not as expected\n',
    );
    expect(code).toBe(0);
  });

  it('ends with 1 and names each difference', async () => {
    await withPolicy();
    await cases([
      {
        name: 'payments',
        sql: 'DELETE FROM payments',
        expect: { level: 'none', rule: 'payments', delivery: 'spool' },
      },
      { name: 'logins', method: 'POST', path: '/login', expect: ['metadata'] },
      { name: 'steps', sql: 'BEGIN', expect: 'none' },
    ]);
    const { stdout, code } = await policyTest('--cases', 'cases.json');
    expect(stdout.split('\n')).toEqual([
      '✗ payments',
      '    level is request, expected none',
      '    delivery is write-ahead, expected spool',
      '✗ logins',
      '    2 records, expected 1',
      '✗ steps',
      '    there is none',
      '3 cases, 3 not as expected',
      '',
    ]);
    expect(code).toBe(1);
  });

  it.for([
    ['{', 'no valid JSON'],
    [[], 'a list of cases'],
    [[{ path: '/x', methode: 'GET', expect: 'none' }], 'did you mean "method"'],
    [[{ expect: 'none' }], 'neither "path" nor "sql"'],
    [[{ path: '/x' }], '"expect" must be an object'],
    [[{ path: '/x', expect: { lvel: 'none' } }], 'did you mean "level"'],
    [[{ path: '/x', status: '200', expect: 'none' }], '"status" must be a number'],
    [[{ path: '/x', assurance: 'sure', expect: 'none' }], '"assurance" must be one of'],
  ] as const)('that is wrong (%j) is refused: %s', async ([content, message]) => {
    await cases(content);
    const { code, stderr } = await policyTest('--cases', 'cases.json');
    expect([code, stderr]).toEqual([78, expect.stringContaining(message)]);
  });

  it('that is not there is refused', async () => {
    expect(await policyTest('--cases', 'nowhere.json')).toMatchObject({
      code: 78,
      stderr: expect.stringContaining('--cases cannot be read'),
    });
  });
});
