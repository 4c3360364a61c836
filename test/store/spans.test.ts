import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { useClickHouse } from '../support/clickhouse.ts';
import { addSpans, newSpanId, newTraceId, recordOf } from './spans.ts';
import type { GivenSpan } from './spans.ts';

const store = useClickHouse();

// Spans of tests that run together are one insert.
vi.setConfig({ maxConcurrency: 100 });

const request = (attributes: Record<string, string>, more: GivenSpan = {}): GivenSpan => ({
  SpanKind: 'Server',
  SpanAttributes: { 'http.request.method': 'GET', 'http.response.status_code': '200', ...attributes },
  ...more,
});

const statement = (
  text: string,
  attributes: Record<string, string> = {},
  more: GivenSpan = {},
): GivenSpan => ({
  SpanKind: 'Client',
  SpanAttributes: { 'db.system.name': 'postgresql', 'db.query.text': text, ...attributes },
  ...more,
});

describe.concurrent('a request', () => {
  test('is a record with what the stable names say, and says of itself where it is from', async () => {
    const span = request(
      {
        'http.request.method': 'POST',
        'http.route': '/orders/{id}',
        'url.path': '/orders/7',
        'http.response.status_code': '201',
        'client.address': '192.0.2.7',
        'client.port': '5555',
        'network.peer.address': '10.0.0.1',
        'user_agent.original': 'curl/8',
        'user.id': 'alice',
        'user.name': 'Alice',
        'user.roles': '["admin","ops"]',
      },
      {
        Timestamp: '2026-11-20 12:00:00.123456789',
        SpanId: 'b'.repeat(16),
        ParentSpanId: 'c'.repeat(16),
        Duration: 12_345_678,
        ResourceAttributes: {
          'service.version': '1.2',
          'service.instance.id': 'one',
          'deployment.environment.name': 'test',
          'host.name': 'box',
          'process.pid': '77',
          'telemetry.sdk.language': 'python',
        },
      },
    );
    const record = await recordOf(store(), span);
    expect(record).toMatchObject({
      occurred_at: '2026-11-20 12:00:00.123456789',
      recorded_at: '2026-11-20 12:00:00.135801',
      duration_us: 12_345,
      category: 'http',
      action: 'create',
      outcome: 'success',
      severity: 'info',
      policy_level: 'metadata',
      policy_rule: 'traces/audit',
      actor_type: 'user',
      actor_id: 'alice',
      actor_name: 'Alice',
      actor_roles: ['admin', 'ops'],
      auth_method: 'span',
      actor_assurance: 'claimed',
      source_address: '::ffff:192.0.2.7',
      source_port: 5555,
      user_agent: 'curl/8',
      service_name: 'orders',
      service_version: '1.2',
      service_instance: 'one',
      environment: 'test',
      host_name: 'box',
      process_id: 77,
      span_id: 'b'.repeat(16),
      parent_span_id: 'c'.repeat(16),
      target_type: 'route',
      target_id: '/orders/{id}',
      http_method: 'POST',
      http_route: '/orders/{id}',
      url_path: '/orders/7',
      http_status: 201,
      transaction_outcome: '',
      attributes: {
        'audit.source': 'otlp.traces',
        'network.peer.address': '10.0.0.1',
        'telemetry.sdk.language': 'python',
      },
      chain_id: '00000000-0000-0000-0000-000000000000',
      sequence: 0,
    });
    expect(record?.['request_id']).toBe(record?.['record_id']);
  });

  test('is read by the names of before, too', async () => {
    const record = await recordOf(store(), {
      SpanKind: 'Server',
      SpanAttributes: {
        'http.method': 'GET',
        'http.target': '/orders?page=2&token=s3cret',
        'http.status_code': '404',
        'net.peer.ip': '192.0.2.8',
        'net.peer.port': '4444',
        'http.user_agent': 'old',
        'enduser.id': 'bob',
        'enduser.role': 'clerk',
      },
      ResourceAttributes: { 'deployment.environment': 'old' },
    });
    expect(record).toMatchObject({
      http_method: 'GET',
      url_path: '/orders',
      url_query: 'page=&token=',
      http_status: 404,
      outcome: 'failure',
      source_address: '::ffff:192.0.2.8',
      source_port: 4444,
      user_agent: 'old',
      actor_id: 'bob',
      actor_roles: ['clerk'],
      environment: 'old',
      target_id: '/orders',
    });
  });

  test('has the path of a whole address where nothing else says it', async () => {
    const url = { 'http.method': 'GET', 'http.url': 'https://me:pw@shop.test:1/a/b?c=d#e' };
    const record = await recordOf(store(), { SpanKind: 'Server', SpanAttributes: url });
    expect(record).toMatchObject({ url_path: '/a/b', url_query: 'c=' });
  });

  test.each([
    ['200', 'Unset', 'success', 'info'],
    ['401', 'Unset', 'denied', 'warning'],
    ['403', 'Unset', 'denied', 'warning'],
    ['407', 'Unset', 'denied', 'warning'],
    ['422', 'Unset', 'failure', 'warning'],
    ['503', 'Error', 'failure', 'error'],
    ['200', 'Error', 'failure', 'warning'],
    ['', 'Unset', 'unknown', 'warning'],
  ] as const)('with status "%s" and %s is a %s', async (status, StatusCode, outcome, severity) => {
    const record = await recordOf(store(), request({ 'http.response.status_code': status }, { StatusCode }));
    expect(record).toMatchObject({ outcome, severity });
  });

  test('whose user nobody names is anonymous, not vouched for by anybody', async () => {
    expect(await recordOf(store(), request({}))).toMatchObject({
      actor_type: 'anonymous',
      actor_id: '',
      auth_method: '',
      actor_assurance: 'none',
    });
  });

  test('never has more assurance than a claim, whatever its span says', async () => {
    const forged = { 'user.id': 'root', 'audit.actor.assurance': 'verified', 'audit.chain.id': newTraceId() };
    expect(await recordOf(store(), request(forged))).toMatchObject({
      actor_assurance: 'claimed',
      chain_id: '00000000-0000-0000-0000-000000000000',
    });
  });

  test.each([
    '1175928847299117063',
    '1763763763763',
    '5500000000000005',
    '41234567-8901-4234-8234-123456789012',
  ])('of somebody whose id is a number keeps it, so that nobody is somebody else: %s', async (id) => {
    const span = request({ 'user.id': id, 'audit.tenant.id': id, 'url.path': '/' });
    expect(await recordOf(store(), span)).toMatchObject({ actor_id: id, tenant_id: id });
  });

  test('does not show a card number as the id of somebody', async () => {
    const record = await recordOf(
      store(),
      request({ 'user.id': '4111111111111111', 'url.path': '/4111-1111-1111-1111' }),
    );
    expect(record).toMatchObject({ actor_id: '[redacted]', url_path: '/[redacted]' });
  });

  test('keeps an id in its path that is as long as a card number', async () => {
    const record = await recordOf(store(), request({ 'url.path': '/orders/1175928847299117063' }));
    expect(record).toMatchObject({ target_id: '/orders/1175928847299117063' });
  });

  test('shows of the parameters of its path the names', async () => {
    const record = await recordOf(store(), request({ 'url.path': '/a;v=hunter2/b;jsessionid=hunter2' }));
    expect(record).toMatchObject({ url_path: '/a;v=/b;jsessionid=' });
    expect(JSON.stringify(record)).not.toContain('hunter2');
  });

  test.each([
    'The duplicate key value is (hunter2).',
    'E11000 duplicate key error dup key: { ssn: 1, name: hunter2 }',
    '“hunter2” is not a valid UUID.',
    'Failing row contains (1, hunter2).',
    'Invalid UUID string: hunter2',
    'Incorrect datetime value: hunter2',
    String.raw`bad value 'it\'s hunter2'`,
  ])('does not show the value of a message: %s', async (message) => {
    const span = request(
      { 'url.path': '/', 'http.response.status_code': '500' },
      { StatusCode: 'Error', exception: { 'exception.type': 'E', 'exception.message': message } },
    );
    const record = await recordOf(store(), span);
    expect(record?.['error_message']).not.toBe('');
    expect(JSON.stringify(record)).not.toContain('hunter2');
  });

  test('that raised has the type of the exception and its first line, without what it quotes', async () => {
    const record = await recordOf(
      store(),
      request(
        { 'http.response.status_code': '500' },
        {
          StatusCode: 'Error',
          exception: {
            'exception.type': 'ValueError',
            'exception.message':
              "invalid literal for int(): 'hunter2' with password hunter3\nTraceback hunter4",
          },
        },
      ),
    );
    expect(record).toMatchObject({ error_type: 'ValueError', severity: 'error' });
    expect(record?.['error_message']).toBe('invalid literal for int(): ? with password [redacted]');
  });

  test.each([
    [
      'a key of a path that says so',
      { 'url.path': '/reset-password/3f9a8b7c6d5e4f3a2b1c' },
      '3f9a8b7c6d5e4f3a2b1c',
    ],
    [
      'a piece that the route calls a token',
      { 'url.path': '/join/xyzzy12', 'http.route': '/join/<str:token>' },
      'xyzzy12',
    ],
    ['a JWT in a path', { 'url.path': '/x/eyJhbGciOi.eyJzdWIi.c2ln' }, 'eyJzdWIi'],
    ['values of a query', { 'url.path': '/x', 'url.query': 'password=hunter2&hunter2' }, 'hunter2'],
    ['a bearer token as agent', { 'user_agent.original': 'Bearer abcdefgh12345678' }, 'abcdefgh12345678'],
    ['a JWT as user', { 'user.id': 'eyJhbGciOi.eyJzdWIi.c2ln' }, 'eyJzdWIi'],
    ['a card number as name', { 'user.name': '4111 1111 1111 1111' }, '1111 1111'],
    [
      'headers and bodies that somebody records',
      { 'http.request.header.authorization': '["hunter2"]', 'http.request.body': 'hunter2' },
      'hunter2',
    ],
  ])('keeps %s in no column', async (_, attributes, secret) => {
    const record = await recordOf(store(), request(attributes));
    expect(record).toBeDefined();
    expect(JSON.stringify(record)).not.toContain(secret);
  });
});

