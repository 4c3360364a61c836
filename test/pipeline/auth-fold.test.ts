import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AuthFold } from '../../src/pipeline/logins/auth-fold.ts';
import { createBlankRecord } from '../../src/pipeline/blank-record.ts';
import type { Draft } from '../../src/pipeline/blank-record.ts';
import { ANONYMOUS } from '../../src/record/actor.ts';
import type { Actor } from '../../src/record/actor.ts';

vi.mock('../../src/timers.ts', async () => (await import('../support/live-timers.ts')).liveTimers);

const blank = createBlankRecord({ name: 'test', version: '', instance: '', environment: '' });

let written: Draft[];
let fold: AuthFold;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_800_000_000_000 });
  written = [];
  fold = new AuthFold((draft) => written.push(draft));
});
afterEach(() => vi.useRealTimers());

function fail(source: string, name: string, action = 'login_failed'): void {
  const occurred_at = BigInt(Date.now()) * 1_000_000n;
  const draft = {
    ...blank(),
    action,
    source_address: source,
    target_id: name,
    occurred_at,
    outcome: 'failure',
  };
  fold.failure({ ...draft, request_id: 'of the request', correlation_id: 'c' }, ANONYMOUS);
}

const countOf = (draft: Draft | undefined): number => Number(draft?.attributes['audit.auth.count'] ?? 1);
const total = (): number => written.reduce((sum, draft) => sum + countOf(draft), 0);

describe('a flood of failures', () => {
  it('of one source and one name is ten records and one for the rest', () => {
    for (let index = 0; index < 500; index++) {
      fail('192.0.2.1', 'ada');
      vi.advanceTimersByTime(10);
    }
    expect(written).toHaveLength(10);
    vi.advanceTimersByTime(60_000);
    expect(written).toHaveLength(11);
    expect(written[10]).toMatchObject({
      source_address: '192.0.2.1',
      target_id: 'ada',
      target_ids: [],
      request_id: '00000000-0000-0000-0000-000000000000',
      correlation_id: '',
      duration_us: 4_890_000,
      attributes: {
        'audit.auth.count': '490',
        'audit.auth.first_at': '2027-01-15T08:00:00.100Z',
        'audit.auth.last_at': '2027-01-15T08:00:04.990Z',
      },
    });
  });

  it('of one source over many names keeps a hundred of the names', () => {
    for (let index = 0; index < 5_000; index++) fail('192.0.2.1', `name-${index}`);
    fold.settle();
    expect(written).toHaveLength(31);
    expect(written[30]).toMatchObject({ source_address: '192.0.2.1', target_id: '' });
    expect(written[30]?.target_ids).toHaveLength(100);
    expect(written[30]?.target_ids[0]).toBe('name-30');
    expect(total()).toBe(5_000);
  });

  it('of many sources against one name keeps twenty of the sources', () => {
    for (let index = 0; index < 5_000; index++) fail(`2001:db8::${index.toString(16)}`, 'ada');
    fold.settle();
    expect(written).toHaveLength(31);
    expect(written[30]).toMatchObject({ source_address: '', target_id: 'ada' });
    expect(written[30]?.attributes['audit.auth.sources']?.split(' ')).toHaveLength(20);
    expect(total()).toBe(5_000);
  });

  it('of random sources and names is bounded, and every one of them is counted', () => {
    for (let index = 0; index < 50_000; index++) fail(`2001:db8::${index.toString(16)}`, `name-${index}`);
    fold.settle();
    expect(written.length).toBeLessThan(1_100);
    expect(total()).toBe(50_000);
  });

  it('does not fold failed logins with rejected tokens', () => {
    for (let index = 0; index < 20; index++) fail('192.0.2.1', 'ada', 'token_rejected');
    fail('192.0.2.1', 'ada');
    expect(written.map(({ action }) => action)).toEqual([
      ...Array.from({ length: 10 }, () => 'token_rejected'),
      'login_failed',
    ]);
    fold.settle();
    expect(written[11]).toMatchObject({ action: 'token_rejected' });
    expect(countOf(written[11])).toBe(10);
  });

  it('that goes on is ten records and one, minute by minute', () => {
    for (let index = 0; index < 180; index++) {
      fail('192.0.2.1', 'ada');
      vi.advanceTimersByTime(1_000);
    }
    fold.settle();
    expect(written).toHaveLength(33);
    expect(total()).toBe(180);
  });
});

it('the failures of an office behind one address are apart', () => {
  for (let index = 0; index < 25; index++) fail('192.0.2.1', `name-${index}`);
  expect(written).toHaveLength(25);
  fold.settle();
  expect(written).toHaveLength(25);
});

it('what was folded can be written at any time, and goes on being folded', () => {
  for (let index = 0; index < 20; index++) fail('192.0.2.1', 'ada');
  fold.settle();
  for (let index = 0; index < 5; index++) fail('192.0.2.1', 'ada');
  expect(written).toHaveLength(11);
  fold.settle();
  fold.settle();
  expect(written.slice(10).map(countOf)).toEqual([10, 5]);
});

it('nothing is kept when all windows have ended', () => {
  for (let index = 0; index < 100; index++) fail('192.0.2.1', 'ada');
  vi.advanceTimersByTime(120_000);
  expect(vi.getTimerCount()).toBe(0);
  expect(total()).toBe(100);
});

describe('a record of many', () => {
  const actor: Actor = { ...ANONYMOUS, authMethod: 'password', authIssuer: 'here' };

  /** Failures that have records of their own, up to the threshold, and then these. */
  function folded(...failures: readonly [Partial<Draft>, Partial<Actor>?][]): Draft {
    const actors: Actor[] = [];
    const folding = new AuthFold((draft, whose) => {
      written.push(draft);
      actors.push(whose);
    });
    const common = { ...blank(), action: 'login_failed', source_address: '192.0.2.1', target_id: 'ada' };
    for (let index = 0; index < 10; index++) folding.failure({ ...common }, actor);
    for (const [draft, whose] of failures) folding.failure({ ...common, ...draft }, { ...actor, ...whose });
    folding.settle();
    expect(written).toHaveLength(11);
    return { ...(written[10] as Draft), auth_method: actors[10]?.authMethod ?? '' };
  }

  const first: Partial<Draft> = {
    url_path: '/login',
    http_route: '/login',
    http_method: 'POST',
    http_status: 401,
    user_agent: 'curl',
    outcome: 'failure',
    error_type: '401',
    error_message: 'Unauthorized',
    attributes: { team: 'shop', run: '1', only: 'x' },
  };

  it('keeps what they have in common', () => {
    expect(folded([first], [first])).toMatchObject({
      ...first,
      auth_method: 'password',
      attributes: { ...first.attributes, 'audit.auth.count': '2' },
    });
  });

  it('has nothing that only some of them said', () => {
    const other: Partial<Draft> = {
      url_path: '/admin/login',
      http_route: '/admin/login',
      http_method: 'PUT',
      http_status: 423,
      user_agent: 'python',
      outcome: 'denied',
      error_type: '423',
      error_message: 'Locked',
      attributes: { team: 'shop', run: '2' },
    };
    const record = folded([first], [other, { authMethod: 'basic' }], [first]);
    expect(record).toMatchObject({
      url_path: '',
      http_route: '',
      http_method: '',
      http_status: 0,
      user_agent: '',
      outcome: 'failure',
      error_type: '',
      error_message: '',
      auth_method: '',
    });
    expect(Object.keys(record.attributes).sort()).toEqual([
      'audit.auth.count',
      'audit.auth.first_at',
      'audit.auth.last_at',
      'team',
    ]);
  });
});
