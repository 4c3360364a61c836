import { isIPv4, isIPv6 } from 'node:net';
import { Ajv } from 'ajv';
import type { ValidateFunction } from 'ajv';
import { beforeAll, describe, expect, test } from 'vitest';
import { COLUMNS } from '../../src/record/columns.ts';
import { createStoreClient } from '../../src/store/client.ts';
import { migrate } from '../../src/store/migrate.ts';
import { loadMigrations } from '../../src/store/migrations.ts';
import { queryRows } from '../../src/store/query-rows.ts';
import { ECS_SCHEMA, EXPECTED_TYPES } from '../export/ecs-schema.ts';
import { addHistory } from '../export/history.ts';
import { OCSF_SCHEMAS } from '../export/ocsf-schema.ts';
import { useClickHouse } from '../support/clickhouse.ts';

type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };
type Event = Readonly<Record<string, Json>>;

const store = useClickHouse();
const events: Record<'ocsf' | 'ecs', Event[]> = { ocsf: [], ecs: [] };
let rows: Readonly<Record<string, Json>>[] = [];
let count = 0;

beforeAll(async () => {
  count = await addHistory(store());
  // As those who read it do: by the user who may do nothing else.
  const reader = createStoreClient(store().config('audit_reader'));
  try {
    for (const view of ['ocsf', 'ecs'] as const) {
      const found = await queryRows<{ event: string }>(
        reader,
        `SELECT event FROM audit.${view} ORDER BY occurred_at, record_id`,
      );
      events[view] = found.map(({ event }) => JSON.parse(event) as Event);
    }
    rows = await queryRows(reader, 'SELECT * FROM audit.unique_records ORDER BY occurred_at, record_id');
  } finally {
    await reader.close();
  }
});

function validator(schema: object): ValidateFunction {
  const ajv = new Ajv({ strict: false, allErrors: true });
  ajv.addFormat('ipv4', isIPv4);
  ajv.addFormat('ipv6', isIPv6);
  ajv.addFormat('uuid', /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  ajv.addFormat('date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,9}Z$/);
  return ajv.compile(schema);
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
  test('keeps to the classes of OCSF 1.7 in every event', () => {
    const validators = new Map([...OCSF_SCHEMAS].map(([uid, schema]) => [uid, validator(schema)]));
    const wrong = events.ocsf.flatMap((event) => {
      const validate = validators.get(Number(event['class_uid']));
      return validate?.(event) === true
        ? []
        : [{ event, errors: validate?.errors ?? 'a class that is not known' }];
    });
    expect(wrong).toEqual([]);
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
       WHERE category = 'db' AND outcome = 'success' ORDER BY transaction_outcome`,
    );
    expect(found).toEqual([
      { transaction_outcome: 'autocommit', status_id: 1 },
      { transaction_outcome: 'committed', status_id: 1 },
      { transaction_outcome: 'rolled_back', status_id: 99 },
      { transaction_outcome: 'unknown', status_id: 0 },
    ]);
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
  test('keeps to the fields of ECS 9 in every event', () => {
    const validate = validator(ECS_SCHEMA);
    const wrong = events.ecs.flatMap((event) =>
      validate(event) ? [] : [{ event, errors: validate.errors }],
    );
    expect(wrong).toEqual([]);
  });

  test('has no type that one of its categories does not expect', () => {
    const unexpected = events.ecs.filter(({ event }) => {
      const { category = [], type } = event as { category?: string[]; type: string[] };
      const expected = new Set(category.flatMap((name) => EXPECTED_TYPES[name] ?? []));
      return category.length > 0 && type.some((name) => !expected.has(name));
    });
    expect(unexpected).toEqual([]);
  });

  test('names who acted, and beside them whose rights were assumed', () => {
    const impersonated = events.ecs.filter(({ user }) => JSON.stringify(user ?? '').includes('effective'));
    expect(impersonated.length).toBeGreaterThan(0);
    for (const { user, message } of impersonated) {
      expect(user).toMatchObject({ id: 'root', effective: { id: 'alice' } });
      expect(message).toMatch(/^root as /);
    }
  });

  test('calls a gap an error of the pipeline', () => {
    const gaps = events.ecs.filter(({ event }) => (event as { kind: string }).kind === 'pipeline_error');
    expect(gaps).toHaveLength(2);
  });
});

test('a database that was made before has the views after it is migrated', async () => {
  const { client } = store();
  const before = loadMigrations().filter(({ name }) => name !== '0006_siem_views');
  await migrate(client, { database: 'older', migrations: before });
  await expect(store().query('SELECT event FROM older.ocsf')).rejects.toThrow(/Unknown table/);
  const { applied } = await migrate(client, { database: 'older' });
  expect(applied).toEqual(['0006_siem_views']);
  for (const view of ['ocsf', 'ecs'])
    expect(await store().query(`SELECT event FROM older.${view}`)).toEqual([]);
});
