import { beforeAll, describe, expect, test } from 'vitest';
import { addRecords } from '../store/records.ts';
import { deliver } from '../integrity/written-chain.ts';
import { useClickHouse } from '../support/clickhouse.ts';
import { useAsker } from './asking.ts';
import { expandMacros } from './macros.ts';
import { addPipelineHistory, chainOf } from './pipeline-history.ts';
import { RULES, findRule } from './read-alerts.ts';
import type { AlertJson } from './read-alerts.ts';
import { SECURITY_HOUR, addSecurityHistory } from './security-history.ts';

const store = useClickHouse();
const asker = useAsker(store);

interface Evaluation {
  readonly state: 'OK' | 'Alerting' | 'NoData';
  /** Labels of what fires, with its number. */
  readonly firing: readonly Record<string, unknown>[];
}

/** As Grafana does it: each row of a table with one number is an alert of its own, its texts are its labels. */
async function evaluate(rule: AlertJson, now = new Date()): Promise<Evaluation> {
  const [{ relativeTimeRange, model }, condition] = rule.data;
  const from = new Date(now.getTime() - relativeTimeRange.from * 1000);
  const sql = expandMacros(model.rawSql, { from, to: now, intervalMillis: 1000 });
  const { meta, data } = await asker().askSql(sql);
  const numbers = meta.filter(({ type }) => type === 'Float64');
  expect(numbers).toHaveLength(1);
  const labels = meta.filter(({ type }) => type !== 'Float64');
  for (const { name, type } of labels) expect(type, name).toMatch(/^(LowCardinality\()?String\)?$/);
  expectTemplates(rule, new Set(labels.map(({ name }) => name)));
  const keys = data.map((row) => JSON.stringify(labels.map(({ name }) => row[name])));
  expect(new Set(keys).size, 'no labels come twice').toBe(keys.length);
  if (data.length === 0) return { state: rule.noDataState as Evaluation['state'], firing: [] };
  const [above = Number.NaN] = condition.model.conditions[0]?.evaluator.params ?? [];
  const firing = data.filter((row) => Number(row[numbers[0]?.name ?? '']) > above);
  return { state: firing.length > 0 ? 'Alerting' : 'OK', firing };
}

/** A label that is not there would read "[no value]". */
function expectTemplates({ annotations }: AlertJson, labels: ReadonlySet<string>): void {
  const named = [...JSON.stringify(annotations).matchAll(/\.Labels\.(\w+)/g)].map(
    ([, name]) => name as string,
  );
  for (const name of named) expect([...labels]).toContain(name);
}

async function firing(name: string, now?: Date): Promise<readonly Record<string, unknown>[]> {
  const { state, firing } = await evaluate(findRule(name), now);
  expect(state).toBe('Alerting');
  return firing;
}

describe('on an empty store', () => {
  test.each(RULES)('$title: nothing fires, but for the silence', async (rule) => {
    const { state } = await evaluate(rule);
    expect(state).toBe(rule.uid === 'audit-register-silent' ? 'Alerting' : 'OK');
  });
});

describe('on a quiet day', () => {
  beforeAll(async () => {
    const alive = chainOf('quiet', 5);
    await alive.add(3);
    await alive.add(0, 'heartbeat');
    const ended = chainOf('ended', 30);
    await ended.add(2);
    await ended.add(0, 'closing');
    await deliver(store(), [...alive.written, ...ended.written]);
    const failed = { category: 'auth', action: 'login_failed', outcome: 'failure', target_type: 'account' };
    await addRecords(store(), [
      ...Array.from({ length: 3 }, () => ({ ...ago(5), ...failed, target_id: 'ann' })),
      { ...ago(4), ...write('delete', 'orders', 20) },
      { ...ago(4), ...write('schema', 'orders', 0), environment: 'Testing' },
      { ...ago(4), ...write('delete', 'orders', 5_000), transaction_outcome: 'rolled_back' },
    ]);
  });

  test.each(RULES)('$title: nothing fires', async (rule) => {
    expect(await evaluate(rule)).toEqual({ state: 'OK', firing: [] });
  });
});

