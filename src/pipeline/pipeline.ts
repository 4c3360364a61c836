import type { Config } from '../config/config.js';
import type { Delivery } from '../delivery/queue.js';
import type { Guard } from '../guard.js';
import type { Log } from '../log.js';
import { createPolicy } from '../policy/policy.js';
import type { Policy } from '../policy/policy.js';
import type { Actor } from '../record/actor.js';
import { nowMicros } from '../record/clock.js';
import { applyLimits } from '../record/limits.js';
import { createRedactor, queryNames } from '../record/redact.js';
import type { Redactor } from '../record/redact.js';
import { uuidV7 } from '../record/uuid.js';
import { createSqlAnalyser, isSqlParserReady, loadSqlParser } from '../sql/analyse.js';
import type { AnalysedStatement } from '../sql/analyse.js';
import type { TransactionStep } from '../sql/statement.js';
import { ConnectionTransaction } from '../sql/transaction.js';
import type { EndedTransaction, TransactionOutcome } from '../sql/transaction.js';
import { fillActor, systemActor } from './actor-record.js';
import { createBlankRecord } from './blank-record.js';
import type { Draft } from './blank-record.js';
import type { ErrorFacts, QueryFacts, RequestEnd, RequestStart, StatementResult } from './facts.js';
import { PendingActors } from './pending-actors.js';
import { fillStatement, isRefused } from './query-record.js';
import { createRecordHook } from './record-hook.js';
import type { RecordHook } from './record-hook.js';
import { fillBodies } from './request-bodies.js';
import type { RequestBodies } from './request-bodies.js';
import { fillRequest, fillSource } from './request-record.js';

/** Where capture brings facts, and what makes records of them. Nothing of it throws, now or in a later turn. */
export interface Pipeline {
  request(start: RequestStart, end: RequestEnd): void;
  query(query: QueryFacts): void;
  /** The connection of a driver is closed: its open transaction ends with an unknown outcome. */
  connectionLost(connection: object): void;
  /** Writes what still waits for a name or an outcome, as it is. */
  settle(): void;
  /** Lets capture hand over what it has not finished, before anything is settled. */
  beforeSettle(work: () => void): void;
}

export function createPipeline(config: Config, delivery: Delivery, guard: Guard, log: Log): Pipeline {
  return new RecordPipeline(config, delivery, guard, log);
}

/** Key of the transaction on the driver's connection object: a property is read ten times faster than a WeakMap. */
const TRANSACTION = Symbol('audit-register.transaction');
type Connection = object & { [TRANSACTION]?: ConnectionTransaction };

class RecordPipeline implements Pipeline {
  readonly #delivery: Delivery;
  readonly #guard: Guard;
  readonly #blank: () => Draft;
  readonly #policy: Policy;
  readonly #redactor: Redactor;
  readonly #bodyMaxBytes: number;
  readonly #analyse = createSqlAnalyser();
  readonly #sqlParser = loadSqlParser();
  readonly #pending = new PendingActors();
  readonly #openTransactions = new Set<ConnectionTransaction>();
  readonly #hook: RecordHook;
  readonly #system: Actor;
  #beforeSettle: () => void = () => {};

  constructor(config: Config, delivery: Delivery, guard: Guard, log: Log) {
    this.#delivery = delivery;
    this.#guard = guard;
    this.#blank = createBlankRecord(config.service);
    this.#policy = createPolicy(config.policy);
    this.#redactor = createRedactor(config.redactKeys);
    this.#bodyMaxBytes = config.capture.bodyMaxBytes;
    this.#hook =
      config.beforeRecord === undefined ? (record) => record : createRecordHook(config.beforeRecord, log);
    this.#system = systemActor(config.service.name);
  }

