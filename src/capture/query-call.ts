import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { NO_TRACE } from '../pipeline/facts.js';
import type { ErrorFacts, QueryFacts, StatementResult } from '../pipeline/facts.js';
import type { Pipeline } from '../pipeline/pipeline.js';
import { nowMillis, timeOfSpan, timeSince } from './clock.js';
import { traceOf } from './reporter.js';
import { currentScope } from './request-scope.js';

/** What of pg's Client is looked at. */
export interface PgClient {
  readonly processID?: number | null;
  readonly database?: string;
  readonly connectionParameters?: { readonly database?: string };
}

/** What of pg's Result is looked at. */
interface PgResult {
  readonly command?: string;
  readonly rowCount?: number | null;
  readonly rows?: readonly unknown[];
}

/** One call of a pg client's `query`, from the call to its outcome. */
export class QueryCall {
  readonly #pipeline: Pipeline;
  readonly #client: PgClient;
  readonly #text: string;
  readonly #parameters: readonly unknown[];
  readonly #request = currentScope();
  readonly #startMillis = nowMillis();
  #results: readonly StatementResult[] = [];
  #error: ErrorFacts | undefined;
  #isReported = false;

  constructor(pipeline: Pipeline, client: PgClient, text: string, parameters: readonly unknown[]) {
    this.#pipeline = pipeline;
    this.#client = client;
    this.#text = text;
    this.#parameters = parameters;
  }

  /** @param result pg's Result, or a list of them for a text of several statements. */
  succeed(result: unknown): void {
    const results = Array.isArray(result) ? result : [result];
    this.#results = results.map(readResult);
  }

  /** One statement of a cursor, a stream or a COPY: PostgreSQL's command tag, such as `INSERT 0 3`. */
  completeCommand(tag: string): void {
    const words = tag.split(' ');
    const rowCount = Number(words.at(-1));
    this.#results = [
      ...this.#results,
      { command: words[0] ?? '', rowCount: Number.isNaN(rowCount) ? 0 : rowCount, rows: [] },
    ];
  }

  fail(error: unknown): void {
    this.#error = readError(error);
  }

  /** Hands over what is known, once; the span gives time and trace where there is one. */
  report(span: ReadableSpan | undefined): void {
    if (this.#isReported) return;
    this.#isReported = true;
    const time =
      span === undefined ? timeSince(this.#startMillis) : timeOfSpan(span.startTime, span.duration);
    this.#pipeline.query({ ...this.#facts(), ...time, trace: span === undefined ? NO_TRACE : traceOf(span) });
  }

  #facts(): Omit<QueryFacts, 'startedAtNanos' | 'durationMicros' | 'trace'> {
    return {
      request: this.#request,
      system: 'postgresql',
      namespace: this.#client.database ?? this.#client.connectionParameters?.database ?? '',
      text: this.#text,
      parameters: this.#parameters,
      results: this.#results,
      ...(this.#error === undefined ? {} : { error: this.#error }),
      connection: this.#client,
      backendPid: this.#client.processID ?? 0,
    };
  }
}

function readResult(result: unknown): StatementResult {
  const { command, rowCount, rows } = (result ?? {}) as PgResult;
  return { command: command ?? '', rowCount: rowCount ?? 0, rows: rows ?? [] };
}

function readError(error: unknown): ErrorFacts {
  const { code, message, name } = (error ?? {}) as { code?: unknown; message?: unknown; name?: unknown };
  return { type: String(code ?? name ?? 'error'), message: String(message ?? error) };
}
