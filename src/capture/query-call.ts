import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { ErrorFacts, QueryFacts, StatementResult } from '../pipeline/facts.js';
import type { Pipeline } from '../pipeline/pipeline.js';
import type { TransactionStatus } from '../sql/transaction.js';
import type { PgQuery } from './pg-query.js';
import { nowMillis, timeOfSpan, timeSince } from './clock.js';
import { activeTrace } from './active-span.js';
import { traceOf } from './reporter.js';
import { currentScope } from './request-scope.js';

/** What of pg's Client is looked at. */
export interface PgClient {
  readonly processID?: number | null;
  readonly database?: string;
  readonly connectionParameters?: { readonly database?: string };
  readonly connection?: { readonly parsedStatements?: Readonly<Record<string, unknown>> };
  readonly pipeline?: boolean;
  /** The status of the last answer. */
  readonly _txStatus?: TransactionStatus | null;
}

/** What of pg's Result is looked at. */
interface PgResult {
  readonly command?: string;
  readonly rowCount?: number | null;
  readonly rows?: readonly unknown[];
  readonly fields?: readonly { readonly name: string }[];
}

let calls = 0;

/** One call of a pg client's `query`, from the call to its outcome. */
export class QueryCall {
  readonly #pipeline: Pipeline;
  readonly #client: PgClient;
  readonly #text: string;
  #parameters: readonly unknown[];
  readonly #request = currentScope();
  readonly #activeTrace = activeTrace();
  readonly #startMillis = nowMillis();
  readonly #order = ++calls;
  #results: readonly StatementResult[] = [];
  #query: PgQuery | undefined;
  #rowCount = 0;
  #error: ErrorFacts | undefined;
  #isReported = false;

  constructor(pipeline: Pipeline, client: PgClient, text: string, parameters: readonly unknown[]) {
    this.#pipeline = pipeline;
    this.#client = client;
    this.#text = text;
    this.#parameters = parameters;
  }

  /** Where pg keeps the answers to a text of several statements, which it does not give away with an error. */
  answersComeTo(query: PgQuery | undefined): void {
    this.#query = query;
  }

  /** @param result pg's Result, or a list of them for a text of several statements. */
  succeed(result: unknown): void {
    this.#results = [result].flat().map(readResult);
  }

  /** One row of a cursor or a stream, which may be left before its end. */
  countRow(): void {
    this.#rowCount += 1;
  }

  /** One statement of a cursor, a stream or a COPY: PostgreSQL's command tag, such as `INSERT 0 3`. */
  completeCommand(tag: string): void {
    const words = tag.split(' ');
    const rowCount = Number(words.at(-1));
    const result = readResult({ command: words[0], rowCount: Number.isNaN(rowCount) ? 0 : rowCount });
    this.#results = [...this.#results, result];
  }

  fail(error: unknown): void {
    this.#error = readError(error);
    const answers = [this.#query?._results].flat().map(readResult);
    if (this.#results.length === 0) this.#results = answers.filter(({ command }) => command !== '');
  }

  /** Hands over what is known, once; the span gives time and trace where there is one. */
  report(span: ReadableSpan | undefined): void {
    if (this.#isReported) return;
    this.#isReported = true;
    const time =
      span === undefined ? timeSince(this.#startMillis) : timeOfSpan(span.startTime, span.duration);
    this.#pipeline.query({
      ...this.#facts(),
      ...time,
      trace: span === undefined ? this.#activeTrace : traceOf(span),
    });
    // NOTE: an exporter may keep the span, and with it this call, for long.
    this.#results = [];
    this.#parameters = [];
    this.#query = undefined;
  }

  /**
   * A cursor that was closed before its end has been carried out as far as it was read.
   * NOTE: the tag of one that was read in pieces counts only the last piece.
   */
  #answers(): readonly StatementResult[] {
    if (this.#rowCount === 0 || this.#error !== undefined || this.#results.length > 1) return this.#results;
    const [result = readResult(undefined)] = this.#results;
    return [{ ...result, rowCount: Math.max(result.rowCount, this.#rowCount) }];
  }

  /** NOTE: an error is told before the status, and in a pipeline the status may be that of a later query. */
  #transactionStatus(): TransactionStatus | undefined {
    const { pipeline, _txStatus } = this.#client;
    return this.#error !== undefined || pipeline === true ? undefined : (_txStatus ?? undefined);
  }

  #facts(): Omit<QueryFacts, 'startedAtNanos' | 'durationMicros' | 'trace'> {
    return {
      request: this.#request,
      system: 'postgresql',
      namespace: this.#client.database ?? this.#client.connectionParameters?.database ?? '',
      text: this.#text,
      parameters: this.#parameters,
      results: this.#answers(),
      ...(this.#error === undefined ? {} : { error: this.#error }),
      connection: this.#client,
      transactionStatus: this.#transactionStatus(),
      order: this.#client.pipeline === true ? this.#order : undefined,
      backendPid: this.#client.processID ?? 0,
    };
  }
}

function readResult(result: unknown): StatementResult {
  const { command, rowCount, rows, fields } = (result ?? {}) as PgResult;
  return { command: command ?? '', rowCount: rowCount ?? 0, rows: rows ?? [], fields: fields ?? [] };
}

export function readError(error: unknown): ErrorFacts {
  const { code, message, name } = (error ?? {}) as { code?: unknown; message?: unknown; name?: unknown };
  return { type: String(code ?? name ?? 'error'), message: String(message ?? error) };
}
