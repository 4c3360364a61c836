import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { COLUMNS } from '../../src/record/columns.ts';
import { createStoreClient } from '../../src/store/client.ts';
import { migrate } from '../../src/store/migrate.ts';
import { loadMigrations } from '../../src/store/migrations.ts';
import { queryRows } from '../../src/store/query-rows.ts';
import { addHistory } from '../export/history.ts';
import { addRecords } from '../store/records.ts';
import { useClickHouse } from '../support/clickhouse.ts';
import { problemsOfEcs } from './ecs.ts';
import { problemsOfOcsf } from './ocsf.ts';
import { extremeRecords, foreignRecords, hostileRecords, otherRecords } from './records.ts';

type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };
type Event = Readonly<Record<string, Json>>;

const GUIDE = readFileSync(new URL('../../docs/siem.md', import.meta.url), 'utf8');
const DOCUMENTED = [...GUIDE.matchAll(/^```sql\n([\s\S]+?)^```$/gm)].map(([, sql = '']) => sql);

const store = useClickHouse();
const events: Record<'ocsf' | 'ecs', Event[]> = { ocsf: [], ecs: [] };
let rows: Readonly<Record<string, Json>>[] = [];
let count = 0;
/** Every event of OCSF to the letter. */
const texts: string[] = [];

/** Records of other kinds and with the ends of what columns can hold, kept apart by their environment. */
const APART = 'apart';
const apart: Record<'ocsf' | 'ecs', Event[]> = { ocsf: [], ecs: [] };
let apartCount = 0;

beforeAll(async () => {
  count = await addHistory(store());
  const others = [...foreignRecords(), ...otherRecords(), ...hostileRecords(), ...extremeRecords()];
  apartCount = others.length;
  const chain = { chain_id: randomUUID(), segment_id: randomUUID(), severity: 'info', action: 'read' };
  const occurred_at = '2026-11-21 10:00:00';
  await addRecords(
    store(),
    others.map((record, index) => ({
      ...chain,
      occurred_at,
      sequence: index + 1,
      ...record,
      environment: APART,
    })),
  );
  // As those who read it do: by the user who may do nothing else.
  const reader = createStoreClient(store().config('audit_reader'));
  try {
    for (const view of ['ocsf', 'ecs'] as const) {
      for (const [kept, condition] of [
        [events, '!='],
        [apart, '='],
      ] as const) {
        const found = await queryRows<{ event: string }>(
          reader,
          `SELECT event FROM audit.${view}
           WHERE record_id IN (SELECT record_id FROM audit.records WHERE environment ${condition} '${APART}')
           ORDER BY occurred_at, record_id`,
        );
        kept[view] = found.map(({ event }) => JSON.parse(event) as Event);
        if (view === 'ocsf') texts.push(...found.map(({ event }) => event));
      }
    }
    rows = await queryRows(
      reader,
      `SELECT * FROM audit.unique_records WHERE environment != '${APART}' ORDER BY occurred_at, record_id`,
    );
  } finally {
    await reader.close();
  }
});

function wrongOf(all: readonly Event[], problemsOf: (event: Event) => string[]): object[] {
  return all.flatMap((event) => {
    const problems = problemsOf(event);
    return problems.length === 0 ? [] : [{ problems, event: JSON.stringify(event).slice(0, 1_000) }];
  });
}

/** Every text and number in an event; a text that is JSON itself is looked into as well. */
function leaves(value: Json): string[] {
  if (value === null) return [];
  if (typeof value === 'string' && /^\{.*\}$/s.test(value) && isJson(value))
    return [value, ...leaves(JSON.parse(value) as Json)];
  if (typeof value !== 'object') return [String(value)];
  if (Array.isArray(value)) return value.flatMap(leaves);
  return Object.entries(value).flatMap(([name, member]) => [name, ...leaves(member)]);
}

function isJson(text: string): boolean {
  try {
    return JSON.parse(text) !== undefined;
  } catch {
    return false;
  }
}

