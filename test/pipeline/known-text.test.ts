import { beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import type { PolicyRule } from '../../src/config/config.ts';
import type { QueryFacts } from '../../src/pipeline/facts.ts';
import { loadSqlParser } from '../../src/sql/parser.ts';
import { queryOf, recordingPipeline } from './recorded.ts';

const READS_DROPPED: PolicyRule = {
  name: 'reads',
  level: 'none',
  match: { category: ['db'], action: ['read'] },
};

beforeAll(loadSqlParser);

function pipelineOf(policy?: readonly PolicyRule[]) {
  const config = loadConfig({}, import.meta.dirname);
  return recordingPipeline(policy === undefined ? config : { ...config, policy });
}

function sent(text: string, connection: object, more: Partial<QueryFacts> = {}): QueryFacts {
  const result = { command: text.split(' ')[0] as string, rowCount: 1, rows: [], fields: [] };
  return { ...queryOf({ text }, connection), results: [result], ...more };
}

/** What is known of a text once it has been read. */
function knownAfter(text: string, policy?: readonly PolicyRule[]) {
  const { pipeline } = pipelineOf(policy);
  expect(pipeline.known(text)).toBeUndefined();
  pipeline.query(sent(text, {}));
  return pipeline.known(text);
}

describe('what is known of a text before it is sent', () => {
  it('a read is passed over by the policy that applies without a file', () => {
    expect(knownAfter('SELECT * FROM orders WHERE id = $1')).toMatchObject({ isPassedOver: true });
  });

  it.each([
    'UPDATE orders SET paid = true',
    'SELECT pay_invoice(7)',
    "SELECT set_config('search_path', 'a', false)",
    'WITH gone AS (DELETE FROM orders RETURNING *) SELECT * FROM gone',
    'SELECT 1; SELECT 2',
    'EXECUTE known(1)',
    'BEGIN',
    'this is no SQL',
  ])('not so %s', (text) => {
    expect(knownAfter(text)).toMatchObject({ isPassedOver: false });
  });

  it.each<[string, PolicyRule['match']]>([
    ['who asks', { actor: ['alice'] }],
    ['how it ends', { outcome: ['denied'] }],
    ['how many rows come back', { rows: ['>1000'] }],
    ['what is read', { table: ['orders'] }],
    ['the request', { path: ['/orders/**'] }],
  ])('a read is not passed over where a rule before goes by %s', (_, match) => {
    const policy: PolicyRule[] = [{ name: 'kept', level: 'metadata', match }, READS_DROPPED];
    expect(knownAfter('SELECT * FROM orders', policy)).toMatchObject({ isPassedOver: false });
  });

  it('a read of another table than the one that a rule keeps is passed over', () => {
    const policy: PolicyRule[] = [
      { name: 'kept', level: 'metadata', match: { table: ['salaries'] } },
      READS_DROPPED,
    ];
    expect(knownAfter('SELECT * FROM orders', policy)).toMatchObject({ isPassedOver: true });
  });

  it.each<[string, string, PolicyRule[]]>([
    ['none is of what it does', 'LOCK TABLE orders', [READS_DROPPED]],
    [
      'the one that drops it goes by who asks',
      'SELECT * FROM orders',
      [{ name: 'probe', level: 'none', match: { action: ['read'], actor: ['probe'] } }],
    ],
    [
      'the one that drops it goes by the request',
      'SELECT * FROM orders',
      [{ name: 'health', level: 'none', match: { category: ['db'], path: ['/health'] } }],
    ],
  ])('a read is not passed over that no rule may take: %s', (_, text, policy) => {
    const { pipeline, records } = pipelineOf(policy);
    for (const count of [1, 2]) {
      pipeline.query(sent(text, {}, { known: pipeline.known(text) }));
      expect(records).toHaveLength(count);
    }
    expect(pipeline.known(text)).toMatchObject({ isPassedOver: false });
  });

  it('what nobody can see of a text that could not be read is not passed over', () => {
    const policy: PolicyRule[] = [{ name: 'all', level: 'none', match: { category: ['db'] } }];
    expect(knownAfter('this is no SQL', policy)).toMatchObject({ isPassedOver: false });
  });
});

describe('a read that is passed over', () => {
  const READ = 'SELECT * FROM orders';
  const WRITE = 'UPDATE orders SET paid = true WHERE id = 7';

  /** The records of a transaction of which the end is never seen, without what differs from run to run. */
  function recordsOf(isKnown: boolean, readEnd: Partial<QueryFacts> = {}): object[] {
    const { pipeline, records } = pipelineOf();
    const connection = {};
    const send = (text: string, more: Partial<QueryFacts> = {}): void => {
      const known = isKnown ? pipeline.known(text) : undefined;
      pipeline.query(sent(text, connection, { known, ...more }));
    };
    pipeline.query(sent(READ, {}));
    for (const [text, more] of [
      ['BEGIN', { transactionStatus: 'T' }],
      [READ, { transactionStatus: 'T', ...readEnd }],
      [WRITE, { transactionStatus: 'T' }],
      [READ, { transactionStatus: 'T', ...readEnd }],
    ] as const) {
      send(text, more);
    }
    pipeline.connectionLost(connection);
    pipeline.settle();
    // NOTE: by its columns, without the notes that a draft carries beside them.
    return records.map((record) => ({
      ...Object.fromEntries(Object.entries(record)),
      record_id: '',
      transaction_id: '',
      recorded_at: 0n,
      occurred_at: 0n,
    }));
  }

  it('leaves the records around it as they are', () => {
    const records = recordsOf(true);
    expect(records).toHaveLength(2);
    expect(records).toEqual(recordsOf(false));
  });

  it('leaves them as they are when it fails', () => {
    const failed = { results: [], error: { type: 'ECONNRESET', message: 'read ECONNRESET' } };
    const records = recordsOf(true, failed);
    expect(records).toMatchObject([{ action: 'update' }, { error_type: 'ECONNRESET' }]);
    expect(records).toEqual(recordsOf(false, failed));
  });

  it('counts among the statements of its transaction', () => {
    const positions = [true, false].map((isKnown) => {
      const { pipeline, records } = pipelineOf();
      const connection = {};
      pipeline.query(sent(READ, {}));
      for (const text of ['BEGIN', READ, READ, WRITE]) {
        pipeline.query(sent(text, connection, { known: isKnown ? pipeline.known(text) : undefined }));
      }
      pipeline.settle();
      return records.map(({ attributes }) => attributes['audit.transaction.position']);
    });
    expect(positions).toEqual([['3'], ['3']]);
  });

  it('ends the transaction whose end nobody has seen', () => {
    const { pipeline, records } = pipelineOf();
    const connection = {};
    pipeline.query(sent(READ, {}));
    pipeline.query(sent('BEGIN', connection, { transactionStatus: 'T' }));
    pipeline.query(sent(WRITE, connection, { transactionStatus: 'T' }));
    expect(records).toHaveLength(0);
    pipeline.query(sent(READ, connection, { known: pipeline.known(READ), transactionStatus: 'I' }));
    expect(records).toMatchObject([
      { action: 'update', transaction_outcome: 'unknown' },
      { category: 'transaction', outcome: 'unknown' },
    ]);
  });
});

describe('what a text says of its keys is remembered', () => {
  const MOVE =
    'WITH gone AS (DELETE FROM orders WHERE id = $1 RETURNING id) INSERT INTO archive (id, by) VALUES ($2, $3)';

  it('for each of its writes apart, and with the values of each query', () => {
    const { pipeline, records } = pipelineOf();
    for (const parameters of [
      ['1', '11', 'alice'],
      ['2', '12', 'bob'],
    ]) {
      pipeline.query(sent(MOVE, {}, { parameters, parameterCount: parameters.length }));
    }
    const targets = records.map(({ action, target_type, target_id }) => [action, target_type, target_id]);
    expect(targets).toEqual([
      ['create', 'archive', '11'],
      ['delete', 'orders', '1'],
      ['create', 'archive', '12'],
      ['delete', 'orders', '2'],
    ]);
  });

  it('until something else is learnt of the table', () => {
    const { pipeline, records } = pipelineOf();
    const update = 'UPDATE orders SET paid = true WHERE order_no = $1 AND id = $2';
    const definition = 'CREATE TABLE orders (order_no int PRIMARY KEY, id int)';
    const connection = {};
    for (const text of [update, definition, update]) {
      const parameters = text === update ? ['7', '3'] : [];
      pipeline.query(sent(text, connection, { parameters, parameterCount: parameters.length }));
    }
    expect(records.map(({ target_id }) => target_id)).toEqual(['3', '', '7']);
  });
});

describe('a query that is passed over', () => {
  const TEXT = 'SELECT * FROM orders';

  it('is told of no further outside of a transaction', () => {
    const { pipeline, records } = pipelineOf();
    const connection = {};
    pipeline.query(sent(TEXT, connection));
    expect(pipeline.passOver(connection, 'I', undefined)).toBe(true);
    expect(records).toEqual([]);
  });

  it.each<[string, string, 'I' | 'T' | 'E']>([
    ['in a transaction', 'BEGIN', 'T'],
    ['where the server says that there is one which nobody saw', TEXT, 'T'],
    ['where the server says that it is over', 'BEGIN', 'I'],
  ])('is told as any other %s', (_, before, status) => {
    const { pipeline } = pipelineOf();
    const connection = {};
    pipeline.query(sent(before, connection));
    expect(pipeline.passOver(connection, status, undefined)).toBe(false);
  });

  it('is told as any other on a connection that nobody knows', () => {
    expect(pipelineOf().pipeline.passOver({}, 'I', undefined)).toBe(false);
  });

  it('counts in a transaction, so that its statements keep their positions', () => {
    const { pipeline, records } = pipelineOf();
    const connection = {};
    for (const text of ['SELECT 1', TEXT, 'BEGIN', TEXT, "UPDATE orders SET note = 'a'"]) {
      const isPassed =
        pipeline.known(text)?.isPassedOver === true && pipeline.passOver(connection, undefined, undefined);
      if (!isPassed) pipeline.query(sent(text, connection, { known: pipeline.known(text) }));
    }
    pipeline.settle();
    expect(records).toMatchObject([{ action: 'update', attributes: { 'audit.transaction.position': '2' } }]);
  });
});