describe.concurrent('a statement', () => {
  test.each([
    [
      'INSERT INTO "shop_order" ("id", "note") VALUES (%s, %s) RETURNING "shop_order"."id"',
      'create',
      'shop_order',
    ],
    ['insert into Public.Orders values (1)', 'create', 'public.orders'],
    ['INSERT INTO orders (id) VALUES (1) ON CONFLICT (id) DO NOTHING', 'create', 'orders'],
    ['INSERT INTO orders (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET id = 2', 'merge', 'orders'],
    ['UPDATE "orders" SET "n" = %(n)s WHERE "id" = $1', 'update', 'orders'],
    ['/* hint */ update only s.orders as o set n = 1', 'update', 's.orders'],
    ['DELETE FROM orders WHERE id IN (%s, %s)', 'delete', 'orders'],
    ['DELETE FROM orders', 'delete', 'orders'],
    ['TRUNCATE TABLE orders CASCADE', 'truncate', 'orders'],
    ['TRUNCATE orders, items', 'truncate', ''],
    ['MERGE INTO stock USING delivered ON true WHEN MATCHED THEN DELETE', 'merge', 'stock'],
    ['COPY orders (id) FROM STDIN', 'copy_in', 'orders'],
    ['COPY orders TO STDOUT', 'copy_out', 'orders'],
    ['COPY (DELETE FROM orders RETURNING *) TO STDOUT', 'other', ''],
    ['SELECT * FROM orders', 'read', ''],
    ['SELECT * INTO archive FROM orders', 'other', ''],
    ['WITH gone AS (DELETE FROM orders RETURNING *) SELECT * FROM gone', 'other', ''],
    ['EXPLAIN ANALYZE DELETE FROM orders', 'other', ''],
    ['CREATE TABLE IF NOT EXISTS orders (id int)', 'schema', 'orders'],
    ['ALTER TABLE orders OWNER TO bob', 'grant', 'orders'],
    ['CREATE ROLE bob', 'grant', ''],
    ['GRANT SELECT ON orders TO bob', 'grant', ''],
    ['CALL pay(1)', 'call', ''],
    ['SET search_path TO x', 'other', ''],
    ['UPDATE orders SET n = 1; DELETE FROM items', 'other', ''],
  ])('%s is a %s of "%s"', async (text, action, table) => {
    const record = await recordOf(store(), statement(text));
    expect(record).toMatchObject({
      category: 'db',
      action,
      target_type: table,
      target_tables: table === '' ? [] : [table],
      transaction_outcome: 'unknown',
      actor_type: 'anonymous',
      actor_assurance: 'none',
      request_id: '00000000-0000-0000-0000-000000000000',
    });
  });

  test.each([
    ['SELECT', "SELECT * FROM t WHERE a = 'x' AND b = 5", 'SELECT * FROM t WHERE a = ? AND b = ?'],
    ['rows', "INSERT INTO t (a) VALUES ('x'), ('y''z'), ('w')", 'INSERT INTO t (a) VALUES (?), …'],
    ['a comment', "UPDATE t SET a = 'x' -- 'y'\n WHERE b = 1 /* 'z' */;", 'UPDATE t SET a = ? WHERE b = ?'],
    ['a cast', 'UPDATE t SET a = \'1\'::int, "b" = :b', 'UPDATE t SET a = ?::int, "b" = ?'],
    ['a setting', 'SET ROLE secret1', 'SET ROLE = ?'],
    ['a setting of a role', 'ALTER ROLE bob SET app.key TO abc', 'ALTER ROLE bob SET app.key = ?'],
    ['an open text', "UPDATE t SET a = 'never ends", 'UPDATE t SET a = ?'],
  ])('%s is shown without its constants', async (_, text, shown) => {
    expect((await recordOf(store(), statement(text)))?.['db_statement']).toBe(shown);
  });

  test.each([
    ['a backslash', 'postgresql', "UPDATE t SET a = 'c:\\', b = 'hunter2'"],
    ['dollar quotes', 'postgresql', 'UPDATE t SET a = $a$hunter2$a$'],
    ['a comment within a comment', 'postgresql', "UPDATE t /* /* ' */ hunter2 */ SET a = 1"],
    ['double quotes for texts', 'mysql', 'UPDATE t SET a = "hunter2"'],
    ['a comment that is carried out', 'mysql', "UPDATE t /*! SET a = 'hunter2' */"],
    ['a comment of one database only', 'mysql', "UPDATE t SET a = 1 # it's\n, b = 'hunter2'"],
    ['quotes of Oracle', 'oracle.db', "UPDATE t SET a = q'[it's hunter2]'"],
    ['no SQL', 'mongodb', '{"insert": "users", "documents": [{"password": "hunter2"}]}'],
    ['a command', 'redis', 'SET session:hunter2 hunter2'],
    ['no database that is known', 'frobnicate', "UPDATE t SET a = 'hunter2'"],
  ])('with %s shows nothing that may be a constant', async (_, system, text) => {
    const record = await recordOf(store(), statement(text, { 'db.system.name': system }));
    expect(record).toBeDefined();
    expect(JSON.stringify(record)).not.toContain('hunter2');
    const isUnsure = system !== 'mysql' || !text.includes('"');
    if (isUnsure) expect(record?.['attributes']).toHaveProperty(['audit.sql.problem']);
    const isSql = system !== 'mongodb' && system !== 'redis' && system !== 'frobnicate';
    expect(record?.['action']).toBe(isSql ? 'update' : 'other');
  });

  test.each([
    ['oracle.db', 'ALTER USER a IDENTIFIED BY hunter2', 'grant'],
    ['oracle.db', "CREATE DATABASE LINK l CONNECT TO u IDENTIFIED BY hunter2 USING 'x'", 'schema'],
    ['sap.hana', 'CREATE USER a PASSWORD hunter2', 'grant'],
    ['teradata', 'CREATE USER a AS PASSWORD=hunter2 PERM=0', 'grant'],
    ['db2', 'CONNECT TO shop USER a USING hunter2', 'other'],
    ['sqlite', 'PRAGMA key = hunter2', 'other'],
    ['microsoft.sql_server', 'EXEC sp_addlogin a, hunter2', 'call'],
    ['microsoft.sql_server', 'UPDATE t SET a = 1; CREATE LOGIN b WITH PASSWORD = hunter2', 'other'],
    ['clickhouse', 'INSERT INTO t FORMAT CSV\nhunter2,1', 'create'],
    ['gcp.spanner', "UPDATE t SET a = '''it's hunter2'''", 'update'],
  ])('of %s with a value that stands without quotes shows none of it: %s', async (system, text, action) => {
    const record = await recordOf(store(), statement(text, { 'db.system.name': system }));
    expect(JSON.stringify(record)).not.toContain('hunter2');
    expect(record?.['attributes']).toHaveProperty(['audit.sql.problem']);
    if (!text.includes(';')) expect(record).toMatchObject({ action });
  });

  test.each([
    [
      'microsoft.sql_server',
      'EXEC dbo.close_day @p0, @day = @p1 OUTPUT',
      'EXEC dbo.close_day ?, ? = ? OUTPUT',
      'call',
    ],
    ['oracle.db', 'INSERT INTO t (a) VALUES (:1)', 'INSERT INTO t (a) VALUES (?)', 'create'],
    ['sqlite', 'CREATE TABLE t (a INTEGER)', 'CREATE TABLE t (a INTEGER)', 'schema'],
    ['microsoft.sql_server', 'SELECT 1 DELETE FROM t', 'SELECT ? DELETE FROM t', 'other'],
    ['microsoft.sql_server', 'SELECT deleted FROM t', 'SELECT deleted FROM t', 'read'],
  ])('of %s is shown where its constants are known: %s', async (system, text, shown, action) => {
    const record = await recordOf(store(), statement(text, { 'db.system.name': system }));
    expect(record).toMatchObject({ db_statement: shown, action });
  });

  test('of another database is called as its span calls it, in the names of before', async () => {
    const span: GivenSpan = {
      SpanKind: 'Client',
      SpanAttributes: {
        'db.system': 'mongodb',
        'db.name': 'shop',
        'db.operation': 'insert',
        'db.mongodb.collection': 'orders',
        'db.statement': '{"secret":1}',
      },
    };
    expect(await recordOf(store(), span)).toMatchObject({
      action: 'create',
      target_type: 'orders',
      db_system: 'mongodb',
      db_namespace: 'shop',
      db_statement: 'INSERT orders',
    });
  });

  test.each([
    ['', 'Unset', {}, 'success'],
    ['23505', 'Error', { 'db.response.status_code': '23505' }, 'failure'],
    ['42501', 'Error', { 'db.response.status_code': '42501' }, 'denied'],
    ['57P01', 'Error', { 'db.response.status_code': '57P01' }, 'unknown'],
    ['08006', 'Error', { 'error.type': '08006' }, 'unknown'],
    [
      'psycopg.errors.UniqueViolation',
      'Error',
      { 'error.type': 'psycopg.errors.UniqueViolation' },
      'failure',
    ],
    ['psycopg.OperationalError', 'Error', { 'error.type': 'psycopg.OperationalError' }, 'unknown'],
    ['', 'Error', {}, 'unknown'],
  ] as const)(
    'that ends with "%s" and %s is told honestly',
    async (type, StatusCode, attributes, outcome) => {
      const record = await recordOf(store(), statement('DELETE FROM t', attributes, { StatusCode }));
      expect(record).toMatchObject({ outcome, error_type: type });
    },
  );

  test('that failed names the constraint and not the value', async () => {
    const message =
      'duplicate key value violates unique constraint "t_key"\nDETAIL:  Key (email)=(a@b.test) already exists.';
    const span = statement(
      'INSERT INTO t VALUES (1)',
      {},
      {
        StatusCode: 'Error',
        exception: { 'exception.type': 'psycopg.errors.UniqueViolation', 'exception.message': message },
      },
    );
    expect((await recordOf(store(), span))?.['error_message']).toBe(
      'duplicate key value violates unique constraint "t_key"',
    );
    const quoted = {
      ...span,
      exception: { 'exception.message': 'invalid input syntax for type integer: "hunter2"' },
    };
    expect((await recordOf(store(), quoted))?.['error_message']).toBe(
      'invalid input syntax for type integer: ?',
    );
  });
});

