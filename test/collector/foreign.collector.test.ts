import { afterAll, beforeAll, expect, test } from 'vitest';
import { uuidV4 } from '../../src/record/uuid.ts';
import { storedRecord } from '../record/records.ts';
import { Collecting } from './collecting.ts';
import { deepRequest } from './deep-request.ts';
import { logOfRecord, otlpRequest } from './otlp-log.ts';
import type { OtlpLog } from './otlp-log.ts';

const NO_CHAIN = '00000000-0000-0000-0000-000000000000';
const NOW = BigInt(Date.now()) * 1_000_000n;

let collecting: Collecting;
beforeAll(async () => {
  collecting = await Collecting.start();
});
afterAll(() => collecting?.stop());

function foreign(id: string, attributes: OtlpLog['attributes'] = {}, log: Partial<OtlpLog> = {}): OtlpLog {
  return {
    resource: { 'service.name': 'python' },
    attributes: { 'audit.record.id': id, ...attributes },
    timeUnixNano: NOW,
    ...log,
  };
}

const string = (stringValue: string): object => ({ stringValue });
const list = (...values: object[]): object => ({ arrayValue: { values } });
const map = (entries: Record<string, unknown>): object => ({ kvlistValue: { values: pairs(entries) } });

function pairs(entries: Record<string, unknown>): object[] {
  return Object.entries(entries).map(([key, value]) => ({ key, value }));
}

/** A log of values as OTLP writes them in JSON. */
function rawLog(attributes: Record<string, unknown>, body?: object): object {
  return { timeUnixNano: String(NOW), attributes: pairs(attributes), ...(body !== undefined && { body }) };
}

function rawRequest(logRecords: readonly object[]): string {
  return JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] });
}

/** Sends logs of others in one request and reads what became of them, by the id each was given. */
async function stored(...logs: OtlpLog[]): Promise<Record<string, Record<string, unknown>>> {
  const ids = logs.map(({ attributes }) => attributes['audit.record.id'] as string);
  expect(await collecting.collector.send(otlpRequest(logs))).toBe(200);
  const where = `attributes['otlp.audit.record.id'] IN (${ids.map((id) => `'${id}'`).join(', ')})`;
  await collecting.untilStored(ids.length, where);
  const rows = await collecting.query<Record<string, unknown>>(`SELECT * FROM audit.records WHERE ${where}`);
  expect(rows).toHaveLength(ids.length);
  return Object.fromEntries(
    rows.map((row) => [(row['attributes'] as Record<string, string>)['otlp.audit.record.id'], row]),
  );
}

test('An audit record of another SDK is a row that says who claims it, with all that was sent', async () => {
  const rows = await stored(
    foreign(
      'promoted',
      {
        'audit.actor.id': 'alice',
        'audit.actor.assurance': 'verified',
        'audit.outcome': 'success',
        'audit.target.type': 'user',
        'audit.target.id': '7',
        'audit.actor.roles': ['admin', '<b>&'],
        'client.address': '10.0.0.1',
        more: 12,
      },
      {
        eventName: 'user.promoted',
        traceId: '0123456789abcdef0123456789abcdef',
        spanId: '0123456789abcdef',
        severityText: 'WARN',
        severityNumber: 13,
        body: 'promoted',
      },
    ),
  );
  expect(rows['promoted']).toMatchObject({
    action: 'user.promoted',
    actor_id: 'alice',
    actor_assurance: 'claimed',
    actor_roles: ['admin', '<b>&'],
    outcome: 'success',
    severity: 'warning',
    target_type: 'user',
    target_id: '7',
    source_address: '::ffff:10.0.0.1',
    service_name: 'python',
    trace_id: '0123456789abcdef0123456789abcdef',
    span_id: '0123456789abcdef',
    chain_id: '00000000-0000-0000-0000-000000000000',
    attributes: { 'audit.source': 'otlp.logs', 'log.body': 'promoted', more: '12' },
  });
});

test('What looks secret in the records of others is masked, wherever it stands', async () => {
  const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl';
  const rows = await stored(
    foreign(
      'secrets',
      {
        'audit.new_values': JSON.stringify({ z: '1', password: 'planted "secret"', a: `jwt ${jwt}` }),
        'db.query.text': "select * from users where note = 'planted secret' and data->>'k' = $1::jsonb",
        'http.request.header.authorization': 'planted secret',
        'my.api_key': 'planted secret',
        'url.query': 'q=1&access_token=planted',
        note: `Bearer plantedsecret and ${jwt} and postgres://shop:planted@db/shop`,
        harmless: 'tokens are counted: 5',
      },
      { body: '{"user":"alice","refreshToken": "planted secret","n":1}' },
    ),
  );
  const row = rows['secrets'];
  expect(JSON.stringify(row)).not.toMatch(/planted|eyJ/);
  expect(row).toMatchObject({
    new_values: { z: '1', password: '****', a: 'jwt ****' },
    db_statement: 'select * from users where note = ? and data->>? = ?::jsonb',
    url_query: 'q=1&****',
    attributes: {
      harmless: 'tokens are counted: 5',
      'log.body': '{"user":"alice","refreshToken": "****","n":1}',
    },
  });
});

