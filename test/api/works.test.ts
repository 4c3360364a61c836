import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgres } from '../support/postgres.ts';
import type { Postgres } from '../support/postgres.ts';
import { startPreloaded } from '../support/preloaded.ts';
import type { PreloadedEnd, RecordRow } from '../support/preloaded.ts';

const FIXTURE = join(import.meta.dirname, 'fixtures/works-app.cjs');
const API = join(import.meta.dirname, '../../dist/index.js');

let postgres: Postgres;
beforeAll(async () => {
  postgres = await startPostgres();
  const client = new Client({ connectionString: postgres.url });
  await client.connect();
  await client.query('create table notes (id serial primary key, note text)');
  await client.end();
});
afterAll(() => postgres.stop());

interface Run extends PreloadedEnd {
  readonly answers: Readonly<Record<string, unknown>>;
  /** Records below the request of a case. */
  readonly of: (name: string, category?: string) => readonly RecordRow[];
  /** Statements that wrote this note. */
  readonly notes: (note: string) => readonly RecordRow[];
}

interface Asked {
  readonly outside?: readonly string[];
  readonly within?: readonly string[];
  readonly preload?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs cases of the fixture outside of any request, then others each in a request of its own. */
async function run({ outside = [], within = [], preload = true, env = {} }: Asked): Promise<Run> {
  const app = await startPreloaded(FIXTURE, {
    preload,
    args: outside,
    env: { DATABASE_URL: postgres.url, TEST_API: API, OTEL_SERVICE_NAME: 'works', ...env },
  });
  const answers: Record<string, unknown> = {};
  for (const name of ['outside', ...within]) {
    const response = await fetch(`${app.url}/${name}`, { signal: AbortSignal.timeout(20_000) });
    answers[name] = await response.json();
    expect([name, response.status, response.status === 200 ? '' : answers[name]]).toEqual([name, 200, '']);
  }
  const ended = await app.end();
  return {
    ...ended,
    answers: { ...answers, ...(answers['outside'] as object) },
    of: (name, category) =>
      ended.records.filter((row) => {
        return row.url_path === `/${name}` && (category === undefined || row.category === category);
      }),
    notes: (note) => ended.records.filter((row) => row.new_values['note'] === note),
  };
}

const suspended = (rows: readonly RecordRow[]): readonly RecordRow[] =>
  rows.filter(({ action }) => action === 'audit_suspended');

describe('work done in a name', () => {
  let jobs: Run;
  let requests: Run;
  beforeAll(async () => {
    jobs = await run({
      outside: [
        'plain',
        'run-as-alone',
        'run-as-nested',
        'run-as-side-by-side',
        'run-as-nobody',
        'annotate-work',
      ],
    });
    requests = await run({ within: ['run-as', 'run-as-lazy', 'run-as-throws', 'run-as-alone'] });
  });

  const SYSTEM = { actor_type: 'system', actor_id: 'works', actor_name: 'works', impersonator_id: '' };
  const CUSTOMER = {
    actor_type: 'user',
    actor_id: 'customer',
    actor_name: 'Customer',
    tenant_id: 'acme',
    actor_assurance: 'trusted',
    auth_method: 'code',
  };

  it('outside of a request is of that name, and of the service where nothing was said', () => {
    expect(jobs.answers['run-as-alone']).toBe('done');
    expect(jobs.notes('alone')).toMatchObject([{ ...CUSTOMER, impersonator_id: '' }]);
    expect(jobs.notes('plain')).toMatchObject([SYSTEM]);
  });

  it('within such work is of the inner name, with the outer one beside it', () => {
    expect(jobs.notes('outer')).toMatchObject([{ actor_id: 'admin', impersonator_id: '' }]);
    expect(jobs.notes('inner')).toMatchObject([{ actor_id: 'customer', impersonator_id: 'admin' }]);
    expect(jobs.notes('outer-again')).toMatchObject([{ actor_id: 'admin', impersonator_id: '' }]);
  });

  it('side by side never mixes its names', () => {
    for (let index = 0; index < 50; index++)
      expect(jobs.notes(`side-${index}`)).toMatchObject([{ actor_id: `job-${index}` }]);
  });

  it('in nobody’s name is done all the same', () => {
    expect(jobs.answers['run-as-nobody']).toEqual(['done', 'sync', null]);
    expect(jobs.notes('by-nobody')).toMatchObject([SYSTEM]);
    expect(jobs.stderr.match(/runAs\(\) of audit-register\/api was called without an actor/g)).toHaveLength(
      1,
    );
    expect(jobs.stderr.match(/runAs\(\) of audit-register\/api was called without a function/g)).toHaveLength(
      1,
    );
  });

  it('can be annotated', () => {
    expect(jobs.answers['annotate-work']).toBe(true);
    expect(jobs.notes('annotated-work')).toMatchObject([{ attributes: { job: 'nightly' } }]);
    expect(jobs.notes('plain')[0]?.attributes).not.toHaveProperty('job');
  });

  it('in a request keeps the actor of the request as the impersonator, for its time', () => {
    const own = (note: string) =>
      requests.of('run-as', 'db').filter((row) => row.new_values['note'] === note);
    expect(requests.answers['run-as']).toBe('result');
    expect(own('before')).toMatchObject([{ actor_id: 'admin', impersonator_id: '' }]);
    for (const note of ['during', 'later'])
      expect(own(note)).toMatchObject([{ ...CUSTOMER, impersonator_id: 'admin' }]);
    expect(own('after')).toMatchObject([{ actor_id: 'admin', impersonator_id: '' }]);
    expect(requests.of('run-as', 'http')).toMatchObject([{ actor_id: 'admin', impersonator_id: '' }]);
  });

  it('in a request of nobody has no impersonator', () => {
    expect(requests.of('run-as-alone', 'db')).toMatchObject([{ ...CUSTOMER, impersonator_id: '' }]);
    expect(requests.of('run-as-alone', 'http')).toMatchObject([{ actor_type: 'anonymous' }]);
  });

  it('may be a query that starts when it is awaited, which is started once', () => {
    expect(requests.answers['run-as-lazy']).toBe(1);
    expect(requests.of('run-as-lazy', 'db')).toMatchObject([{ ...CUSTOMER, action: 'create' }]);
  });

  it('throws what it throws', () => {
    expect(requests.answers['run-as-throws']).toBe('TypeError: of the application');
  });
});

describe('work done without audit', () => {
  const CASES = [
    'without',
    'without-throws',
    'without-nested',
    'without-lazy',
    'without-transaction',
    'without-outlived',
    'without-reason',
    'without-hides-no-login',
    'without-unhandled',
    'without-end',
  ];
  let requests: Run;
  beforeAll(async () => {
    requests = await run({ within: CASES });
  });

  it('leaves nothing but a record of that, with the reason, the number, the time and the actor', () => {
    expect(requests.answers['without']).toBe('result');
    const rows = requests.of('without');
    expect(rows.filter(({ category }) => category === 'db').map((row) => row.new_values['note'])).toEqual([
      'audible',
      'audible-again',
    ]);
    expect(suspended(rows)).toMatchObject([
      {
        category: 'app',
        outcome: 'success',
        severity: 'notice',
        actor_type: 'anonymous',
        attributes: { 'audit.suspension.reason': 'nightly import', 'audit.suspension.records': '4' },
        request_id: requests.of('without', 'http')[0]?.record_id,
      },
    ]);
    expect(Number(suspended(rows)[0]?.duration_us)).toBeGreaterThan(0);
  });

  it('fails as it would, and its record says so', () => {
    expect(requests.answers['without-throws']).toEqual(['of the application', 'later']);
    expect(suspended(requests.of('without-throws'))).toMatchObject([
      { outcome: 'failure', error_type: 'TypeError', error_message: 'of the application' },
      { outcome: 'failure', error_type: 'RangeError', attributes: { 'audit.suspension.records': '1' } },
    ]);
    expect(requests.answers['without-unhandled']).toBe('unhandled');
  });

  it('within such work has a record of its own', () => {
    expect(suspended(requests.of('without-nested')).map(({ attributes }) => attributes)).toEqual([
      { 'audit.suspension.reason': 'inner', 'audit.suspension.records': '1' },
      { 'audit.suspension.reason': 'outer', 'audit.suspension.records': '2' },
    ]);
  });

  it('may be a query that starts when it is awaited', () => {
    expect(requests.of('without-lazy', 'db')).toEqual([]);
    expect(suspended(requests.of('without-lazy'))).toMatchObject([
      { attributes: { 'audit.suspension.records': '1' } },
    ]);
  });

  it('in a transaction leaves the rest of it on record', () => {
    const rows = requests.of('without-transaction');
    expect(rows.filter(({ category }) => category === 'db')).toMatchObject([
      { new_values: { note: 'audible' }, transaction_outcome: 'committed' },
      { new_values: { note: 'audible' }, transaction_outcome: 'committed' },
    ]);
    expect(rows.filter(({ category }) => category === 'transaction')).toMatchObject([{ action: 'commit' }]);
  });

  it('is over when its function is: what goes on is recorded', () => {
    expect(requests.notes('outlived')).toHaveLength(1);
  });

  it('needs a reason', () => {
    expect(requests.notes('no-reason')).toHaveLength(2);
    expect(suspended(requests.of('without-reason'))).toEqual([]);
    expect(requests.stderr.match(/was called without a reason/g)).toHaveLength(1);
  });

  it('hides neither its request nor a login, and counts the events it hides', () => {
    const rows = requests.of('without-hides-no-login');
    expect(rows.map(({ category, action }) => `${category} ${action}`).sort()).toEqual([
      'app audit_suspended',
      'auth login',
      'http read',
    ]);
    expect(suspended(rows)).toMatchObject([{ attributes: { 'audit.suspension.records': '1' } }]);
  });

  it('that has not ended with the process is on record, too', () => {
    expect(suspended(requests.of('without-end'))).toMatchObject([
      { outcome: 'failure', error_type: 'process_ended', attributes: { 'audit.suspension.records': '1' } },
    ]);
  });

  it('outside of a request, as the first thing of a process, is left out and counted as well', async () => {
    const job = await run({ outside: ['without-end', 'without-lazy', 'without'] });
    expect(job.notes('silent')).toEqual([]);
    expect(
      suspended(job.records)
        .map(({ attributes }) => attributes['audit.suspension.records'])
        .sort(),
    ).toEqual(['1', '1', '4']);
    for (const row of suspended(job.records))
      expect(row).toMatchObject({ actor_type: 'system', actor_id: 'works' });
  });
});

describe('events and attributes of the application', () => {
  let all: Run;
  beforeAll(async () => {
    all = await run({
      outside: ['event-denied', 'annotate-nothing', 'logins'],
      within: ['event', 'annotate', 'annotate-flood', 'plain'],
    });
  });

  it('an event has the actor and the source of its request, and its values without secrets', () => {
    expect(all.answers['event']).toBe(true);
    expect(all.of('event', 'app')).toMatchObject([
      {
        action: 'invoice.sent',
        outcome: 'success',
        severity: 'info',
        target_type: 'invoice',
        target_id: '4711',
        changed_fields: ['state', 'password', 'at'],
        old_values: { state: 'draft', password: '[redacted]' },
        new_values: { state: 'sent', password: '[redacted]', at: '1970-01-01T00:00:00.000Z' },
        attributes: { channel: 'email', api_key: '[redacted]' },
        actor_id: 'admin',
        actor_assurance: 'trusted',
        http_method: 'GET',
        policy_rule: 'app',
        request_id: all.of('event', 'http')[0]?.record_id,
      },
    ]);
    expect(all.of('event', 'app')[0]?.attributes).not.toHaveProperty('audit.auth.count');
    expect(JSON.stringify(all.records)).not.toMatch(/(old|new|attribute|annotation)-secret/);
  });

  it('an event outside of a request is of the service', () => {
    expect(all.records.filter(({ action }) => action === 'export')).toMatchObject([
      {
        category: 'app',
        outcome: 'denied',
        severity: 'error',
        changed_fields: ['a', 'b'],
        error_type: 'E42',
        error_message: 'not his department',
        actor_type: 'system',
        actor_id: 'works',
      },
    ]);
  });

  it('attributes are on every record that the request finishes from then on, its own included', () => {
    expect(all.answers['annotate']).toEqual([true, true]);
    const [before, after] = all.of('annotate', 'db');
    const wanted = { ticket: 'T-1', api_key: '[redacted]', changed: '2' };
    expect(before?.attributes).not.toHaveProperty('ticket');
    expect(after?.attributes).toEqual(wanted);
    expect(all.of('annotate', 'http')[0]?.attributes).toEqual({
      ...wanted,
      'network.protocol.version': '1.1',
    });
    expect(all.of('plain', 'db')[0]?.attributes).toEqual({});
  });

  it('attributes with nothing to belong to are refused', () => {
    expect(all.answers['annotate-nothing']).toBe(false);
  });

  it('attributes without end are cut', () => {
    const [row] = all.of('annotate-flood', 'db');
    expect(Object.keys(row?.attributes ?? {})).toHaveLength(32);
    expect(Object.values(row?.attributes ?? {}).every((value) => value.length <= 1_024)).toBe(true);
  });

  it('parity B11: a failed login outside of a request and a logout with no user are recorded', () => {
    expect(all.answers['logins']).toEqual([true, true, true, true]);
    expect(all.records.filter(({ category }) => category === 'auth')).toMatchObject([
      {
        action: 'login',
        actor_id: 'u-1',
        target_id: 'Ada',
        auth_method: 'ldap',
        source_address: '192.0.2.7',
      },
      {
        action: 'login_failed',
        outcome: 'failure',
        actor_type: 'anonymous',
        target_id: 'eve',
        error_message: 'no such user',
        auth_method: 'ssh',
        source_address: '',
      },
      { action: 'logout', outcome: 'success', actor_type: 'anonymous', target_id: '' },
      { action: 'logout', actor_id: 'u-1', target_id: 'u-1' },
    ]);
  });
});

describe('arguments that are none', () => {
  it.for(['within', 'outside'])(
    'never throw, and the functions of the application all run (%s a request)',
    async (where) => {
      const { answers, records, stderr } = await run({ [where]: ['hostile'] });
      expect(answers['hostile']).toEqual(['boolean', 'ran']);
      expect(records.filter(({ action }) => action === 'values')).toHaveLength(1);
      const strange = records.find(({ action }) => action === 'strange');
      expect(strange?.new_values).toMatchObject({ big: '10', nan: 'NaN' });
      expect(strange?.changed_fields).toContain('__proto__');
      expect(records.filter((row) => row.action === 'login' && row.target_id === 'Named')).toHaveLength(1);
      expect(stderr).not.toContain('a fault in');
    },
  );
});

describe('an application without the preload', () => {
  const CASES = ['run-as', 'run-as-throws', 'without', 'event', 'annotate', 'logins', 'without-throws'];
  const WANTED = {
    'run-as': 'result',
    'run-as-throws': 'TypeError: of the application',
    without: 'result',
    event: false,
    annotate: [false, false],
    logins: [false, false, false, false],
    'without-throws': ['of the application', 'later'],
  };

  it('may import the API all the same', async () => {
    const bare = await run({ outside: CASES, within: CASES, preload: false });
    expect(bare.answers).toMatchObject(WANTED);
    expect(bare.stderr).toBe('');
  });

  it('nor when it is switched off', async () => {
    const off = await run({ outside: CASES, env: { AUDIT_REGISTER_DISABLED: 'true' } });
    expect(off.answers).toMatchObject(WANTED);
    expect(off.records).toEqual([]);
  });
});

it('Work may return a proxy that was revoked', async () => {
  const { answers } = await run({ outside: ['run-as-proxy'] });
  expect(answers['run-as-proxy']).toEqual([true, true]);
});

it('A flush takes any time, and what is none for the default', async () => {
  const { answers, stderr } = await run({ outside: ['flush-anything'] });
  expect(answers['flush-anything']).toEqual({ flushed: Array(9).fill(true), warnings: [] });
  expect(stderr).not.toContain('TimeoutOverflow');
});
