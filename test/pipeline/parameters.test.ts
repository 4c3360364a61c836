import { beforeAll, describe, expect, it } from 'vitest';
import { createBlankRecord } from '../../src/pipeline/blank-record.ts';
import type { QueryFacts } from '../../src/pipeline/facts.ts';
import { fillParameters, redactedParameters } from '../../src/pipeline/statements/parameters.ts';
import { createRedactor } from '../../src/record/redaction/redact.ts';
import { createSqlAnalyser, loadSqlParser } from '../../src/sql/analyse.ts';

const blank = createBlankRecord({ name: 'test', version: '', instance: '', environment: '' });

function recorded(text: string, parameters: readonly string[], parameterCount = parameters.length) {
  const draft = blank();
  const [statement] = createSqlAnalyser()(text);
  if (statement === undefined) throw new Error(`no statement: ${text}`);
  fillParameters(draft, { parameters, parameterCount } as unknown as QueryFacts, statement);
  return { parameters: redactedParameters(draft, createRedactor(['nickname'])), truncated: draft.truncated };
}

describe('parameters', () => {
  beforeAll(loadSqlParser);

  it.for([
    ['insert into users (name, password) values ($1, $2)', ['shown', '[redacted]']],
    ['insert into users (password, name) values ($2, $1)', ['shown', '[redacted]']],
    [
      'insert into users (name, token) values ($1, $2), ($3, $4)',
      ['shown', '[redacted]', 'shown', '[redacted]'],
    ],
    ['update users set nickname = $1 where id = $2', ['[redacted]', 'shown']],
    ['select id from sessions where token = $1 and id = $2', ['[redacted]', 'shown']],
    ['update users set name = $1 where name = $1', ['shown']],
    ['update users set name = $1 where secret = $1', ['[redacted]']],
    ['update users set name = lower($1), password = $2', ['[redacted]', '[redacted]']],
    ['update users set hash = crypt($1, gen_salt($2)) where id = $3', ['[redacted]', '[redacted]', 'shown']],
    ['update users set name = lower($1) where id = $2', ['shown', 'shown']],
    ['select $1::text', ['shown']],
  ] as const)('%s', ([text, expected]) => {
    expect(
      recorded(
        text,
        expected.map(() => 'shown'),
      ).parameters,
    ).toEqual(expected);
  });

  it('are redacted by their shape, whatever they are used for', () => {
    const json = '{"password":"x","name":"y"}';
    expect(recorded('update users set name = $1', [json]).parameters).toEqual([
      '{"password":"[redacted]","name":"y"}',
    ]);
    expect(recorded('select f($1)', ['Bearer abcdefghijkl']).parameters).toEqual(['Bearer [redacted]']);
  });

  it('say when the last ones are missing, and when a value of the row is', () => {
    const text = 'insert into users (id, name) values ($1, $2)';
    expect(recorded(text, ['1'], 2).truncated).toEqual(['db_parameters', 'new_values']);
    expect(recorded('select $1, $2', ['1'], 2).truncated).toEqual(['db_parameters']);
    expect(recorded(text, ['1', 'x']).truncated).toEqual([]);
  });
});
