import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { ErrorFacts, QueryFacts, StatementResult, TraceFacts, Work } from '../../pipeline/facts.js';
import type { KnownText } from '../../pipeline/statements/known-text.js';
import type { Pipeline } from '../../pipeline/pipeline.js';
import type { TransactionStatus } from '../../sql/transaction.js';
import { dataOf, lengthOf } from '../../pipeline/values/plain-data.js';
import { mayHoldSeveral, textOf } from './pg-query.js';
import type { PgQuery } from './pg-query.js';
import { NO_ANSWER, readError, readResults, readTag } from './pg-answer.js';
import type { Actor } from '../../record/actor.js';
import { nowMillis, timeSince } from '../clock.js';
import { traceOf } from '../reporter.js';
import { placeHere } from '../request-scope.js';
import type { RequestScope } from '../request-scope.js';
import { SentValues } from './sent-values.js';

/** What of pg's Client is looked at. */
export interface PgClient {
  readonly processID?: number | null;
  readonly database?: string;
  readonly host?: string;
  readonly port?: number;
  readonly connectionParameters?: { readonly database?: string };
  readonly connection?: { readonly parsedStatements?: Readonly<Record<string, unknown>> };
  readonly pipeline?: boolean;
  /** The status of the last answer. */
  readonly _txStatus?: TransactionStatus | null;
}

/** NOTE: one text for one server: what is compared at each statement is then the same object. */
let latestServer: {
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly text: string;
} = {
  host: undefined,
  port: undefined,
  text: ':',
};

/** Host and port. */
function serverOf({ host, port }: PgClient): string {
  if (latestServer.host !== host || latestServer.port !== port)
    latestServer = { host, port, text: `${host ?? ''}:${port ?? ''}` };
  return latestServer.text;
}

/** Stands for an answer that nobody asks for. */
const ANSWERED: readonly StatementResult[] = Object.freeze([NO_ANSWER]);

let calls = 0;

/** One call of a pg client's `query`, from the call to its outcome. */
export class QueryCall {
  readonly #pipeline: Pipeline;
  readonly #client: PgClient;
  #text: string;
  /** NOTE: asked when it is sent: what it says of the text then decides what is looked at later. */
  readonly #known: KnownText | undefined;
  /** NOTE: nothing is read of them at the call: they are what pg makes of them when it sends them. */
  #given: unknown;
  #sent: SentValues | undefined;
  readonly #isWatched: boolean;
  readonly #request: RequestScope | undefined;
  readonly #work: Work | undefined;
  /** NOTE: whom the request names while the statement runs did not send it. */
  readonly #actor: Actor | undefined;
  readonly #trace: TraceFacts;
  readonly #startMillis = nowMillis();
  readonly #order = ++calls;
  #results: readonly StatementResult[] = [];
  #query: PgQuery | undefined;
  #rowCount = 0;
  #error: ErrorFacts | undefined;
  #isSent = false;
  #isReported = false;

  /**
   * @param isWatched Whether it will be told when the query is sent.
   * @param actor Who is vouched for at the call; undefined where nobody is yet.
   * @param trace Where it stands, if no span tells.
   */
  constructor(
    pipeline: Pipeline,
    client: PgClient,
    text: string,
    given: unknown,
    isWatched: boolean,
    actor: Actor | undefined,
    trace: TraceFacts,
  ) {
    const { request, work } = placeHere();
    this.#request = request;
    this.#work = work;
    this.#actor = actor;
    this.#trace = trace;
    this.#isWatched = isWatched;
    this.#pipeline = pipeline;
    this.#client = client;
    this.#text = text;
    this.#known = text === '' ? undefined : pipeline.known(text);
    this.#given = given;
  }

  /** The object that pg made of the call, once it is known. */
  get query(): PgQuery | undefined {
    return this.#query;
  }

  /** Whether nobody asks for its values, or for what came back. */
  get isPassedOver(): boolean {
    return this.#known?.isPassedOver === true;
  }

  get hasQuery(): boolean {
    return this.#query !== undefined;
  }