/** What a column says, as it must stand somewhere in the event; nothing for the unknown. */
function said(name: string, type: string, value: Json): string[] {
  if (value === null || value === '' || value === 0 || value === '0') return [];
  if (value === '00000000-0000-0000-0000-000000000000' || value === '::') return [];
  if (name === 'source_address') return [String(value).replace('::ffff:', '')];
  // Read in milliseconds or in ISO 8601, and the severity as a number in one of the two.
  if (type.startsWith('DateTime64') || name === 'severity' || name === 'category') return [];
  return leaves(value);
}

describe.each(['ocsf', 'ecs'] as const)('audit.%s', (view) => {
  test('has one event a record', () => {
    expect(events[view]).toHaveLength(count);
    expect(apart[view]).toHaveLength(apartCount);
  });

  test('is UTF-8 whatever bytes somebody else has written', async () => {
    const bytes = "unhex('22FFC3285C')";
    await store().client.command({
      query: `INSERT INTO audit.records (environment, category, action, actor_id, actor_roles, new_values, attributes, http_method, url_path, service_name)
        SELECT 'bytes', 'http', ${bytes}, ${bytes}, [${bytes}], map(${bytes}, ${bytes}), map(${bytes}, ${bytes}), ${bytes}, ${bytes}, ${bytes}`,
    });
    const [row] = await store().query(
      `SELECT min(isValidUTF8(event)) AS valid, min(isValidJSON(event)) AS json, count() > 0 AS found FROM audit.${view}
       WHERE record_id IN (SELECT record_id FROM audit.records WHERE environment = 'bytes')`,
    );
    expect(row).toEqual({ valid: 1, json: 1, found: 1 });
  });

  test('loses nothing that a record says', () => {
    const columns = COLUMNS.filter(({ name }) => !(view === 'ocsf' && name === 'recorded_at'));
    const lost = rows.flatMap((row, index) => {
      const there = new Set(leaves(events[view][index] ?? null));
      return columns.flatMap(({ name, type }) =>
        said(name, type, row[name] ?? null)
          .filter((value) => !there.has(value) && ![...there].some((leaf) => leaf.includes(value)))
          .map((value) => ({ index, category: row['category'], name, value })),
      );
    });
    expect(lost).toEqual([]);
  });
});

