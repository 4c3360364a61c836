import { beforeAll, expect, test } from 'vitest';
import { useAuditedServices } from './audited-service.ts';
import type { AuditedService } from './audited-service.ts';

const audited = useAuditedServices();
let service: AuditedService;

/** One row's life, told by three requests of two people; and an import of rows that nobody named. */
beforeAll(async () => {
  await audited.query('create table tickets (id int primary key, title text, state text)');
  service = await audited.start({ AUDIT_REGISTER_JWT_DANGEROUSLY_SKIP_VERIFICATION: 'true' });
  const as = (sub: string, id: string) => ({ authorization: `Bearer ${claim(sub)}`, 'x-request-id': id });
  await service.sql(
    [{ text: 'insert into tickets (id, title, state) values ($1, $2, $3)', values: [7, 'Broken', 'open'] }],
    as('ann', 'req-1'),
  );
  await service.sql(
    [
      { text: 'begin' },
      { text: 'update tickets set state = $1 where id = $2', values: ['closed', 7] },
      { text: "insert into tickets select n, 'bulk', 'open' from generate_series(100, 149) n" },
      { text: 'commit' },
    ],
    as('bob', 'req-2'),
  );
  await service.sql(
    [
      { text: 'begin' },
      { text: 'delete from tickets where id = 7' },
      { text: 'rollback' },
      { text: "update tickets set title = 'Mended' where id = 7" },
    ],
    as('bob', 'req-3'),
  );
  await service.end();
});

/** A token that is decoded only. */
function claim(sub: string): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'HS256' })}.${part({ sub, name: sub })}.c2lnbmF0dXJl`;
}

const rows = (sql: string): Promise<Record<string, unknown>[]> =>
  audited.store().query(sql, { service: service.name });

test('parity A: simple-history’s diff: every change of a field, beside what it was before', async () => {
  const found = await rows(
    `SELECT field, previous_value, value, actor_id FROM audit.field_history
     WHERE service_name = {service: String} AND target_type = 'tickets' AND object_id = '7' AND field IN ('state', 'title')
     ORDER BY occurred_at, field`,
  );
  expect(found).toEqual([
    { field: 'state', previous_value: null, value: 'open', actor_id: 'ann' },
    { field: 'title', previous_value: null, value: 'Broken', actor_id: 'ann' },
    { field: 'state', previous_value: 'open', value: 'closed', actor_id: 'bob' },
    { field: 'title', previous_value: 'Broken', value: 'Mended', actor_id: 'bob' },
  ]);
});

test('parity A: simple-history’s as-of: what a row looked like at a time', async () => {
  const found = await rows(
    `SELECT field, argMax(value, occurred_at) AS value FROM audit.field_history
     WHERE service_name = {service: String} AND target_type = 'tickets' AND object_id = '7' AND occurred_at < now64(9)
     GROUP BY field HAVING field != '' ORDER BY field`,
  );
  expect(found).toEqual(
    expect.arrayContaining([
      { field: 'state', value: 'closed' },
      { field: 'title', value: 'Mended' },
    ]),
  );
});

test('parity A: the admin’s history of one object: who, what, when, from where, and whether it counts', async () => {
  const found = await rows(
    `SELECT action, final_outcome, actor_id, http_route, source_address FROM audit.object_history
     WHERE service_name = {service: String} AND target_type = 'tickets' AND object_id = '7' ORDER BY occurred_at`,
  );
  const common = { http_route: '/sql', source_address: '::ffff:127.0.0.1' };
  expect(found).toEqual([
    { ...common, action: 'create', final_outcome: 'applied', actor_id: 'ann' },
    { ...common, action: 'update', final_outcome: 'applied', actor_id: 'bob' },
    { ...common, action: 'delete', final_outcome: 'rolled_back', actor_id: 'bob' },
    { ...common, action: 'update', final_outcome: 'applied', actor_id: 'bob' },
  ]);
});

test('parity A: the admin’s filters and searches: by type, table, person, date, address and path', async () => {
  const filters: Readonly<Record<string, number>> = {
    "action = 'create'": 2,
    "target_type = 'tickets'": 5,
    "actor_id = 'bob'": 4,
    "actor_name ILIKE '%AN%'": 1,
    'toDate(occurred_at) = today()': 5,
    "source_address = toIPv6('127.0.0.1')": 5,
    "arrayExists(value -> value ILIKE '%mended%', mapValues(new_values))": 1,
    "db_statement ILIKE '%insert into tickets%'": 2,
    'db_rows > 10': 1,
  };
  for (const [condition, count] of Object.entries(filters)) {
    const [found] = await rows(
      `SELECT count() AS n FROM audit.changes WHERE service_name = {service: String} AND ${condition}`,
    );
    expect(Number(found?.['n']), condition).toBe(count);
  }
});

test('parity A: pghistory’s context: the changes of one request stand together, with their transaction', async () => {
  const found = await rows(
    `SELECT correlation_id, count() AS changes, uniqExact(request_id) AS requests, sum(db_rows) AS rows
     FROM audit.changes WHERE service_name = {service: String} GROUP BY correlation_id ORDER BY correlation_id`,
  );
  expect(found.map((row) => [row['correlation_id'], Number(row['changes']), Number(row['rows'])])).toEqual([
    ['req-1', 1, 1],
    ['req-2', 2, 51],
    ['req-3', 2, 2],
  ]);
  for (const row of found) expect(Number(row['requests'])).toBe(1);
});

test('parity A: WATCH_AUTH_EVENTS is a switch of its own', async () => {
  const login = {
    method: 'POST',
    body: 'username=ann&password=x',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  };
  const categories = async (env: Readonly<Record<string, string>>): Promise<string[]> => {
    const app = await audited.start(env);
    await app.ask('/login', login);
    return (await app.end()).records.map(({ category }) => category).sort();
  };
  expect(await categories({})).toEqual(['auth', 'http']);
  expect(await categories({ AUDIT_REGISTER_CAPTURE_AUTH: 'false' })).toEqual(['http']);
});