test('What looks secret is masked in lists and maps, and in what only pretends to be of a chain', async () => {
  const value = {
    list: list(string('Bearer plantedsecret')),
    map: map({ password: string('planted secret'), n: { intValue: '1' } }),
    deep: list(map({ refreshToken: string('planted "secret"') })),
    'audit.new_values': map({ password: string('planted secret'), z: string('1') }),
    'audit.db.returned': list(string('{"password":"planted \\"secret\\"","id":"7"}')),
    'audit.db.parameters': list(string('password=planted'), { intValue: '5' }),
    nothing: map({ n: { doubleValue: 'NaN' } }),
  };
  const pretended: Record<string, Record<string, unknown>> = {
    'no chain': {},
    'no uuid': { 'audit.chain.id': string('x'), 'audit.sequence': { intValue: '1' } },
    'no sequence': { 'audit.chain.id': string(uuidV4()) },
    'zero chain': { 'audit.chain.id': string(NO_CHAIN), 'audit.sequence': { intValue: '1' } },
    'a seal': { 'audit.seal': string('') },
  };
  const logs = Object.entries(pretended).map(([id, more]) =>
    rawLog({ 'audit.record.id': string(id), 'audit.tenant.id': string('pretended'), ...value, ...more }),
  );
  expect(await collecting.collector.send(rawRequest(logs))).toBe(200);
  await collecting.untilStored(logs.length, "tenant_id = 'pretended'");
  const rows = await collecting.query("SELECT * FROM audit.records WHERE tenant_id = 'pretended'");
  expect(rows).toHaveLength(logs.length);
  for (const row of rows) {
    expect(JSON.stringify(row)).not.toContain('planted');
    expect(row).toMatchObject({
      chain_id: NO_CHAIN,
      new_values: { password: '****', z: '1' },
      db_returned: ['{"password":"****","id":"7"}'],
      db_parameters: ['****', '5'],
      attributes: { list: '["****"]', map: '{"n":1,"password":"****"}', deep: '[{"refreshToken":"****"}]' },
    });
  }
});

test('A value that JSON does not know is no reason to refuse the records beside it', async () => {
  const values = map({ ratio: { doubleValue: 'NaN' } });
  const logs = [
    rawLog({ 'audit.record.id': string('ratio'), 'audit.new_values': values }, values),
    rawLog({ 'audit.record.id': string('beside') }),
  ];
  expect(await collecting.collector.send(rawRequest(logs))).toBe(200);
  await collecting.untilStored(2, "attributes['otlp.audit.record.id'] IN ('ratio', 'beside')");
});

test('A record of ours that looks secret is left as it is, for a digest is over its bytes', async () => {
  const chain = uuidV4();
  const record = storedRecord({
    chain_id: chain,
    occurred_at: NOW,
    db_statement: "select 'a constant', password = ? from users",
    new_values: { password: 'as it was made' },
    error_message: 'password=as_it_was_made',
    attributes: { 'my.secret': 'as it was made' },
  });
  expect(await collecting.collector.send(otlpRequest([logOfRecord(record)]))).toBe(200);
  await collecting.untilStored(1, `chain_id = '${chain}'`);
  const { db_statement, new_values, error_message, attributes } = record;
  expect(
    await collecting.query('SELECT * FROM audit.records WHERE chain_id = {chain: UUID}', { chain }),
  ).toMatchObject([{ db_statement, new_values, error_message, attributes }]);
});

test('A time that cannot be is no reason to lose a record, nor to try it for ever: what was said is kept beside', async () => {
  const observed = NOW + 5n;
  const rows = await stored(
    foreign('seconds', {}, { timeUnixNano: 1_795_000_000n, observedTimeUnixNano: observed }),
    foreign('far', {}, { timeUnixNano: 2n ** 64n - 1n, observedTimeUnixNano: observed }),
    foreign('none', {}, { timeUnixNano: 0n, observedTimeUnixNano: observed }),
    foreign('nothing', {}, { timeUnixNano: 0n }),
    foreign('good'),
  );
  const at = (nanos: bigint): string =>
    `${new Date(Number(nanos / 1_000_000n)).toISOString().slice(0, 19).replace('T', ' ')}.${String(nanos % 1_000_000_000n).padStart(9, '0')}`;
  for (const id of ['seconds', 'far', 'none'])
    expect(rows[id], id).toMatchObject({ occurred_at: at(observed) });
  expect(rows['seconds']).toMatchObject({ attributes: { 'otlp.time_unix_nano': '1795000000' } });
  expect(rows['far']).toMatchObject({ attributes: { 'otlp.time_unix_nano': '-1' } });
  expect(rows['good']).toMatchObject({ occurred_at: at(NOW) });
  expect(String(rows['nothing']?.['occurred_at']).slice(0, 10)).toBe(new Date().toISOString().slice(0, 10));
});

