import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import type { RecordRow } from '../support/preloaded.ts';
import { runCases } from './case-runs.ts';

const require = createRequire(import.meta.url);
const names = Object.keys(require('./fixtures/value-cases.cjs') as object);
const run = runCases(names);

/** The records of writes of a case. */
const writes = (name: string): RecordRow[] => run(name).records.filter(({ action }) => action !== 'read');

/** The values of a case's inserts, each also a parameter. */
function valuesIn(name: string): (string | undefined)[] {
  return writes(name).map(({ new_values, db_parameters }) => {
    expect(db_parameters).toEqual([new_values['text']]);
    return new_values['text'];
  });
}

test.each(names)(
  '%s: the application sees exactly what it sees without us, and its code runs as often',
  (name) => {
    const { seen, seenBare } = run(name);
    expect(seen).toEqual(seenBare);
  },
);

test('nothing is said on standard error but what pg itself says', () => {
  const lines = run('text').stderr.split('\n');
  expect(lines.filter((line) => line !== '' && !/Deprecation|trace-deprecation/.test(line))).toEqual([]);
});

describe('parity B6: a value is recorded as it was sent, whatever it is', () => {
  test.each([
    ['text', 'plain'],
    ['emptyText', ''],
    ['textNull', '"NULL"'],
    ['nullValue', 'NULL'],
    ['undefinedValue', 'NULL'],
    ['number', '1.5'],
    ['minusZero', '0'],
    ['notANumber', 'NaN'],
    ['infinity', '-Infinity'],
    ['bigInt', '1180591620717411303424'],
    ['boolean', 'false'],
    ['symbol', 'Symbol(odd)'],
    ['functionValue', "() => 'source'"],
    ['loneSurrogate', 'a\ufffd-\ufffdb'],
    ['date', '2026-02-03T04:05:06.789Z'],
    ['dateInZone', '2026-12-31T23:59:59.001Z'],
    ['ancientDate', '0044-03-15T00:00:00.000+00:00 BC'],
    ['farDate', '275760-09-13T00:00:00.000+00:00'],
    ['invalidDate', 'Invalid Date'],
    ['array', '{"a","b\\"\\\\",NULL,"3","true"}'],
    ['nestedArray', '{{"1","2"},{"3","4"}}'],
    ['holes', '{"1",NULL,"3"}'],
    ['arrayOfDates', '{"1970-01-01T00:00:00.000+00:00"}'],
    ['arrayOfBuffers', '{\\\\x616263}'],
    ['arrayOfObjects', '{"{\\"a\\":1}"}'],
    ['object', '{"a":[1,{"b":null}]}'],
    ['nullPrototype', '{"a":1}'],
    ['boxedText', '"boxed"'],
    ['boxedNumber', '1'],
    ['map', '{}'],
    ['set', '{}'],
    ['pattern', '{}'],
    ['error', '{}'],
    ['postgresNull', 'NULL'],
    ['postgresDate', '1970-01-01T00:00:00.000+00:00'],
    ['postgresBuffer', '\\x616263'],
    ['postgresArray', '{"{\\"a\\":1}","2"}'],
    ['json', '{"times":1}'],
    ['getter', '{"times":1}'],
    ['proxy', '{"a":1}'],
    ['proxyOfArray', '{"a","b"}'],
    ['proxiedValues', 'by proxy'],
    ['subclassedArray', '{"a","b"}'],
    ['arrayWithGetter', '{"a","1"}'],
    ['subclassedDate', '1970-01-01T00:00:00.000Z'],
    ['subclassedBuffer', '\\x01'],
    ['temporal', globalThis.hasOwnProperty('Temporal') ? '"2026-01-02"' : 'none'],
    ['overriddenPrepareValue', 'own'],
    ['configWithGetters', 'by getter'],
    ['proxiedConfig', 'by proxy'],
    ['proxiedQuery', 'by a proxied query'],
    ['builtStatement', 'built'],
    ['callbackBehindGetter', 'called'],
  ])('%s: %s', (name, text) => {
    expect(valuesIn(name)).toEqual([text]);
    expect(writes(name)).toMatchObject([{ outcome: 'success', db_rows: 1, truncated: [] }]);
  });

  test.each([
    ['nulByte', 'a\0b'],
    ['buffer', '\\x0001feff'],
    ['typedArray', '\\x0200'],
    ['dataView', '\\x0000'],
  ])('%s, though PostgreSQL refuses it: %j', (name, text) => {
    expect(valuesIn(name)).toEqual([text]);
    expect(writes(name)).toMatchObject([{ outcome: 'failure', error_type: '22021' }]);
  });

  test.each([
    ['hugeText', 'ä'.repeat(1_024)],
    ['largeBuffer', `\\x${'07'.repeat(511)}`],
  ])('%s is cut, and the record says so', (name, text) => {
    expect(valuesIn(name)).toEqual([text]);
    expect(writes(name)).toMatchObject([
      { outcome: 'success', truncated: expect.arrayContaining(['db_parameters', 'new_values']) },
    ]);
  });

  test('of ten thousand parameters the first are kept, and the record says so', () => {
    const [record] = writes('manyValues');
    expect(record).toMatchObject({ outcome: 'success', db_rows: 10_000 });
    expect(record?.truncated.toSorted()).toEqual(['db_parameters', 'new_values']);
    expect(record?.db_parameters).toEqual(Array.from({ length: 256 }, (_, index) => String(index)));
  });

  test('an array of keys names its rows, whatever its items are', () => {
    expect(writes('anyOfObjects')).toMatchObject([
      { target_ids: ['91', '92', '93'], db_parameters: ['{"91","92",NULL,"93"}'] },
    ]);
    const [many] = writes('anyOfMany');
    expect(many?.target_ids).toEqual(Array.from({ length: 100 }, (_, index) => String(1_000_000 + index)));
    expect(many?.truncated).toContain('db_parameters');
  });
});

