import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClickHouseSink } from '../../src/delivery/sinks/clickhouse.ts';
import { ImportedChain } from '../../src/import/chain.ts';
import { EventSource } from '../../src/import/easy-audit/event-source.ts';
import { summarise } from '../../src/import/easy-audit/report.ts';
import { importTable } from '../../src/import/easy-audit/table-import.ts';
import { EVENT_TABLES } from '../../src/import/easy-audit/tables.ts';
import type { EventTable } from '../../src/import/easy-audit/tables.ts';
import { createToRecord } from '../../src/import/easy-audit/to-record.ts';
import { END_OF_TIME } from '../../src/import/retention.ts';
import { Source } from '../../src/import/source.ts';
import { createLog } from '../../src/log.ts';
import { useClickHouse } from '../support/clickhouse.ts';
import { startPostgres } from '../support/postgres.ts';
import type { Postgres } from '../support/postgres.ts';
import { addRequests, createDjangoDatabase } from './django-tables.ts';

const store = useClickHouse();
let postgres: Postgres;

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

/** NOTE: no row is known that a record cannot be made of, so one is made here. */
test('A row that no record can be made of is counted and named, and leaves no hole', async () => {
  const table = EVENT_TABLES.find(({ category }) => category === 'http') as EventTable;
  const database = await createDjangoDatabase(postgres.url);
  await addRequests(database, 5, 0.001);
  const connection = await Source.open(database.url, import.meta.dirname);
  const users = { table: 'auth_user', key: 'id', name: 'username', isRequired: false };
  const source = await EventSource.open(table, connection, { users, timeZone: '' });
  if (source === undefined) throw new Error('the table is there');
  const sink = createClickHouseSink(store().config(), createLog('silent'));
  const chain = new ImportedChain(store().client, sink, 'audit', [database.name], undefined);
  const make = createToRecord(table, chain.id, {
    service: database.name,
    environment: '',
    redactKeys: [],
    trustedProxies: [],
  });
  const kept = { from: 0n, until: END_OF_TIME, ttl: '' };
  const options = {
    source,
    chain,
    kept,
    toRecord: (row: Parameters<typeof make>[0]) => {
      if (row['id'] === '3') throw new Error('no way');
      return make(row);
    },
    onProgress: () => {},
    isInterrupted: () => false,
  };

  const last = await chain.last();
  const result = await importTable(options, last, '5');
  expect(result).toEqual({ imported: 4, refused: ['3 (no way)'] });
  const said: string[] = [];
  const plan = { ...options, last, upTo: '5', ahead: await source.counts(last.id, '5', kept) };
  expect(await summarise(plan, result, false, (line) => said.push(line))).toBe(1);
  expect(said).toEqual([
    'easyaudit_requestevent: 5 rows in the source up to id 5, 4 in the register, 4 of them new, 0 beyond retention, 1 refused, 0 missing',
    'easyaudit_requestevent: refused id 3 (no way)',
  ]);
  const stored = await store().query(
    "SELECT toUInt32(sequence) AS sequence, attributes['audit.import.id'] AS id FROM audit.records WHERE chain_id = {chain: UUID} ORDER BY records.sequence",
    { chain: chain.id },
  );
  expect(stored).toEqual([
    { sequence: 1, id: '1' },
    { sequence: 2, id: '2' },
    { sequence: 3, id: '4' },
    { sequence: 4, id: '5' },
  ]);
  await sink.close();
  await connection.close();
  await database.close();
});
