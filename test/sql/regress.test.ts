import { beforeAll, describe, expect, test } from 'vitest';
import { createSqlAnalyser, loadSqlParser } from '../../src/sql/analyse.ts';
import type { AnalysedStatement } from '../../src/sql/analyse.ts';
import { shorten } from '../../src/sql/shorten.ts';
import type { SqlAction } from '../../src/sql/statement.ts';
import { startPostgres } from '../support/postgres.ts';
import { readRegressFiles, readTags, recordTags, sentTexts } from './regress-files.ts';

interface Case {
  readonly where: string;
  readonly text: string;
  /** What PostgreSQL answered. */
  readonly tag: string;
  readonly statements: readonly AnalysedStatement[];
}

// NOTE: a test only where it is asked for: one that is skipped would look like one that failed to run.
if (process.env['RECORD_TAGS'] === '1') {
  test('PostgreSQL is asked again', async () => {
    const postgres = await startPostgres();
    await recordTags(postgres.url).finally(() => postgres.stop());
  }, 600_000);
}

const cases: Case[] = [];

// NOTE: nothing of it may throw; that it comes to an end is a test of its own.
beforeAll(async () => {
  await loadSqlParser();
  const analyse = createSqlAnalyser();
  const tags = readTags();
  for (const [name, file] of Object.entries(readRegressFiles())) {
    for (const [index, text] of sentTexts(file).entries()) {
      cases.push({
        where: `${name} ${index}`,
        text,
        tag: tags[name]?.[index] ?? '?',
        statements: analyse(text),
      });
    }
  }
});

/** What PostgreSQL carried out. */
function* carriedOut(): Generator<{
  where: string;
  text: string;
  tag: string;
  statement: AnalysedStatement;
}> {
  for (const { where, text, tag, statements } of cases) {
    if (/^[!?]/.test(tag)) continue;
    for (const [index, own] of tag.split(',').entries()) {
      const statement = statements[index];
      if (statement !== undefined) yield { where, text: withoutComments(text), tag: own, statement };
    }
  }
}

function withoutComments(text: string): string {
  return text.replace(/^(?:\s|--[^\n]*\n|\/\*(?:[^*]|\*(?!\/))*\*\/)*/, '').trim();
}

/** Actions by command tag, as PostgreSQL's documentation explains the commands. */
const ACTIONS: Readonly<Record<string, readonly SqlAction[]>> = {
  INSERT: ['create', 'merge'],
  UPDATE: ['update'],
  DELETE: ['delete'],
  MERGE: ['merge'],
  TRUNCATE: ['truncate'],
  COPY: ['copy_in', 'copy_out'],
  CREATE: ['schema', 'grant'],
  ALTER: ['schema', 'grant'],
  DROP: ['schema', 'grant'],
  COMMENT: ['schema'],
  REINDEX: ['schema'],
  REFRESH: ['schema'],
  IMPORT: ['schema'],
  SECURITY: ['schema'],
  GRANT: ['grant'],
  REVOKE: ['grant'],
  REASSIGN: ['grant'],
  CALL: ['call'],
  DO: ['call'],
  LOCK: ['lock'],
  DECLARE: ['read', 'call'],
  FETCH: ['read'],
  MOVE: ['read'],
  SHOW: ['read'],
};

/** Actions by leading keyword, where the command tag says no more than that there were rows. */
const READS: readonly SqlAction[] = ['read', 'call', 'lock'];

function expected(tag: string, text: string): readonly SqlAction[] | undefined {
  const [keyword = ''] = /^[a-z]+/i.exec(text.replace(/^\(+/, '')) ?? [];
  switch (keyword.toUpperCase()) {
    case 'EXECUTE':
      return ['other'];
    case 'EXPLAIN':
      return /^explain\s*(\([^)]*)?\banaly[sz]e\b/i.test(text) ? undefined : ['read'];
    case 'WITH':
      return tag === 'SELECT' ? [...READS, 'create', 'update', 'delete', 'merge', 'schema'] : ACTIONS[tag];
    case 'CREATE':
      return /^create\s+(role|user\s+(?!mapping)|group)/i.test(text) ? ['grant'] : ['schema'];
    case 'SELECT':
    case 'VALUES':
    case 'TABLE':
      return /\binto\b/i.test(text) ? [...READS, 'schema'] : READS;
    case 'INSERT':
      return /\bon\s+conflict\b[\s\S]*\bdo\s+update\b/i.test(text) ? ['create', 'merge'] : ['create'];
    default:
      return ACTIONS[tag] ?? ['other'];
  }
}

const NAME = String.raw`((?:"(?:[^"]|"")+"|[a-z_]\w*)(?:\s*\.\s*(?:"(?:[^"]|"")+"|[a-z_]\w*))*)`;
const WRITES = new RegExp(
  String.raw`^(?:insert\s+into|update(?:\s+only)?|delete\s+from(?:\s+only)?|merge\s+into(?:\s+only)?|truncate(?:\s+table)?(?:\s+only)?|create\s+(?:temp\s+|temporary\s+|unlogged\s+)?table(?:\s+if\s+not\s+exists)?|alter\s+table(?:\s+if\s+exists)?(?:\s+only)?|copy)\s+(?!all\s+in\b)${NAME}`,
  'i',
);

/** The table that a write names first, by its text alone. */
function namedTable(text: string): string | undefined {
  const name = WRITES.exec(text)?.[1];
  return name
    ?.replace(/\s*\.\s*/g, '.')
    .replace(/"((?:[^"]|"")+)"|[^".]+/g, (part: string, quoted?: string) => {
      return quoted === undefined ? part.toLowerCase() : quoted.replaceAll('""', '"');
    });
}

