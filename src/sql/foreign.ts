import type { AnalysedStatement } from './analyse.js';
import { dialectOf, readForeignText } from './foreign-text.js';
import { readForeignHead } from './foreign-head.js';
import { readMongodb } from './mongodb.js';
import { readRedis } from './redis.js';
import { describe } from './statement.js';

/** A query of a database that is not PostgreSQL, as a span tells it. */
export interface ForeignQuery {
  readonly system: string;
  readonly text: string;
  /** As the span says; empty where it does not. */
  readonly operation?: string | undefined;
  readonly collection?: string | undefined;
}

export interface ForeignReading {
  readonly statements: readonly AnalysedStatement[];
  /** The text in PostgreSQL's tokens; empty where it is not known which parts of it are constants. */
  readonly text: string;
}

/** Databases that have PostgreSQL's tokens. */
const POSTGRESQL = new Set(['postgresql', 'cockroachdb', 'redshift', 'aws.redshift', 'yugabytedb']);
/** Databases whose texts are SQL. Source: OpenTelemetry semantic conventions, `db.system.name` and `db.system`. */
const SQL = new Set(
  `other_sql mysql mariadb sqlite mssql mssqlcompact microsoft.sql_server oracle oracle.db db2 ibm.db2 derby h2 h2database
  hsqldb hive trino teradata hanadb sap.hana maxdb sap.maxdb sybase vertica netezza ibm.netezza firebird firebirdsql
  informix ibm.informix clickhouse spanner gcp.spanner ingres actian.ingres adabas softwareag.adabas duckdb snowflake`.split(
    /\s+/,
  ),
);
const REDIS = new Set(['redis', 'valkey', 'dragonfly', 'keydb']);
/** Longer texts are not gone over. */
const MOST_CHARACTERS = 65_536;
const STORED_CHARACTERS = 8_192;

/** Whether PostgreSQL's rules say what a text of this database means. */
export function isPostgresqlText(system: string): boolean {
  return POSTGRESQL.has(system);
}

/**
 * What a statement of another database means, as far as it is like PostgreSQL's when its texts and names are written in
 * that manner. Nothing of a text is shown that may be a constant.
 */
export function readForeign(
  query: ForeignQuery,
  analyse: (text: string) => readonly AnalysedStatement[],
): ForeignReading {
  if (!SQL.has(query.system)) return { statements: ofCommand(query), text: '' };
  const text =
    query.text.length > MOST_CHARACTERS ? undefined : readForeignText(query.text, dialectOf(query.system));
  if (text === undefined) return { statements: [ofOperation(query)], text: '' };
  const { translated } = text;
  const shown = text.shown.slice(0, STORED_CHARACTERS);
  const statements = analyse(translated);
  if (statements.some(({ problem }) => problem !== '')) {
    return { statements: [ofHead(query, translated, shown)], text: translated };
  }
  const [only] = statements;
  const isOne = statements.length === 1 && only !== undefined && only.action !== 'schema';
  const known = isOne ? [{ ...only, normalized: shown }] : statements;
  return { statements: known.map(endOfTransaction), text: translated };
}

/** The text as it may be shown: of SQL without constants, of anything else its first word. */
export function withoutConstants(system: string, text: string): string {
  if (isPostgresqlText(system)) return text;
  const read =
    SQL.has(system) && text.length <= MOST_CHARACTERS ? readForeignText(text, dialectOf(system)) : undefined;
  return read?.shown ?? wordOf(text);
}

/**
 * NOTE: of which connection it is, and so of which statements, nobody knows: it is an act of its own. That a transaction begins
 * says nothing.
 */
function endOfTransaction(statement: AnalysedStatement): AnalysedStatement {
  const { transaction, ...rest } = statement;
  const kind = transaction?.kind ?? '';
  if (kind === 'commit') return { ...rest, action: 'commit' };
  return kind.startsWith('rollback') ? { ...rest, action: 'rollback' } : statement;
}

/** What the first words say of a statement that is not like any of PostgreSQL's. */
function ofHead({ system }: ForeignQuery, translated: string, shown: string): AnalysedStatement {
  const head = readForeignHead(translated, shown);
  return { ...head, normalized: shown, problem: problemOf(system), truncated: [] };
}

/** A command of a database that has no SQL. */
function ofCommand(query: ForeignQuery): readonly AnalysedStatement[] {
  const { system, text, operation = '', collection = '' } = query;
  if (REDIS.has(system)) return [readRedis(operation, text)].filter((command) => command !== undefined);
  return [system === 'mongodb' ? readMongodb(operation, collection, text) : ofOperation(query)];
}

/** What the span itself says, of a text that is no SQL or that may be read in several ways. */
function ofOperation({ system, text, operation = '', collection = '' }: ForeignQuery): AnalysedStatement {
  const word = wordOf(operation) || wordOf(text);
  const name = /^[\w.$:-]{1,256}$/.test(collection) ? collection : '';
  return {
    ...describe('other', name === '' ? [] : [name]),
    normalized: name === '' ? word : `${word} ${name}`.trim(),
    problem: problemOf(system),
    truncated: [],
  };
}

/** NOTE: what stands first in the text of a document database may be anything. */
function wordOf(text: string): string {
  return /^\s*([A-Za-z_]{1,32})(?![\w$@.-])/.exec(text.slice(0, 256))?.[1] ?? '';
}

function problemOf(system: string): string {
  return system === '' ? 'of a database that is not known' : `of ${system}, not of PostgreSQL`;
}