describe('audit.ocsf', () => {
  test('keeps to the published schema of its class in every event', () => {
    expect(wrongOf([...events.ocsf, ...apart.ocsf], problemsOfOcsf)).toEqual([]);
  });

  test('maps every category to its class', async () => {
    const found = await store().query(
      `SELECT DISTINCT records.category AS category, class_uid
       FROM audit.ocsf INNER JOIN audit.records ON ocsf.record_id = records.record_id
       WHERE category IN ('http', 'db', 'transaction', 'auth', 'app', 'gap') ORDER BY category`,
    );
    expect(found).toEqual([
      { category: 'app', class_uid: 6003 },
      { category: 'auth', class_uid: 3002 },
      { category: 'db', class_uid: 6005 },
      { category: 'gap', class_uid: 6008 },
      { category: 'http', class_uid: 6003 },
      { category: 'transaction', class_uid: 6005 },
    ]);
  });

  test('says the time in milliseconds, and the identity of the event is that of the record', () => {
    const [event] = events.ocsf;
    expect(event).toMatchObject({
      time: Date.parse('2026-11-20T10:00:00.123Z'),
      metadata: { uid: rows[0]?.['record_id'], original_time: '2026-11-20T10:00:00.123456789Z' },
    });
  });

  test('counts the logins that were folded into one record', () => {
    expect(events.ocsf.filter(({ count }) => count !== undefined)).toMatchObject([
      { class_uid: 3002, count: 12, src_endpoint: { ip: '198.51.100.12' } },
    ]);
  });

  test('never shows a statement that was rolled back as a success', async () => {
    const found = await store().query(
      `SELECT DISTINCT transaction_outcome, status_id
       FROM audit.ocsf INNER JOIN audit.records ON ocsf.record_id = records.record_id
       WHERE category = 'db' AND outcome = 'success' AND environment != '${APART}' ORDER BY transaction_outcome`,
    );
    expect(found).toEqual([
      { transaction_outcome: 'autocommit', status_id: 1 },
      { transaction_outcome: 'committed', status_id: 1 },
      { transaction_outcome: 'rolled_back', status_id: 99 },
      { transaction_outcome: 'unknown', status_id: 0 },
    ]);
  });

  test('carries the place of every record in its chain, and a fingerprint that anybody can compute', () => {
    const chained = texts.filter((text) => text.includes('"profiles":["record_integrity"]'));
    expect(chained.length).toBeGreaterThan(count);
    for (const text of chained) {
      const event = JSON.parse(text) as { metadata: object; unmapped: object; attestation_list: object[] };
      const [, value] = /,"fingerprint":\{[^{}]*"value":"(\w+)"\}\}\]\}$/.exec(text) ?? [];
      const without = text.replace(/,"fingerprint":\{[^{}]*\}\}\]\}$/, '}]}');
      expect(value).toBe(createHash('sha256').update(without).digest('hex'));
      const { chain_id, segment_id } = event.unmapped as { chain_id: string; segment_id: string };
      expect(event.attestation_list).toMatchObject([{ uid: segment_id, chain_uid: chain_id }]);
      expect(event.metadata).toHaveProperty('sequence');
    }
  });

  test('attests nothing of records that are of no chain', () => {
    const foreign = apart.ocsf.filter((event) => event['attestation_list'] === undefined);
    expect(foreign).toHaveLength(foreignRecords().length);
    for (const { metadata } of foreign) expect(metadata).not.toHaveProperty('profiles');
  });

  test('says of a request to somebody else to whom it went', () => {
    const call = apart.ocsf.find(({ activity_name }) => activity_name === 'call');
    expect(call).toMatchObject({
      dst_endpoint: { name: 'api.payments.example:8443' },
      api: { operation: 'POST /v1/charges', service: { name: 'api.payments.example:8443' } },
    });
  });

  test('says of a request what it asked for beneath its path', () => {
    const operations = apart.ocsf.map(({ api }) => (api as { operation?: string } | undefined)?.operation);
    expect(operations).toContain('mutation.deleteOrder');
  });

  test('shortens no address but that of mapped IPv4', () => {
    const said = apart.ocsf.map(({ src_endpoint }) => (src_endpoint as { ip?: string } | undefined)?.ip);
    for (const ip of ['::1', '::ffff:0:102:304', '0.0.0.0', '255.255.255.255', '10.1.2.3', 'fe80::1'])
      expect(said).toContain(ip);
  });

  test('has columns that agree with the event, for who reads with SQL', async () => {
    const disagreeing = await store().query(
      `SELECT count() AS events FROM audit.ocsf
       WHERE class_uid != JSONExtractUInt(event, 'class_uid') OR type_uid != JSONExtractUInt(event, 'type_uid')
         OR activity_id != JSONExtractUInt(event, 'activity_id') OR severity_id != JSONExtractUInt(event, 'severity_id')
         OR status_id != JSONExtractUInt(event, 'status_id')`,
    );
    expect(disagreeing).toEqual([{ events: 0 }]);
  });
});

describe('audit.ecs', () => {
  test('keeps to the published fields in every event', () => {
    expect(wrongOf([...events.ecs, ...apart.ecs], problemsOfEcs)).toEqual([]);
  });

  test('names who acted, and beside them whose rights were assumed', () => {
    const impersonated = events.ecs.filter(({ user }) => JSON.stringify(user ?? '').includes('effective'));
    expect(impersonated.length).toBeGreaterThan(0);
    for (const { user, message } of impersonated) {
      expect(user).toMatchObject({ id: 'root', effective: { id: 'alice' } });
      expect(message).toMatch(/^root as /);
    }
  });

  test('names who was tried where nobody was known, and to whom a request went', () => {
    expect(apart.ecs).toContainEqual(expect.objectContaining({ user: { name: 'mallory' } }));
    expect(apart.ecs).toContainEqual(
      expect.objectContaining({ destination: { address: 'api.payments.example:8443' } }),
    );
  });

  test('calls a gap an error of the pipeline', () => {
    const gaps = events.ecs.filter(({ event }) => (event as { kind: string }).kind === 'pipeline_error');
    expect(gaps).toHaveLength(2);
  });
});