describe("PostgreSQL's own regression tests", () => {
  test('are read to their end, some fifty thousand statements', () => {
    expect(cases.flatMap(({ statements }) => statements).length).toBeGreaterThan(50_000);
    expect(cases.filter(({ tag }) => tag === '?')).toEqual([]);
  });

  test('have as many statements for us as PostgreSQL carried out', () => {
    const differing = cases.filter(({ tag, statements }) => {
      const count = tag === '' ? 0 : tag.split(',').length;
      return !tag.startsWith('!') && count !== statements.length;
    });
    expect(differing.map(({ where, text, tag }) => [where, tag, text])).toEqual([]);
  });

  test('hold nothing that PostgreSQL carries out and we do not understand', () => {
    const problems = [...carriedOut()].filter(({ statement }) => statement.problem !== '');
    expect(problems.map(({ where, text, statement }) => [where, text, statement.problem])).toEqual([]);
  });

  test('do what their command tag and their leading keyword say', () => {
    const wrong: unknown[] = [];
    let compared = 0;
    for (const { where, text, tag, statement } of carriedOut()) {
      const actions = expected(tag, text);
      if (actions === undefined || tag === '') continue;
      compared += 1;
      if (!actions.includes(statement.action)) wrong.push([where, tag, statement.action, text.slice(0, 200)]);
    }
    expect(wrong).toEqual([]);
    expect(compared).toBeGreaterThan(35_000);
  });

  test('write the table that stands behind the keyword', () => {
    const wrong: unknown[] = [];
    let compared = 0;
    for (const { where, text, statement } of carriedOut()) {
      const table = namedTable(text);
      if (table === undefined) continue;
      compared += 1;
      if (statement.tables[0] !== table) wrong.push([where, table, statement.tables, text.slice(0, 200)]);
    }
    expect(wrong).toEqual([]);
    expect(compared).toBeGreaterThan(10_000);
  });

  test('that PostgreSQL refuses for their syntax are an honest `other`', () => {
    const refused = cases.filter(({ tag }) => tag === '!42601');
    const honest = refused.filter(({ statements }) => statements.some(({ problem }) => problem !== ''));
    // NOTE: some of that SQLSTATE are refused later, for what they mean.
    expect(honest.length).toBeGreaterThan(150);
    expect(honest.every(({ statements }) => statements.every(({ action }) => action === 'other'))).toBe(true);
  });

  test('name an object wherever something is defined, altered or dropped', () => {
    const nameless = [...carriedOut()].filter(({ statement: { action, tables } }) => {
      return (action === 'schema' || action === 'truncate') && (tables.length === 0 || tables.includes(''));
    });
    expect(nameless.map(({ where, text }) => [where, text.slice(0, 120)])).toEqual([]);
  });

  test('write the same when they are shortened as much as can be', () => {
    const analyse = createSqlAnalyser();
    const wrong: unknown[] = [];
    for (const { where, text, tag, statements } of cases) {
      const isWrite = /^(?:INSERT|UPDATE|DELETE|MERGE|TRUNCATE|COPY)$/.test(tag);
      if (!isWrite || statements.length !== 1) continue;
      const short = shorten(text, { rows: 2, items: 2, stringCharacters: 0 }).text;
      const [own, other] = [statements[0], analyse(short)[0]];
      const isSame = own?.action === other?.action && own?.tables[0] === other?.tables[0];
      if (!isSame)
        wrong.push([
          where,
          own?.action,
          own?.tables,
          other?.action,
          other?.tables,
          short.slice(0, 300),
          other?.problem,
        ]);
    }
    expect(wrong).toEqual([]);
  });
});
