import type { Config } from '../../config/config.js';
import type { Guard } from '../../guard.js';
import { compileNames } from '../../policy/patterns.js';
import { createRowLevel } from '../../policy/row-level.js';
import type { RowLevel } from '../../policy/row-level.js';
import { SqlTexts, createSqlAnalyser } from '../../sql/analyse.js';
import type { AnalysedStatement } from '../../sql/analyse.js';
import { isForeignRead } from '../../sql/foreign-functions.js';
import { isPostgresqlText, readForeign } from '../../sql/foreign.js';
import { HeldBytes } from '../../sql/held-statements.js';
import type { TransactionOutcome } from '../../sql/held-statements.js';
import type { Draft } from '../blank-record.js';
import { ConnectionState } from './connection-state.js';
import { draftBytes } from './draft-bytes.js';
import type { ErrorFacts, QueryFacts, RequestStart, StatementResult, Work } from '../facts.js';
import { createKnownText } from './known-text.js';
import type { KnownText } from './known-text.js';
import { fillParameters } from './parameters.js';
import { ParserQueue } from './parser-queue.js';
import { fillStatement } from './query-record.js';
import type { Recorder } from '../recorder.js';
import { keepReturned } from './returned-rows.js';
import { carriedOut, changeSession } from './session.js';
import { TableKeys, keyScopeAt } from './table-keys.js';
import type { KeyScope } from './table-keys.js';
import { eachTold, fillNotReached, isNotReached, mayHoldSteps } from './text-answer.js';
import { rests, Transactions } from './transactions.js';
import type { TransactionStatus } from '../../sql/transaction.js';
import { setImmediate } from '../../timers.js';

/** Key of its state on the driver's connection object: a property is read ten times faster than a WeakMap. */
const STATE = Symbol('audit-register.connection');
type Connection = object & { [STATE]?: ConnectionState };

const WRITES = new Set([
  'create',
  'update',
  'delete',
  'merge',
  'truncate',
  'copy_in',
  'schema',
  'grant',
  'call',
]);
/** What came back is of the statement, not of one of its parts, and so is its command. */
const PART = Object.freeze({ command: '', rows: Object.freeze([]), fields: Object.freeze([]) });

/** Queries → one record for each statement, and one for each transaction that wrote something. */
export class Statements {
  readonly #recorder: Recorder;
  readonly #guard: Guard;
  readonly #texts: SqlTexts<KnownText>;
  /** NOTE: with texts of its own, which mean something else to another database. */
  readonly #analyseForeign: (text: string) => readonly AnalysedStatement[];
  readonly #keys: TableKeys;
  /** Undefined where no rule asks for rows. */
  readonly #mayKeepRows: RowLevel | undefined;
  readonly #held = new HeldBytes();
  readonly #transactions: Transactions;
  /** Queries of the current turn that were sent without waiting for one another. */
  readonly #pipelined: QueryFacts[] = [];
  readonly #queue: ParserQueue;
  /** Where the tables of the latest connection are that nobody saw. */
  #unseen: KeyScope | undefined;