describe('a value that cannot be sent', () => {
  test.each([
    ['cyclic', 'TypeError'],
    ['cyclicArray', 'RangeError'],
    ['bigIntInside', 'TypeError'],
    ['jsonThrows', 'Error'],
    ['stringThrows', 'TypeError'],
    ['postgresThrows', 'RangeError'],
    ['postgresCircular', 'Error'],
    ['getterThrows', 'Error'],
    ['revokedProxy', 'TypeError'],
  ])('%s: the record is a failure with %s', (name, type) => {
    expect(valuesIn(name)).toEqual(['[unserialised]']);
    expect(writes(name)).toMatchObject([{ outcome: 'failure', error_type: type, db_rows: 0 }]);
  });

  test('is told as far as it is plain, when its query never went', () => {
    expect(writes('neverSent')).toMatchObject([
      {
        outcome: 'failure',
        new_values: { nothing: 'plain', document: '[unserialised]', day: '1970-01-01T00:00:00.000Z' },
        db_parameters: ['plain', '[unserialised]', '1970-01-01T00:00:00.000Z'],
      },
    ]);
  });

  test('may be refused with an error that must not be read', () => {
    expect(writes('unreadableErrors').map(({ outcome }) => outcome)).toEqual(
      Array<string>(15).fill('failure'),
    );
  });
});

describe('forms of a call', () => {
  test.each(['callback', 'config', 'configCallback', 'named', 'submittable', 'cursor'])(
    '%s: a value is described by its own code once',
    (form) => {
      expect(valuesIn(`${form}Form`)).toEqual([`${form} 1`]);
      expect(run(`${form}Form`).seen).toMatchObject({ runs: { toPostgres: 1 } });
    },
  );

  test.each(['callback', 'config', 'configCallback', 'named', 'submittable'])(
    '%s: a value that throws is a failure, and the connection goes on',
    (form) => {
      expect(writes(`${form}FormThrows`)).toMatchObject([
        { outcome: 'failure', error_message: 'not to be sent' },
      ]);
      expect(run(`${form}FormThrows`).seen).toMatchObject({ after: { rowCount: 1 } });
    },
  );

  test('a cursor whose values cannot be prepared is never a query', () => {
    expect(writes('cursorFormThrows')).toEqual([]);
  });
});

describe('values belong to their own query', () => {
  test('as they are when its turn comes', () => {
    expect(writes('changedWhileQueued').map(({ new_values }) => new_values)).toEqual([
      { document: '{"state":"in the queue"}', nothing: '{"at the call"}' },
    ]);
  });

  test('in a queue, and where sending one makes another', () => {
    expect(valuesIn('queued')).toEqual(['a', 'b', 'c']);
    expect(run('queued').seen).toMatchObject({ runs: { a: 1, b: 1, c: 1 } });
  });

  test('in a pipeline', () => {
    expect(valuesIn('pipelined').sort()).toEqual(['[unserialised]', 'four', 'one', 'two']);
  });

  test('through Sequelize', () => {
    expect(writes('sequelizeValues').at(-1)).toMatchObject({
      new_values: { document: '{"a":1}', bytes: '\\x616263', flags: '{"true","false"}' },
    });
  });

  test('through knex', () => {
    expect(writes('knexValues').map(({ new_values }) => new_values)).toEqual([
      { document: '{"a":1}', large: '1152921504606846976', day: '1970-01-01T00:00:00.000Z' },
    ]);
  });
});

test('a parameter is as secret as the column it is for, as its statement where that is not known', () => {
  expect(writes('secrets').map(({ db_parameters }) => db_parameters)).toEqual([
    ['1', '[redacted]'],
    ['1', '[redacted]'],
    ['801', '[redacted]', '802', '[redacted]'],
  ]);
});

test('parameters are not kept where the policy asks for no more than metadata', () => {
  expect(run('secrets').records).toContainEqual(
    expect.objectContaining({ action: 'read', policy_level: 'metadata', db_parameters: [] }),
  );
});

test('rows that type parsers of the application made are not read by their code', () => {
  expect(writes('parsedRows')).toMatchObject([{ target_ids: ['901', '902'], db_rows: 2 }]);
  expect(writes('prototypeColumn')).toMatchObject([{ target_id: '1' }]);
});