describe('on a bad day', () => {
  beforeAll(async () => {
    await addPipelineHistory(store());
    await addSecurityHistory(store());
    await addRecords(store(), [
      { ...ago(9), ...write('delete', 'orders', 600), actor_id: 'mallory', actor_assurance: 'verified' },
      { ...ago(8), ...write('delete', 'orders', 600), actor_id: 'mallory', actor_assurance: 'verified' },
      { ...ago(7), ...write('truncate', 'items', 0), actor_id: 'mallory', actor_assurance: 'verified' },
      { ...ago(6), ...write('schema', 'orders', 0), actor_id: 'root', environment: 'production' },
      { ...ago(5), ...write('grant', '', 0), actor_id: 'root', environment: '' },
    ]);
  });

  test('a process that says nothing, and has not ended, is named', async () => {
    const found = await firing('silent');
    expect(found.map(({ service, host, process }) => [service, host, process])).toEqual([
      ['silent', 'web-1', '42'],
    ]);
    expect(Number(found[0]?.['seconds'])).toBeGreaterThan(30 * 60);
  });

  test('entries and records that are missing are counted, each by its process', async () => {
    const found = await firing('gap');
    const seen = found.map(({ what, service, value }) => [what, service, value]);
    expect(seen).toContainEqual(['entries', 'holed', 1]);
    expect(seen).toContainEqual(['records', 'holed', 3]);
  });

  test('what was dropped and refused is counted', async () => {
    expect(await firing('dropped')).toMatchObject([{ service: 'closed', records: 4 }]);
    expect(await firing('dead-letters')).toMatchObject([{ service: 'closed', records: 1 }]);
  });

  test('attacks are told by whom, and which of them got in', async () => {
    const found = await firing('brute-force', SECURITY_HOUR.to);
    expect(found.map(({ kind, subject, failed }) => [kind, subject, failed])).toEqual([
      ['account', 'bob', 50],
      ['address', '8.8.8.8', 40],
      ['address', '9.9.9.9', 11],
    ]);
    expect(await firing('break-in', SECURITY_HOUR.to)).toMatchObject([
      { subject: '9.9.9.9', account: 'alice' },
    ]);
  });

  test('many rows are many however many statements they took, and a TRUNCATE is told without rows', async () => {
    const found = await firing('mass-delete');
    expect(found.map(({ actor, target, emptied, value }) => [actor, target, emptied, value])).toEqual([
      ['mallory', 'orders', 'no', 1200],
      ['mallory', 'items', 'yes', 0],
    ]);
  });

  test('a change of schema or rights counts where nobody says that it is not production', async () => {
    const found = await firing('schema-change');
    expect(found.map(({ environment, what }) => [environment, what]).toSorted()).toEqual([
      ['', 'rights'],
      ['production', 'the schema'],
    ]);
  });
});

describe('around a full hour', () => {
  const at = (time: string) => new Date(`2026-10-06T${time}:00Z`);
  const tries = (account: string, subject: string, times: readonly string[]) =>
    times.flatMap((time) =>
      Array.from({ length: 5 }, () => ({
        ...ago(0, at(time)),
        category: 'auth',
        action: 'login_failed',
        outcome: 'failure',
        target_type: 'account',
        target_id: account,
        source_address: `::ffff:${subject}`,
        service_name: 'hourly',
      })),
    );
  const attackers = async (rule: string, now: string) => {
    const { firing } = await evaluate(findRule(rule), at(now));
    return firing.map(({ kind, subject, failed }) => [kind, subject, failed]);
  };

  beforeAll(async () => {
    await addRecords(store(), [
      ...tries('ann', '7.7.7.7', ['12:41', '13:20']),
      ...tries('ann', '7.7.7.8', ['12:10', '13:20']),
      ...tries('bob', '7.7.7.9', ['14:10', '14:20', '15:05', '15:15']),
      {
        ...ago(0, at('13:25')),
        category: 'auth',
        action: 'login',
        outcome: 'success',
        target_type: 'account',
        target_id: 'ann',
        source_address: '::ffff:7.7.7.7',
        service_name: 'hourly',
      },
    ]);
  });

  test('ten tries within sixty minutes are an attack, and within seventy none', async () => {
    expect(await attackers('brute-force', '13:21')).toEqual([
      // From two addresses.
      ['account', 'ann', 15],
      ['address', '7.7.7.7', 10],
    ]);
    expect(await attackers('break-in', '13:26')).toContainEqual(['address', '7.7.7.7', 10]);
  });

  test('the most that came within an hour is told', async () => {
    expect(await attackers('brute-force', '15:20')).toContainEqual(['address', '7.7.7.9', 15]);
  });
});