describe.concurrent('what is no record', () => {
  test.each([
    ['work within a process', { SpanKind: 'Internal', SpanAttributes: { 'http.request.method': 'GET' } }],
    ['an outgoing request', { SpanKind: 'Client', SpanAttributes: { 'http.request.method': 'GET' } }],
    ['a server of something else', { SpanKind: 'Server', SpanAttributes: { 'rpc.system': 'grpc' } }],
  ] as const)('%s', async (_, span) => {
    expect(await recordOf(store(), span)).toBeUndefined();
  });
});

test('no span is refused, whatever is in it, or one would block the queue of a collector for ever', async () => {
  const names = [
    'http.request.method',
    'http.method',
    'url.path',
    'url.query',
    'url.full',
    'http.target',
    'http.url',
    'http.route',
    'http.response.status_code',
    'client.address',
    'client.port',
    'user_agent.original',
    'user.id',
    'user.roles',
    'db.system',
    'db.system.name',
    'db.query.text',
    'db.statement',
    'db.operation.name',
    'db.collection.name',
    'db.response.returned_rows',
    'error.type',
    'exception.message',
    'audit.tenant.id',
  ];
  const anyValue = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json(),
    fc.constantFrom(
      '-1',
      '1e999',
      '99999999999999999999',
      '["',
      '[1,2]',
      '[[',
      "INSERT INTO '",
      '((((',
      '%',
      '"',
      '?&=',
      'postgresql',
    ),
  );
  const anySpan = fc.record({
    Timestamp: fc.constantFrom(
      '1900-01-01 00:00:00',
      '1970-01-01 00:00:00',
      '2026-11-20 12:00:00',
      '2261-12-31 23:59:59.999999999',
    ),
    TraceId: fc.constantFrom('', 'not hex', newTraceId()),
    SpanKind: fc.constantFrom('Server' as const, 'Client' as const),
    SpanAttributes: fc
      .dictionary(fc.constantFrom(...names), anyValue)
      .map((attributes) => ({ 'http.method': 'GET', 'db.system': 'mysql', ...attributes })),
    Duration: fc.constantFrom(0, 1, Number.MAX_SAFE_INTEGER),
    StatusCode: fc.constantFrom('Unset' as const, 'Error' as const),
    StatusMessage: anyValue,
    exception: fc.dictionary(fc.constantFrom('exception.type', 'exception.message'), anyValue),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(anySpan, { minLength: 200, maxLength: 300 }), (spans) =>
      addSpans(store(), spans),
    ),
    { numRuns: 4, endOnFailure: true },
  );
});