describe('what the events are compared with', () => {
  const withMember = (event: Event | undefined, name: string, value: Json | undefined): Event =>
    JSON.parse(JSON.stringify({ ...event, [name]: value })) as Event;

  test.each<[string, Json | undefined, RegExp]>([
    ['time', undefined, /time is required/],
    ['actor', undefined, /actor is required/],
    ['time', 'noon', /time is no whole number/],
    ['severity_id', 7, /severity_id: 7 is not in its list/],
    ['severity', 'Fatal', /severity: Fatal is not/],
    ['class_name', 'API', /class_name: API is not API Activity/],
    ['more', 1, /more is not an attribute of it/],
    ['src_endpoint', {}, /src_endpoint\. has none of/],
    ['src_endpoint', { ip: '999.1.1.1' }, /is no ip_t/],
    ['cloud', { provider: 'x' }, /cloud is not an attribute of it/],
    ['attestation_list', [{ uid: 'x' }], /has none of fingerprint, signatures/],
  ])('says of an event of OCSF what is wrong with its %s', (name, value, problem) => {
    const event = events.ocsf.find(({ class_uid }) => class_uid === 6003);
    expect(problemsOfOcsf(event ?? {})).toEqual([]);
    expect(problemsOfOcsf(withMember(event, name, value)).join('\n')).toMatch(problem);
  });

  test.each<[string, Json | undefined, RegExp]>([
    ['@timestamp', undefined, /@timestamp is missing/],
    ['@timestamp', 'noon', /is no date/],
    ['event', { kind: 'party' }, /event.kind: party is not allowed/],
    ['event', { kind: 'event', category: ['web'], type: ['start'] }, /start is not expected with web/],
    ['event', { kind: 'event', category: 'web' }, /event.category is no list/],
    ['source', { ip: 'here' }, /source.ip: here is no ip/],
    ['more', 1, /more is no field of ECS/],
  ])('says of an event of ECS what is wrong with its %s', (name, value, problem) => {
    const [event] = events.ecs;
    expect(problemsOfEcs(event ?? {})).toEqual([]);
    expect(problemsOfEcs(withMember(event, name, value)).join('\n')).toMatch(problem);
  });
});

test.each(DOCUMENTED)(
  'the query of docs/siem.md gives every record that has arrived, a line each: %#',
  async (query) => {
    const asked = `${store().url}/?param_from=2026-01-01&param_to=${new Date(Date.now() + 1_000).toISOString().slice(0, 19)}`;
    const answer = await fetch(asked, { method: 'POST', body: query.replace(' - INTERVAL 1 MINUTE', '') });
    const text = await answer.text();
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('{"create":'));
    const [row] = await store().query<{ records: number }>('SELECT count() AS records FROM audit.records');
    expect(lines).toHaveLength(row?.records ?? 0);
    for (const line of lines) expect(JSON.parse(line)).toBeTypeOf('object');
  },
);

test('a database that was made before has the new views after it is migrated', async () => {
  const { client } = store();
  const before = loadMigrations().filter(({ version }) => version < 11);
  await migrate(client, { database: 'older', migrations: before });
  await expect(store().query('SELECT chain_id FROM older.ocsf')).rejects.toThrow(/chain_id/);
  const { applied } = await migrate(client, { database: 'older' });
  expect(applied).toContain('0011_siem');
  for (const view of ['ocsf', 'ecs'])
    expect(await store().query(`SELECT event, chain_id FROM older.${view}`)).toEqual([]);
});