  takes(query: PgQuery): void {
    this.#query = query;
    if (this.#text === '') this.#text = textOf(query, this.#client);
    this.#given ??= dataOf(query, 'values');
  }

  /**
   * The text of a query that pg refused, or that is behind a proxy.
   * NOTE: one that only a getter has, as in libraries that build SQL, is then read once more.
   */
  readText(query: unknown): void {
    if (this.#text !== '' || typeof query !== 'object' || query === null || !('text' in query)) return;
    if (typeof query.text === 'string') this.#text = query.text;
  }

  /** pg has handed the query to its connection. */
  wasSent(): void {
    this.#isSent = true;
  }

  /** The query is about to be sent: where its values are to be noted. */
  sends(): SentValues {
    return (this.#sent = new SentValues());
  }

  /** Whether pg stopped at a value that it could not turn into text. */
  get hasUnsentValues(): boolean {
    return this.#sent?.isComplete === false;
  }

  /** @param result pg's Result, or a list of them for a text of several statements. */
  succeed(result: unknown): void {
    this.#results = this.isPassedOver ? ANSWERED : readResults(result);
  }

  /** One row of a cursor or a stream, which may be left before its end. */
  countRow(): void {
    this.#rowCount += 1;
  }

  /** One statement of a cursor, a stream or a COPY: PostgreSQL's command tag, such as `INSERT 0 3`. */
  completeCommand(tag: unknown): void {
    this.#results = [...this.#results, readTag(tag)];
  }

  fail(error: unknown): void {
    this.#error = readError(error);
    // NOTE: pg does not give away the answers to the statements before the one that failed.
    if (this.#results.length > 0 || lengthOf(this.#given) > 0 || !mayHoldSeveral(this.#text)) return;
    this.#results = readResults(this.#query?._results).filter(({ command }) => command !== '');
  }

  /**
   * Hands over what is known, once. The span gives the trace where there is one, but not the time: OpenTelemetry's clock is
   * the application's, whose tests may set it.
   */
  report(span: ReadableSpan | undefined): void {
    if (this.#isReported) return;
    this.#isReported = true;
    if (!this.#passes()) this.#pipeline.query(this.#facts(span === undefined ? this.#trace : traceOf(span)));
    // NOTE: an exporter may keep the span, and with it this call, for long.
    this.#results = [];
    this.#given = undefined;
    this.#sent = undefined;
    this.#query = undefined;
  }

  /** Whether nothing has to be told of it, as of most queries that only read. */
  #passes(): boolean {
    const client = this.#client;
    if (!this.isPassedOver || this.#error !== undefined || client.pipeline === true) return false;
    return this.#pipeline.passOver(client, client._txStatus ?? undefined, this.#request);
  }

  /**
   * A cursor that was closed before its end has been carried out as far as it was read.
   * NOTE: the tag of one that was read in pieces counts only the last piece.
   */
  #answers(): readonly StatementResult[] {
    if (this.#rowCount === 0 || this.#error !== undefined || this.#results.length > 1) return this.#results;
    const [result = NO_ANSWER] = this.#results;
    return [{ ...result, rowCount: Math.max(result.rowCount, this.#rowCount) }];
  }

  /** NOTE: an error is told before the status, and in a pipeline the status may be that of a later query. */
  #transactionStatus(): TransactionStatus | undefined {
    const { pipeline, _txStatus } = this.#client;
    return this.#error !== undefined || pipeline === true ? undefined : (_txStatus ?? undefined);
  }

  #values(): SentValues {
    const values = this.#sent ?? new SentValues();
    if (!this.isPassedOver) values.complete(this.#given);
    return values;
  }

  #facts(trace: TraceFacts): QueryFacts {
    const client = this.#client;
    const error = this.#error;
    const values = this.#values();
    const { startedAtNanos, durationMicros } = timeSince(this.#startMillis);
    return {
      request: this.#request,
      work: this.#work,
      actor: this.#actor,
      trace,
      system: 'postgresql',
      namespace: client.database ?? client.connectionParameters?.database ?? '',
      backendPid: client.processID ?? 0,
      startedAtNanos,
      durationMicros,
      server: serverOf(client),
      text: this.#text,
      known: this.#known,
      parameters: values.kept,
      parameterCount: values.count,
      results: this.#answers(),
      error,
      isUnsent: error !== undefined && this.#isWatched && !this.#isSent,
      connection: client,
      transactionStatus: this.#transactionStatus(),
      order: client.pipeline === true ? this.#order : undefined,
    };
  }
}