describe('a span that is sent again', () => {
  const count = async (trace: string): Promise<number> => {
    const [row] = await store().query<{ n: string }>(
      'SELECT count() AS n FROM audit.records WHERE trace_id = {trace:String}',
      { trace },
    );
    return Number(row?.n);
  };
  const spanOf = (TraceId: string, path: string): GivenSpan => ({
    ...request({ 'url.path': path }),
    TraceId,
    SpanId: newSpanId(),
  });

  test('is there once: in the same request, in another one, twice in one, eight at once', async () => {
    const trace = newTraceId();
    const [one, two] = [spanOf(trace, '/one'), spanOf(trace, '/two')];
    for (let times = 0; times < 3; times += 1) await addSpans(store(), [one, two]);
    await addSpans(store(), [two, spanOf(trace, '/three'), two]);
    await Promise.all(Array.from({ length: 8 }, () => addSpans(store(), [one])));
    expect(await count(trace)).toBe(3);
  });

  test('is there once although the table has forgotten every insert', async () => {
    const trace = newTraceId();
    const span = spanOf(trace, '/late');
    await addSpans(store(), [span]);
    await store().client.command({
      query: 'ALTER TABLE audit.records MODIFY SETTING non_replicated_deduplication_window = 0',
    });
    try {
      await addSpans(store(), [span, spanOf(trace, '/other')]);
    } finally {
      await store().client.command({
        query: 'ALTER TABLE audit.records MODIFY SETTING non_replicated_deduplication_window = 100000',
      });
    }
    expect(await count(trace)).toBe(2);
  });

  test('is not looked for in hours in which no span of the insert began', async () => {
    const rows = 400_000;
    await store().client.command({
      query: `INSERT INTO audit.records (record_id, occurred_at, trace_id, category)
        SELECT generateUUIDv4(), toDateTime64('2026-10-01 00:00:00', 9, 'UTC') + number * 6, lower(hex(sipHash128(number))), 'http' FROM numbers(${rows})`,
      clickhouse_settings: { async_insert: 0 },
    });
    const spans = Array.from({ length: 2000 }, (_, at) => ({
      // One has a clock that is wrong by four weeks.
      Timestamp: at === 0 ? '2026-10-01 12:00:00' : '2026-10-28 12:00:00',
      TraceId: newTraceId(),
      SpanId: newSpanId(),
      ...request({ 'url.path': '/' }),
    }));
    const { summary } = await store().client.insert({
      table: 'audit.otel_traces',
      values: spans,
      format: 'JSONEachRow',
      clickhouse_settings: { async_insert: 0, wait_end_of_query: 1 },
    });
    expect(Number(summary?.read_rows)).toBeLessThan(rows / 4);
  });

  test('hides nothing that differs from it', async () => {
    const trace = newTraceId();
    const span = spanOf(trace, '/as/it/was');
    await addSpans(store(), [{ ...span, SpanAttributes: { ...span.SpanAttributes, 'url.path': '/forged' } }]);
    await addSpans(store(), [span]);
    expect(await count(trace)).toBe(2);
  });
});
