import { writesSql } from '../client/ledger.ts';
import type { Ledger } from '../client/ledger.ts';
import type { Run } from '../life/run.ts';
import type { Stage } from '../stage/stage.ts';

/** What became of the numbered requests of a run: what the client was told, beside what the register holds. */
export interface Accounts {
  readonly sent: number;
  /** The denominator. */
  readonly acknowledged: number;
  readonly acknowledgedSql: number;
  /** Whole responses that were not those of the application, such as 503. */
  readonly refused: number;
  /** Acknowledged requests that the register holds. */
  readonly recorded: number;
  /** Acknowledged, and not in `audit.records`. */
  readonly lost: readonly number[];
  /** The same of their statements. */
  readonly lostStatements: readonly number[];
  /** Numbers that the table holds more than once. */
  readonly duplicated: readonly number[];
  readonly duplicatedStatements: readonly number[];
  /** Numbers that a view counts more than once. */
  readonly countedTwice: readonly number[];
  /** Held, though the client never heard: no fault, the process died between record and response. */
  readonly recordedOnly: number;
  /** Rows that PostgreSQL has committed, of requests nobody acknowledged, without a record of their statement. */
  readonly committedOnly: number;
}

const NUMBER = "toUInt32OrZero(splitByChar('/', url_path)[3])";
const STATEMENT = "toUInt32OrZero(new_values['number'])";
/** Number, distinct records and rows, as 32-bit integers. */
const ROW_BYTES = 12;

export async function settleAccounts(stage: Stage, run: Run): Promise<Accounts> {
  const { ledger, database } = run;
  const requests = await countNumbers(stage, NUMBER, `${database}.records WHERE category = 'http'`);
  const statements = await countNumbers(
    stage,
    STATEMENT,
    `${database}.records WHERE category = 'db' AND action = 'create'`,
  );
  const lost = missing(ledger, requests, () => true);
  return {
    sent: ledger.sent,
    acknowledged: ledger.acknowledged,
    acknowledgedSql: ledger.acknowledgedSql,
    refused: ledger.refused,
    recorded: ledger.acknowledged - lost.length,
    lost,
    lostStatements: missing(ledger, statements, writesSql),
    duplicated: repeated(requests),
    duplicatedStatements: repeated(statements),
    countedTwice: await repeatedInViews(stage, database),
    recordedOnly: [...requests.keys()].filter((number) => !ledger.isAcknowledged(number)).length,
    committedOnly: (await stage.database.numbersOf(run.name)).filter(
      (number) => !ledger.isAcknowledged(number) && !statements.has(number),
    ).length,
  };
}

/** Rows of each number. */
async function countNumbers(stage: Stage, number: string, from: string): Promise<Map<number, number>> {
  const bytes = await stage.register.bytes(
    `SELECT number, toUInt32(uniqExact(record_id)) AS records, toUInt32(count()) AS rows
     FROM (SELECT ${number} AS number, record_id FROM ${from}) WHERE number > 0 GROUP BY number`,
  );
  const rows = new Map<number, number>();
  for (let at = 0; at < bytes.length; at += ROW_BYTES) {
    rows.set(bytes.readUInt32LE(at), Math.max(bytes.readUInt32LE(at + 4), bytes.readUInt32LE(at + 8)));
  }
  return rows;
}

function missing(
  ledger: Ledger,
  held: ReadonlyMap<number, number>,
  isExpected: (number: number) => boolean,
): number[] {
  const numbers: number[] = [];
  for (let number = 1; number <= ledger.sent; number++) {
    if (isExpected(number) && ledger.isAcknowledged(number) && !held.has(number)) numbers.push(number);
  }
  return numbers;
}

function repeated(held: ReadonlyMap<number, number>): number[] {
  return [...held].filter(([, rows]) => rows > 1).map(([number]) => number);
}

async function repeatedInViews(stage: Stage, database: string): Promise<number[]> {
  const numbers = await Promise.all([
    countNumbersIn(stage, `SELECT ${NUMBER} AS number FROM ${database}.requests`),
    countNumbersIn(stage, `SELECT ${STATEMENT} AS number FROM ${database}.changes`),
  ]);
  return numbers.flat();
}

async function countNumbersIn(stage: Stage, select: string): Promise<number[]> {
  const rows = await stage.register.rows<{ number: number }>(
    `SELECT number FROM (${select}) WHERE number > 0 GROUP BY number HAVING count() > 1`,
  );
  return rows.map(({ number }) => number);
}
