import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSqlAnalyser, loadSqlParser } from '../../src/sql/analyse.ts';
import { VOLATILE_READS } from '../../src/sql/read-functions.ts';
import { startPostgres } from '../support/postgres.ts';
import type { Postgres } from '../support/postgres.ts';
import { one } from './statements.ts';

interface CatalogFunction {
  readonly name: string;
  readonly isVolatile: boolean;
  /** Whether it is there for people: no operator's, type's, aggregate's or index's own. */
  readonly isPublic: boolean;
}

/** Everything of one name together: one volatile function of a name makes the name volatile. */
const CATALOG = `
  select proname as name, bool_or(provolatile = 'v') as "isVolatile", bool_or(
    not exists (select from pg_operator o where p.oid in (o.oprcode, o.oprrest, o.oprjoin))
    and not exists (select from pg_type t where p.oid in (t.typinput, t.typoutput, t.typreceive, t.typsend,
      t.typmodin, t.typmodout, t.typanalyze, t.typsubscript))
    and not exists (select from pg_aggregate a where p.oid in (a.aggtransfn, a.aggfinalfn, a.aggcombinefn,
      a.aggserialfn, a.aggdeserialfn, a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn))
    and not exists (select from pg_amproc a where a.amproc = p.oid)
    and not exists (select from pg_conversion c where c.conproc = p.oid)
    and prorettype not in ('internal'::regtype, 'trigger'::regtype, 'event_trigger'::regtype,
      'language_handler'::regtype, 'index_am_handler'::regtype, 'table_am_handler'::regtype,
      'tsm_handler'::regtype, 'fdw_handler'::regtype)
    and not 'internal'::regtype = any (proargtypes)
  ) as "isPublic"
  from pg_proc p where pronamespace = 'pg_catalog'::regnamespace group by proname`;

let postgres: Postgres;
let catalog: readonly CatalogFunction[];

beforeAll(async () => {
  await loadSqlParser();
  postgres = await startPostgres();
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  catalog = (await client.query<CatalogFunction>(CATALOG)).rows;
  await client.end();
});

afterAll(() => postgres.stop());

function isRead(name: string): boolean {
  return one(`select pg_catalog."${name}"()`).action === 'read';
}

describe('of the functions of a real PostgreSQL', () => {
  test('whatever counts as a read is stable or immutable, or was looked at', () => {
    const lookedAt = new Set(VOLATILE_READS.trim().split(/\s+/));
    const wrong = catalog.filter(({ name, isVolatile }) => isVolatile && isRead(name) && !lookedAt.has(name));
    // NOTE: what gives statistics or definitions is volatile, because it looks at what others do just now.
    expect(wrong.map(({ name }) => name).filter((name) => !/^pg_(stat_)?get_/.test(name))).toEqual([]);
  });

  test('whatever people call and is stable or immutable counts as a read', () => {
    const missing = catalog.filter(
      ({ name, isVolatile, isPublic }) => isPublic && !isVolatile && !isRead(name),
    );
    expect(missing.map(({ name }) => name)).toEqual([]);
    expect(catalog.length).toBeGreaterThan(2_500);
  });

  test('every name that was looked at is there', () => {
    const names = new Set(catalog.map(({ name }) => name));
    expect(
      VOLATILE_READS.trim()
        .split(/\s+/)
        .filter((name) => !names.has(name)),
    ).toEqual([]);
  });

  test.each([
    'nextval',
    'setval',
    'set_config',
    'lo_unlink',
    'lo_import',
    'pg_terminate_backend',
    'pg_notify',
    'pg_read_file',
    'query_to_xml',
    'ts_stat',
    'pg_reload_conf',
  ])('%s is a call', (name) => {
    expect(catalog.some((known) => known.name === name)).toBe(true);
    expect(isRead(name)).toBe(false);
  });
});

describe('a SELECT that calls a function', () => {
  test.each<[string, string, string[]]>([
    ['select pay_invoice($1)', 'call', ['pay_invoice']],
    ['select * from billing.pay($1) as p join orders o on o.id = p.id', 'call', ['billing.pay', 'orders']],
    ['select x from t where f(x)', 'call', ['f', 't']],
    ['values (f(1))', 'call', ['f']],
    ['declare c cursor for select f()', 'call', ['f']],
    ['explain analyze select f()', 'call', ['f']],
    ['explain select f()', 'read', []],
    ["select nextval('s')", 'call', ['nextval']],
    ["select dblink('…', 'delete from a')", 'call', ['dblink']],
    ['select pg_advisory_xact_lock(1)', 'lock', ['pg_advisory_xact_lock']],
    ['select pg_try_advisory_lock(1), f()', 'call', ['pg_try_advisory_lock', 'f']],
    ['select lower(x), count(*), max(y) over () from t', 'read', ['t']],
    [
      'select public.st_distance(a, b), similarity(x, $1), extensions.uuid_generate_v4() from t',
      'read',
      ['t'],
    ],
    ['select public.lower(x) from t', 'call', ['public.lower', 't']],
    [
      "select extract(epoch from now()), position('a' in x), trim(x), x at time zone 'utc', x like 'a' escape 'b', overlay(x placing 'b' from 1), (a, b) overlaps (c, d), x is normalized, current_user, coalesce(x, y) from t",
      'read',
      ['t'],
    ],
    ['select * from t for update', 'read', ['t']],
  ])('%s is a %s of %j', (text, action, tables) => {
    expect(one(text)).toMatchObject({ action, tables });
  });

  test('is about no row of a table', () => {
    expect(one('select f(x) from t where id = 1').conditions).toEqual([]);
  });

  test('only reads where the user says so', () => {
    const own = createSqlAnalyser({
      isReadFunction: (names) => names.includes('billing.total') || names.includes('report'),
    });
    expect(own('select billing.total(1), x.report()')[0]).toMatchObject({ action: 'read', calls: [] });
    expect(own('select other.total(1)')[0]).toMatchObject({ action: 'call', calls: ['other.total'] });
  });
});

test('a write names the functions that it calls, too', () => {
  expect(one('insert into t select f(x), lower(y) from u')).toMatchObject({
    action: 'create',
    tables: ['t'],
    calls: ['f'],
  });
  expect(one('create function g() returns int return f()')).toMatchObject({ action: 'schema', calls: [] });
});
