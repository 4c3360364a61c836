import type { Config } from '../config/config.js';
import type { Delivery } from '../delivery/delivery.js';
import type { Guard } from '../guard.js';
import { createPolicy } from '../policy/policy.js';
import type { Policy } from '../policy/policy.js';
import type { Actor } from '../record/actor.js';
import { DeliveryDemands } from './delivery-demands.js';
import type { UseSafety } from './delivery-demands.js';
import { mergeAnnotations, readAnnotations } from './annotations.js';
import { fillApp } from './app-record.js';
import type { AppFacts } from './app-record.js';
import type { AuthFacts } from './logins/auth-record.js';
import { createAuthRoutes } from './logins/auth-routes.js';
import type { AuthRoutes } from './logins/auth-routes.js';
import { fillCall } from './call-record.js';
import type { Annotations, CallFacts, ErrorFacts, QueryFacts, RequestEnd, RequestStart } from './facts.js';
import { Logins } from './logins/logins.js';
import { Recorder } from './recorder.js';
import type { Telling } from './recorder.js';
import { endRequest } from './request-ending.js';
import type { RecordMakers } from './request-ending.js';
import type { KnownText } from './statements/known-text.js';
import { Statements } from './statements/statements.js';
import type { TransactionStatus } from '../sql/transaction.js';

/** Where capture brings facts, and what makes records of them. Nothing of it throws, now or in a later turn. */
export interface Pipeline {
  /** What a request is by its path, where logins are recorded. */
  readonly authRouteOf: AuthRoutes;
  /** What delivery asks of requests, before the application sees them and before their responses end. */
  readonly demands: DeliveryDemands;
  /**
   * A request that has ended, or whose response waits for its record.
   *
   * @param use Told once whether the response may leave: all records of the request so far are as safe as they must be.
   */
  request(start: RequestStart, end: RequestEnd, use?: UseSafety): void;
  /** The same of a request whose record was made before. */
  whenSafe(start: RequestStart, use: UseSafety): void;
  query(query: QueryFacts): void;
  /**
   * A query of a text that leaves no record, which the server has carried out on its own.
   *
   * @param status What the server says of the connection's transaction, where the driver keeps it.
   * @returns False where it may matter to others: then it is to be told as any other is.
   */
  passOver(
    connection: object,
    status: TransactionStatus | undefined,
    request: RequestStart | undefined,
  ): boolean;
  /** A connection to a database is opened: queries are about to come. */
  expectQueries(): void;
  /** What is known of a text that is about to be sent; undefined where it is still to be read. */
  known(text: string): KnownText | undefined;
  /** A request to another. */
  call(call: CallFacts): void;
  /**
   * A login or logout that code told of.
   *
   * @param actor Whom it is put down to; undefined leaves it to the request.
   * @param from Address of the client, where no request shows it.
   */
  login(facts: AuthFacts, actor: Actor | undefined, at: Telling, from: string): void;
  /** An event of the application's own. */
  event(facts: AppFacts, at: Telling): void;
  /** The end of a suspension, which a suspension around it does not hide. */
  suspended(facts: AppFacts, at: Telling): void;
  /** What records have been given, and what is added to it, bounded. */
  annotations(present: Annotations | undefined, added: unknown): Annotations;
  /** Runs work once every query so far has been read. */
  whenRead(work: () => void): void;
  /** The connection of a driver is closed, perhaps with an error: its open transaction ends with it. */
  connectionLost(connection: object, error?: ErrorFacts): void;
  /** Writes the logins that have been folded so far. */
  settleLogins(): void;
  /** Writes what still waits for a name or an outcome, as it is. */
  settle(): void;
  /** Lets others hand over what they have not finished, before anything is settled. */
  beforeSettle(work: () => void): void;
}

/** @param policy Asked once for every record. @default the one of the configuration */
export function createPipeline(
  config: Config,
  delivery: Delivery,
  guard: Guard,
  policy: Policy = createPolicy(config.policy, config.delivery.mode),
): Pipeline {
  const recorder = new Recorder(config, delivery, guard, policy);
  const statements = new Statements(recorder, guard, config);
  const routes = createAuthRoutes(config.logins);
  const logins = new Logins(recorder, routes, config.logins.nameFields);
  const demands = new DeliveryDemands(config, delivery);
  // NOTE: elsewhere it loads when it is needed, but where responses wait for records none should wait for the parser as well.
  if (demands.holdsResponses) statements.expect();
  const handOver: (() => void)[] = [];

  /** NOTE: a fault of ours is no word that anything is safe. */
  function whenSafe(start: RequestStart, use: UseSafety): void {
    const ask = (): void => {
      const isAsked = guard('the safety of a record', () => {
        if (start.hasLostRecord === true) use(false);
        else if (start.isWriteAhead === true) delivery.whenSafe((isSafe) => use(isSafe, isSafe));
        else use(true);
        return true;
      });
      if (isAsked !== true) use(false);
    };
    if (guard('the safety of a record', () => (statements.whenAllRead(ask), true)) !== true) use(false);
  }

  const makers: RecordMakers = { recorder, logins, statements, guard, whenSafe };

  return {
    authRouteOf: config.capture.auth ? routes : () => undefined,
    demands,
    request(start, end, use) {
      const ended = { makers, request: start, end, use };
      if (guard('the record of a request', endRequest, ended) !== true) use?.(false);
    },
    whenSafe,
    query: (query) => statements.query(query),
    passOver: (connection, status, request) =>
      guard('the record of a query', () => statements.passOver(connection, status, request)) === true,
    expectQueries: () => statements.expect(),
    known: (text) => statements.known(text),
    call(call) {
      const isMade = guard('the record of a request to another', () => {
        const draft = recorder.begin(call);
        fillCall(draft, call);
        if (!recorder.isLeftOut(draft, call.work)) recorder.attribute(draft, call.request, call.work);
        return true;
      });
      if (isMade !== true && call.request !== undefined) call.request.hasLostRecord = true;
    },
    login(facts, actor, at, from) {
      guard('the record of a login', () => {
        logins.told(facts, actor, at, from);
      });
    },
    event(facts, at) {
      guard('the record of an event', () => {
        const draft = recorder.begin(at);
        fillApp(draft, facts);
        if (!recorder.isLeftOut(draft, at.work)) recorder.attribute(draft, at.request, at.work);
      });
    },
    suspended(facts, at) {
      guard('the record of a suspension', () => {
        const draft = recorder.begin(at);
        fillApp(draft, facts);
        recorder.attribute(draft, at.request, at.work);
      });
    },
    annotations: (present, added) => mergeAnnotations(present, readAnnotations(added)),
    whenRead: (work) => statements.whenRead(work),
    connectionLost: (connection, error) => statements.connectionLost(connection, error),
    settleLogins() {
      guard('folded logins', () => logins.settle());
    },
    settle() {
      for (const work of handOver) work();
      statements.settle();
      recorder.settle();
      logins.settle();
    },
    beforeSettle(work) {
      handOver.push(work);
    },
  };
}