  constructor(recorder: Recorder, guard: Guard, config: Pick<Config, 'sql' | 'policy' | 'service'>) {
    const { sql, policy } = config;
    this.#queue = new ParserQueue(guard);
    const isReadFunction = compileNames(sql.readFunctions);
    this.#texts = new SqlTexts({ isReadFunction }, createKnownText(config));
    this.#analyseForeign = createSqlAnalyser({
      isReadFunction: (names) => isReadFunction(names) || isForeignRead(names),
    });
    this.#keys = new TableKeys(sql.tableKeys);
    this.#mayKeepRows = createRowLevel(policy);
    this.#recorder = recorder;
    this.#guard = guard;
    this.#transactions = new Transactions(recorder);
  }

  query(query: QueryFacts): void {
    if (query.order === undefined) {
      this.#take(query);
      return;
    }
    // NOTE: answers that come together are told of in one turn, a failure later than a success.
    if (this.#pipelined.push(query) === 1) setImmediate(() => this.#takePipelined());
  }

  /**
   * Does what {@link query} would with a query without a record and without an error: outside of a transaction that is
   * next to nothing, so nothing is told of it but this.
   *
   * @returns False where nothing was done.
   */
  passOver(
    connection: Connection,
    status: TransactionStatus | undefined,
    request: RequestStart | undefined,
  ): boolean {
    const state = connection[STATE];
    if (state === undefined || !this.areRead || !rests(state, status)) return false;
    this.#recorder.look(request);
    return true;
  }

  known(text: string): KnownText | undefined {
    return this.#texts.known(text);
  }

  #takePipelined(): void {
    const queries = this.#pipelined.splice(0);
    queries.sort((one, other) => (one.order ?? 0) - (other.order ?? 0));
    for (const query of queries) this.#take(query);
  }

  #take(query: QueryFacts): void {
    this.#queue.run(() => this.#readQuery(query));
  }

  /** Loads what reads statements. */
  expect(): void {
    this.#queue.expect();
  }

  /** Whether every query so far has been read. */
  get areRead(): boolean {
    return this.#queue.isEmpty;
  }

  /** Runs work once every query so far has been read. */
  whenRead(work: () => void): void {
    this.#queue.runNext(work);
  }

  /** The same, and once every query was read that has been answered in this turn. */
  whenAllRead(work: () => void): void {
    // NOTE: after the one that takes them, which was asked for before.
    if (this.#pipelined.length > 0) setImmediate(() => this.whenRead(work));
    else this.whenRead(work);
  }

  /** @param error What the connection said before it went, if anything. */
  connectionLost(connection: Connection, error: ErrorFacts | undefined): void {
    this.whenRead(() => {
      const state = connection[STATE];
      if (state !== undefined) this.#transactions.lost(state, error);
    });
  }

  /** Writes what still waits for the outcome of its transaction. */
  settle(): void {
    this.#takePipelined();
    this.#queue.settle();
    this.#transactions.settle();
  }

  #readQuery(query: QueryFacts): void {
    const { request } = query;
    const isRead = this.#guard('the record of a query', () => (this.#readStatements(query), true));
    if (isRead !== true && request !== undefined) request.hasLostRecord = true;
  }

  #readStatements(given: QueryFacts): void {
    if (!isPostgresqlText(given.system)) {
      const { statements, text } = readForeign(given, this.#analyseForeign);
      this.#writeAll(eachTold({ ...given, text }, statements.length), statements);
      return;
    }
    const { statements, isPassedOver } = given.known ?? this.#texts.read(given.text);
    const query = eachTold(given, statements.length);
    const { connection } = query;
    if (connection === undefined) {
      this.#writeAll(query, statements);
      return;
    }
    const state = this.#stateOf(connection);
    // NOTE: only where it was known when it was sent; whoever tries out a policy wants to see what it drops.
    if (isPassedOver && given.known !== undefined) this.#passOver(query, state);
    else if (statements.length > 1) this.#readText(query, state, statements);
    else if (statements[0] !== undefined) this.#readOnly(query, state, statements[0]);
    this.#transactions.note(query, state);
  }

  /** Does what a statement without a record does to those that have one. */
  #passOver(query: QueryFacts, state: ConnectionState): void {
    this.#transactions.observe(query, state);
    if (query.error !== undefined) this.#keys.learnFromError(this.#scopeOf(query, state), query.error);
    state.transaction.passOver();
    this.#recorder.look(query.request);
  }

  /** Of a connection that nobody saw. */
  #writeAll(query: QueryFacts, statements: readonly AnalysedStatement[]): void {
    statements.forEach((statement, index) => this.#write(query, undefined, statement, index));
  }

  /** NOTE: a statement that is no step leaves the status of its transaction as it found it. */
  #readOnly(query: QueryFacts, state: ConnectionState, statement: AnalysedStatement): void {
    const isStep = statement.transaction !== undefined;
    if (!isStep) this.#transactions.observe(query, state);
    this.#readStatement(query, state, statement, 0);
    if (isStep) this.#transactions.observe(query, state);
  }

  #readText(query: QueryFacts, state: ConnectionState, statements: readonly AnalysedStatement[]): void {
    statements.forEach((statement, index) => {
      state.transaction.beginText();
      this.#readStatement(query, state, statement, index);
    });
    this.#transactions.endText(query, state);
    this.#transactions.observe(query, state);
  }

  #readStatement(
    query: QueryFacts,
    state: ConnectionState,
    statement: AnalysedStatement,
    index: number,
  ): void {
    const result = query.results[index];
    if (mayHoldSteps(query, statement, index)) {
      this.#transactions.abandon(query, state);
      state.transaction.losePath();
      this.#write(query, undefined, statement, index);
    } else if (statement.transaction === undefined) {
      this.#write(query, state, statement, index);
      if (result !== undefined) this.#learn(query, state, statement);
    } else if (!isNotReached(query, index)) {
      this.#transactions.step(query, state, statement.transaction, result?.command);
    }
  }

  #learn(query: QueryFacts, state: ConnectionState, statement: AnalysedStatement): void {
    if (statement.keys.length > 0) {
      const scope = this.#scopeOf(query, state);
      state.transaction.whenEnded((outcome) => this.#keys.learnDefinitions(scope, statement, outcome));
    }
    changeSession(state, statement, query.parameters);
  }

  /** One record for the statement, and one for everything it writes beside that. */
  #write(
    query: QueryFacts,
    state: ConnectionState | undefined,
    given: AnalysedStatement,
    index: number,
  ): void {
    if (given.transaction !== undefined) return;
    const { statement, parameters, prepared } = carriedOut(state, given, query.parameters);
    const facts =
      parameters === query.parameters ? query : { ...query, parameters, parameterCount: parameters.length };
    const result = query.results[index];
    const attributes = attributesOf(state, statement, prepared);
    const scope = this.#scopeOf(query, state);
    const draft = this.#draft(facts, statement, index, result, attributes, scope);
    fillParameters(draft, facts, statement, prepared);
    // NOTE: they may be large, so those that no rule can ask for are never looked at.
    if (this.#mayKeepRows?.(draft) === true) keepReturned(draft, statement, result);
    this.#hold(draft, query, state, statement);
    for (const { table, ...part } of statement.also) {
      const own = { ...statement, ...part, tables: [table], also: [] };
      const answer = result === undefined ? undefined : { ...result, ...PART };
      const partOf = { ...attributes, 'audit.statement.part_of': draft.record_id };
      this.#hold(this.#draft(facts, own, index, answer, partOf, scope), query, state, own);
    }
  }

  #draft(
    query: QueryFacts,
    statement: AnalysedStatement,
    index: number,
    result: StatementResult | undefined,
    attributes: Readonly<Record<string, string>> | undefined,
    scope: KeyScope,
  ): Draft {
    const draft = this.#recorder.begin(query);
    fillStatement(draft, query, statement, result, this.#keys, scope);
    if (isNotReached(query, index)) fillNotReached(draft);
    if (attributes !== undefined) draft.attributes = { ...draft.attributes, ...attributes };
    return draft;
  }

  #hold(
    draft: Draft,
    query: QueryFacts,
    state: ConnectionState | undefined,
    statement: AnalysedStatement,
  ): void {
    // NOTE: the closure may wait for long; it must not keep the rows of the answer.
    const { request, work } = query;
    if (this.#recorder.isLeftOut(draft, work)) return;
    const settle = this.#settler(draft, request, work);
    if (state === undefined) {
      settle('unknown', 0);
      return;
    }
    const { transaction } = state;
    draft.transaction_id = transaction.id;
    const isWrite = WRITES.has(draft.action) || statement.problem !== '';
    transaction.statement(settle, isWrite, transaction.id === '' ? 0 : draftBytes(draft));
  }

  #settler(draft: Draft, request: RequestStart | undefined, work: Work | undefined) {
    return (outcome: TransactionOutcome, position: number): void => {
      draft.transaction_outcome = outcome;
      if (outcome === 'unknown' && position > 0) {
        draft.attributes = { ...draft.attributes, 'audit.transaction.position': String(position) };
      }
      const isMade = this.#guard('the record of a statement', () => {
        this.#recorder.attribute(draft, request, work);
        return true;
      });
      if (isMade !== true && request !== undefined) request.hasLostRecord = true;
    };
  }

  #scopeOf({ server = '', namespace }: QueryFacts, state: ConnectionState | undefined): KeyScope {
    if (state !== undefined) return state.keyScope(server, namespace);
    return (this.#unseen = keyScopeAt(this.#unseen, server, namespace, ''));
  }

  #stateOf(connection: Connection): ConnectionState {
    let state = connection[STATE];
    if (state === undefined) {
      state = new ConnectionState(this.#held);
      Object.defineProperty(connection, STATE, { value: state });
    }
    return state;
  }
}

/** What the connection adds to a statement; undefined for most of them. */
function attributesOf(
  state: ConnectionState | undefined,
  { tables }: AnalysedStatement,
  prepared: string,
): Record<string, string> | undefined {
  const path = state?.searchPath ?? '';
  const isLookedUp = path !== '' && tables.some((table) => !table.includes('.'));
  if (!isLookedUp && prepared === '') return undefined;
  return {
    ...(isLookedUp ? { 'postgresql.search_path': path } : {}),
    ...(prepared === '' ? {} : { 'audit.statement.prepared': prepared }),
  };
}
