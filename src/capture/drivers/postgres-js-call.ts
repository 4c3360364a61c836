import type { ErrorFacts, QueryFacts, StatementResult } from '../../pipeline/facts.js';
import type { Pipeline } from '../../pipeline/pipeline.js';
import { dataOf, itemsOf, lengthOf } from '../../pipeline/values/plain-data.js';
import { plainValue } from '../../pipeline/values/value-text.js';
import type { SentValue } from '../../pipeline/values/value-text.js';
import { nowMillis, timeSince } from '../clock.js';
import { NO_ANSWER, readError } from '../pg/pg-answer.js';
import { NO_TRACE } from '../../pipeline/facts.js';
import { placeHere } from './call-place.js';
import type { CallPlace } from './call-place.js';
import type { AnyFunction } from './patched-class.js';
import { placeOf, sessionOf } from './postgres-js-session.js';

/** What of postgres.js' query object is looked at. */
export interface PostgresJsQuery {
  readonly executed: boolean;
  handler: AnyFunction & { name: string };
  resolve: AnyFunction;
  reject: AnyFunction;
  forEachFn?: AnyFunction;
  cursorFn?: AnyFunction;
  readonly onlyDescribe?: boolean;
  /** The session of its connection, once it is sent. */
  readonly state?: { readonly pid: number | null } | null;
  readonly statement?: { readonly string?: unknown } | null;
  readonly string?: unknown;
  readonly strings?: unknown;
  readonly parameters?: unknown;
  readonly options?: { readonly simple?: boolean };
  /** Set once it stands in the queue of what was sent, or is the one that is answered. */
  readonly active?: boolean;
}

/** Values of one call that are kept. */
const VALUES = 1_024;
const ROWS = 256;
const NOWHERE: CallPlace = Object.freeze({
  request: undefined,
  work: undefined,
  actor: undefined,
  trace: NO_TRACE,
});

/** One query of postgres.js, from where the application asks for its answer to its end. */
export class PostgresJsCall {
  readonly #query: PostgresJsQuery;
  readonly #pipeline: Pipeline;
  readonly #place: CallPlace;
  readonly #startMillis = nowMillis();
  #rowsRead = 0;
  #isReported = false;

  /** @param isOwn Whether the driver asks for itself. */
  constructor(query: PostgresJsQuery, pipeline: Pipeline, isOwn: boolean) {
    this.#query = query;
    this.#pipeline = pipeline;
    this.#place = isOwn ? NOWHERE : placeHere();
  }

  /** A piece of a cursor. */
  read(rows: unknown): void {
    this.#rowsRead += lengthOf(rows);
  }

  /**
   * @param answer A result, or a list of them for a text of several statements. A stream says that COPY begins; its end is told
   * once more, and what was only described is never carried out.
   */
  answered(answer: unknown): void {
    const first = dataOf(answer, 0);
    const isList = isResult(first);
    if (this.#query.onlyDescribe === true || !(isList || isResult(answer))) return;
    const results = isList ? (itemsOf(answer, lengthOf(answer)) ?? []).map(readResult) : [readResult(answer)];
    this.#report(
      this.#rowsRead === 0 ? results : [{ ...(results[0] ?? NO_ANSWER), rowCount: this.#rowsRead }],
    );
  }

  failed(error: unknown): void {
    this.#report([], readFailure(error));
  }

  #report(results: readonly StatementResult[], error?: ErrorFacts): void {
    if (this.#isReported) return;
    this.#isReported = true;
    const query = this.#query;
    const session = sessionOf(query.state, this.#pipeline);
    const { database = '', server = '' } = placeOf(query);
    const parameters = parametersOf(query);
    this.#pipeline.query({
      ...this.#place,
      ...timeSince(this.#startMillis),
      system: 'postgresql',
      namespace: database,
      server,
      text: textOf(query),
      parameters,
      parameterCount: Math.max(parameters.length, lengthOf(query.parameters)),
      results,
      isToldAsWhole: query.options?.simple === true,
      ...(error === undefined
        ? {}
        : { error, isUnsent: session === undefined || typeof query.string !== 'string' }),
      connection: session,
      backendPid: session?.pid ?? 0,
    } satisfies QueryFacts);
  }
}

/** NOTE: its results are arrays of rows, with more on them. */
function isResult(value: unknown): boolean {
  return Array.isArray(value) && Object.hasOwn(value, 'command') && Object.hasOwn(value, 'count');
}

function readResult(result: unknown): StatementResult {
  const command = dataOf(result, 'command');
  const count = dataOf(result, 'count');
  const columns = itemsOf(dataOf(result, 'columns'), ROWS) ?? [];
  return {
    command: typeof command === 'string' ? (command.split(' ', 1)[0] ?? '') : '',
    rowCount: typeof count === 'number' ? count : lengthOf(result),
    rows: itemsOf(result, ROWS) ?? [],
    fields: columns.map((column) => ({ name: String(dataOf(column, 'name') ?? '') })),
  };
}

/** What is sent by then; of a query that never came so far, what the application wrote. */
function textOf({ string, strings }: PostgresJsQuery): string {
  if (typeof string === 'string') return string;
  const parts = (itemsOf(strings, VALUES) ?? []).filter((part) => typeof part === 'string');
  return parts.reduce((text, part, index) => (index === 0 ? part : `${text}$${index}${part}`), '');
}

/** NOTE: postgres.js has turned them into text when it sent them. */
function parametersOf({ parameters }: PostgresJsQuery): readonly SentValue[] {
  return (itemsOf(parameters, VALUES) ?? []).map(plainValue);
}

/** It names the parts of an error as the protocol does. */
function readFailure(error: unknown): ErrorFacts {
  const plain = readError(error);
  const more = [
    ['schema', 'schema_name'],
    ['table', 'table_name'],
    ['column', 'column_name'],
    ['constraint', 'constraint_name'],
  ] as const;
  const details = more
    .map(([name, own]) => [name, dataOf(error, own)] as const)
    .filter(([, value]) => typeof value === 'string');
  return { ...plain, ...Object.fromEntries(details) };
}