  request(start: RequestStart, end: RequestEnd): void {
    this.#guard('the record of a request', () => {
      const draft = this.#begin(end);
      fillSource(draft, start);
      fillRequest(draft, start, end);
      this.#name(draft, start, end);
    });
  }

  query(query: QueryFacts): void {
    if (!isSqlParserReady()) {
      // NOTE: the first statements of a process come while the parser loads; all of them wait, so their order stays.
      void this.#sqlParser.finally(() => this.#readQuery(query));
      return;
    }
    this.#readQuery(query);
  }

  connectionLost(connection: Connection): void {
    const transaction = connection[TRANSACTION];
    if (transaction === undefined) return;
    this.#openTransactions.delete(transaction);
    transaction.lost();
  }

  #readQuery(query: QueryFacts): void {
    this.#guard('the record of a query', () => this.#readStatements(query));
  }

  #readStatements(query: QueryFacts): void {
    const statements = this.#analyse(query.text);
    const text =
      statements.length > 1 && query.connection !== undefined ? transactionOf(query.connection) : undefined;
    text?.beginText();
    statements.forEach((statement, index) => {
      if (statement.transaction === undefined) this.#statement(query, statement, index);
      // NOTE: as many as have an answer were carried out, the next one failed, and the rest was never reached.
      else if (index <= query.results.length)
        this.#transactionStep(query, statement.transaction, query.results[index]);
    });
    text?.endText(textOutcome(query.error));
  }

  beforeSettle(work: () => void): void {
    this.#beforeSettle = work;
  }

  settle(): void {
    this.#beforeSettle();
    for (const transaction of this.#openTransactions) transaction.abandon();
    this.#openTransactions.clear();
    this.#pending.settle();
  }

  #begin(facts: QueryFacts | RequestEnd): Draft {
    const draft = this.#blank();
    draft.record_id = uuidV7();
    draft.occurred_at = facts.startedAtNanos;
    draft.recorded_at = BigInt(nowMicros());
    draft.duration_us = facts.durationMicros;
    draft.trace_id = facts.trace.traceId;
    draft.span_id = facts.trace.spanId;
    draft.parent_span_id = facts.trace.parentSpanId;
    return draft;
  }

  #statement(query: QueryFacts, statement: AnalysedStatement, index: number): void {
    const draft = this.#begin(query);
    fillStatement(draft, query, statement, query.results[index]);
    // NOTE: the closure may wait for long; it must not keep the rows of the answer.
    const { request } = query;
    const settle = (outcome: TransactionOutcome): void => {
      draft.transaction_outcome = outcome;
      this.#guard('the record of a statement', () => this.#attribute(draft, request));
    };
    if (query.connection === undefined) {
      settle('unknown');
      return;
    }
    const transaction = transactionOf(query.connection);
    draft.transaction_id = transaction.id;
    transaction.statement(settle, statement.action !== 'read');
  }

  #transactionStep(query: QueryFacts, step: TransactionStep, result: StatementResult | undefined): void {
    if (query.connection === undefined) return;
    const transaction = transactionOf(query.connection);
    const ended =
      result === undefined
        ? transaction.stepFailed(step, isRefused(query.error))
        : transaction.step(step, result.command);
    if (transaction.id === '') this.#openTransactions.delete(transaction);
    else this.#openTransactions.add(transaction);
    if (ended !== undefined && ended.writes > 0) this.#transactionEnded(query, ended);
  }

  /** A record of its own, which settles statements that could not wait for the end. */
  #transactionEnded(query: QueryFacts, ended: EndedTransaction): void {
    const draft = this.#begin(query);
    draft.category = 'transaction';
    draft.action = ended.outcome === 'committed' ? 'commit' : 'rollback';
    draft.outcome = 'success';
    draft.db_system = query.system;
    draft.db_namespace = query.namespace;
    draft.db_backend_pid = query.backendPid;
    draft.transaction_id = ended.id;
    draft.transaction_outcome = ended.outcome;
    draft.attributes = { 'audit.transaction.writes': String(ended.writes) };
    this.#attribute(draft, query.request);
  }

  /** Work of a request belongs to its actor; any other to the service itself. */
  #attribute(draft: Draft, request: RequestStart | undefined): void {
    if (request === undefined) {
      fillActor(draft, this.#system);
      this.#finish(draft);
      return;
    }
    fillSource(draft, request);
    draft.http_method = request.method;
    draft.http_route = request.route;
    draft.url_path = request.rawUrl.split('?', 1)[0] as string;
    this.#name(draft, request);
  }

  #name(draft: Draft, request: RequestStart, bodies?: RequestBodies): void {
    this.#pending.whenNamed(request, (actor) => {
      this.#guard('the end of a record', () => {
        fillActor(draft, actor);
        this.#finish(draft, bodies);
      });
      bodies?.requestBody?.release();
      bodies?.responseBody?.release();
    });
  }

  #finish(draft: Draft, bodies?: RequestBodies): void {
    const { level, rule } = this.#policy(draft);
    if (level === 'none') return;
    draft.policy_level = level;
    draft.policy_rule = rule;
    this.#redact(draft, level === 'metadata');
    if (bodies !== undefined) fillBodies(draft, level, bodies, this.#redactor, this.#bodyMaxBytes);
    applyLimits(draft);
    const record = this.#hook(draft);
    if (record !== null) this.#delivery.append(record);
  }

  #redact(draft: Draft, isMetadataOnly: boolean): void {
    const redactor = this.#redactor;
    draft.url_path = redactor.text(draft.url_path);
    draft.url_query = isMetadataOnly ? queryNames(draft.url_query) : redactor.query(draft.url_query);
    draft.new_values = isMetadataOnly ? {} : redactor.values(draft.new_values);
    draft.error_message = redactor.text(draft.error_message);
    draft.target_id = redactor.text(draft.target_id);
    if (draft.target_ids.length > 0) draft.target_ids = draft.target_ids.map(redactor.text);
    draft.correlation_id = redactor.text(draft.correlation_id);
    draft.user_agent = redactor.text(draft.user_agent);
  }
}

/** What becomes of the statements of a text that are in no transaction of their own. */
function textOutcome(error: ErrorFacts | undefined): TransactionOutcome {
  if (error === undefined) return 'autocommit';
  return isRefused(error) ? 'rolled_back' : 'unknown';
}

function transactionOf(connection: Connection): ConnectionTransaction {
  let transaction = connection[TRANSACTION];
  if (transaction === undefined) {
    transaction = new ConnectionTransaction();
    Object.defineProperty(connection, TRANSACTION, { value: transaction });
  }
  return transaction;
}