test('A record of a chain with a time that no clock says does not stop the others', async () => {
  const [bad, good] = [uuidV4(), uuidV4()];
  const impossible = { ...logOfRecord(storedRecord({ chain_id: bad })), timeUnixNano: 2n ** 63n - 1n };
  expect(await collecting.collector.send(otlpRequest([impossible]))).toBe(200);
  expect(
    await collecting.collector.send(
      otlpRequest([logOfRecord(storedRecord({ chain_id: good, occurred_at: NOW }))]),
    ),
  ).toBe(200);
  await collecting.untilStored(2, `chain_id IN ('${bad}', '${good}')`);
  await collecting.untilDrained();
});

test('The same request many times is each record once, in a request of ours and others and ordinary logs', async () => {
  const chain = uuidV4();
  const logs = [
    logOfRecord(storedRecord({ chain_id: chain, occurred_at: NOW })),
    foreign('repeated'),
    { resource: {}, attributes: { 'http.route': `/ordinary/${chain}` }, timeUnixNano: NOW, body: chain },
  ];
  for (const _ of [1, 2, 3]) expect(await collecting.collector.send(otlpRequest(logs))).toBe(200);
  await collecting.untilStored(2, `chain_id = '${chain}' OR attributes['otlp.audit.record.id'] = 'repeated'`);
  await collecting.untilDrained();
  const rows = await collecting.query(
    "SELECT chain_id != toUUID('00000000-0000-0000-0000-000000000000') AS ours, toUInt32(count()) AS rows FROM audit.records WHERE chain_id = {chain: UUID} OR attributes['otlp.audit.record.id'] = 'repeated' GROUP BY ours ORDER BY ours",
    { chain },
  );
  expect(rows).toEqual([
    { ours: 0, rows: 1 },
    { ours: 1, rows: 1 },
  ]);
  const ordinary = await collecting.query(
    'SELECT 1 AS found FROM audit.records WHERE has(mapValues(attributes), {chain: String}) OR http_route = {route: String}',
    {
      chain,
      route: `/ordinary/${chain}`,
    },
  );
  expect(ordinary).toEqual([]);
});

test('What is said of a process at length is not written once for each record', async () => {
  const ROWS = 2_000;
  const resource = {
    attributes: pairs({ 'service.name': string('talkative'), note: string('x'.repeat(400_000)) }),
  };
  const scope = { name: 'n'.repeat(400_000), attributes: pairs({ note: string('y'.repeat(400_000)) }) };
  const logRecords = Array.from({ length: ROWS }, (_, index) =>
    rawLog({ 'audit.record.id': string(`of many ${index}`) }),
  );
  const request = { resourceLogs: [{ resource, scopeLogs: [{ scope, logRecords }] }] };
  expect(await collecting.collector.send(JSON.stringify(request))).toBe(200);
  await collecting.untilStored(ROWS, "service_name = 'talkative'");
  // Written out it would be more than two gigabytes.
  const used = await collecting.collector.metric('otelcol_process_memory_rss(?:_bytes)?');
  expect(used).toBeGreaterThan(0);
  expect(used).toBeLessThan(1024 ** 3);
});

test('What is too deep to be written ends the collector before it is taken, and not again when it starts', async () => {
  const chain = uuidV4();
  const sent = fetch(`${collecting.collector.url}/v1/logs`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf' },
    body: new Uint8Array(deepRequest(chain, 1_000_000)),
  });
  await expect(sent).rejects.toThrow();
  await collecting.restartCollector('kill');
  await stored(foreign('after the deep one'));
  await collecting.untilDrained();
  expect(collecting.collector.output()).not.toContain('stack overflow');
  // What is less deep is a record like any.
  const shallow = await fetch(`${collecting.collector.url}/v1/logs`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf' },
    body: new Uint8Array(deepRequest(chain, 100)),
  });
  expect(shallow.status).toBe(200);
  await collecting.untilStored(1, `chain_id = '${chain}'`);
});