/** A day of somebody who chooses what he is called. */
describe('of names that somebody chose', () => {
  const DAY = new Date('2026-10-05T13:00:00Z');
  const NAMESAKE = { actor_id: 'mallory', actor_name: 'alice', actor_assurance: 'claimed' };
  const LOUD = '<!channel> @here `x` [y](https://evil.example)\nresolved\u202e';
  const before = (minutes: number) => ({ ...ago(minutes, DAY), service_name: 'named' });
  const deleted = (table: string, rows: number) => ({
    ...before(9),
    ...write('delete', table, rows),
    service_name: 'named',
  });
  const told = async (rule: string) => (await firing(rule, DAY)).filter(({ service }) => service === 'named');

  beforeAll(async () => {
    const bob = { actor_id: 'u-9', actor_assurance: 'verified' };
    const failed = { category: 'auth', action: 'login_failed', outcome: 'failure', target_type: 'account' };
    await addRecords(store(), [
      ...['Bob', 'Bob ', 'B0b'].map((name) => ({ ...deleted('orders', 600), ...bob, actor_name: name })),
      { ...deleted('invoices', 5000), ...NAMESAKE },
      ...['a', 'b', 'c'].map((id) => ({
        ...deleted('users', 400),
        actor_id: id,
        actor_assurance: 'claimed',
      })),
      ...['cron', 'Cron'].map((name) => ({
        ...deleted('sessions', 500),
        actor_type: 'system',
        actor_id: 'named',
        actor_assurance: 'none',
        actor_name: name,
      })),
      // As the real one bears it, before and after.
      { ...deleted('carts', 1500), actor_id: 'u-1', actor_name: 'Ann', actor_assurance: 'trusted' },
      { ...deleted('carts', 1), actor_id: 'u-1', actor_name: 'root', actor_assurance: 'claimed' },
      // Two that are cut to the same label.
      ...['x', 'y'].map((end) => ({
        ...deleted('logs', 1000),
        actor_id: 'z'.repeat(120) + end,
        actor_assurance: 'verified',
      })),
      { ...before(8), ...write('schema', 'orders', 0), service_name: 'named', ...NAMESAKE },
      { ...before(8), ...write('schema', 'orders', 0), service_name: 'named', ...bob, actor_name: LOUD },
      ...[LOUD, 'x'.repeat(3000)].flatMap((target_id) =>
        Array.from({ length: 10 }, (_, index) => ({
          ...before(20),
          ...failed,
          target_id,
          source_address: `::ffff:10.0.0.${index}`,
        })),
      ),
    ]);
  });

  test('rows are counted by who deleted them, whatever they were called', async () => {
    const found = await told('mass-delete');
    const seen = found.map(({ actor, assurance, target, value }) => [target, actor, assurance, value]);
    expect(seen.toSorted()).toEqual([
      ['carts', 'Ann (u-1)', 'trusted', 1500],
      ['invoices', 'alice (mallory)', 'claimed', 5000],
      ['logs', `${'z'.repeat(99)}…`, 'verified', 2000],
      ['orders', expect.stringMatching(/^B[o0]b ? \(u-9\)$/), 'verified', 1800],
      ['sessions', expect.stringMatching(/^[Cc]ron \(named\)$/), 'none', 1000],
      ['users', 'several names that nobody vouches for', 'unsure', 1200],
    ]);
  });

  test('nobody is shown as somebody else who changed the schema', async () => {
    const found = await told('schema-change');
    expect(found.map(({ actor, assurance }) => [actor, assurance]).toSorted()).toEqual([
      ['alice (mallory)', 'claimed'],
      ['＜!channel＞ ＠here ˋxˋ ［y］(https：//evil.example)�resolved� (u-9)', 'verified'],
    ]);
  });

  test('what was typed pings nobody, leads nowhere, breaks no line and is short', async () => {
    const found = await told('brute-force');
    expect(found.map(({ subject }) => subject).toSorted()).toEqual([
      `${'x'.repeat(99)}…`,
      '＜!channel＞ ＠here ˋxˋ ［y］(https：//evil.example)�resolved�',
    ]);
  });
});

function write(action: string, table: string, rows: number) {
  return {
    category: 'db',
    action,
    outcome: 'success',
    transaction_outcome: 'autocommit',
    target_type: table,
    target_tables: [table],
    db_rows: rows,
    service_name: 'shop',
    environment: 'production',
    actor_type: 'user',
  };
}

function ago(minutes: number, now = new Date()) {
  const time = new Date(now.getTime() - minutes * 60_000);
  return { occurred_at: time.toISOString().replace('T', ' ').replace('Z', '') };
}
