import type { IncomingHttpHeaders } from 'node:http';
import type { KnownText } from './statements/known-text.js';
import type { SentValue } from './values/value-text.js';
import type { Operations } from './operations.js';
import type { RequestIdentity } from '../identity/request-identity.js';
import type { Actor } from '../record/actor.js';
import type { TransactionStatus } from '../sql/transaction.js';

/** Where an action stands in its trace; empty texts where there is no span. */
export interface TraceFacts {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
}

export const NO_TRACE: TraceFacts = Object.freeze({ traceId: '', spanId: '', parentSpanId: '' });

export interface TimeFacts {
  /** Nanoseconds since the epoch. */
  readonly startedAtNanos: bigint;
  readonly durationMicros: number;
}

/** Why something did not go well. */
export interface ErrorFacts {
  readonly type: string;
  readonly message: string;
  /** What the server said of it, where its code does not tell as PostgreSQL's does: it did not do it, or must not. */
  readonly refusal?: 'failure' | 'denied';
  /** What PostgreSQL says beside its message; the detail quotes values. */
  readonly detail?: string;
  readonly schema?: string;
  readonly table?: string;
  readonly column?: string;
  readonly constraint?: string;
}

/** Names and values that code adds to records. */
export type Annotations = Readonly<Record<string, string>>;

/** What code declared of the work it does, within a request or outside of any. */
export interface Work {
  /** On whose behalf it is done; undefined where that was not said. */
  readonly actor: Actor | undefined;
  /** Who did so first, where one such work holds another. */
  readonly principal: Actor | undefined;
  readonly suspension: Suspension | undefined;
  /** Of work that belongs to no request; a request has its own. */
  annotations: Annotations | undefined;
}

/** A time in which nothing is recorded, because code asked for it. */
export interface Suspension {
  readonly isOver: boolean;
  /** A record was left out. */
  count(): void;
}

/** What is known of a request when it begins. */
export interface RequestStart {
  /** Made here, so nobody outside can choose it: the `record_id` of the request's own record. */
  readonly id: string;
  readonly method: string;
  /** Exactly as sent. */
  readonly rawUrl: string;
  readonly headers: IncomingHttpHeaders;
  readonly sourceAddress: string;
  readonly sourcePort: number;
  readonly correlationId: string;
  /** HTTP version, `1.1` or `2`. */
  readonly protocol: string;
  /** Who asks, as it becomes known. */
  readonly identity: RequestIdentity;
  /** Route template of the framework as soon as it is known; empty before. */
  route: string;
  /** The route as far as a framework can say it by now; left out, it is `route`. Never throws. */
  routeSoFar?(): string;
  /** Whether a framework may still say the route. */
  readonly awaitsRoute?: boolean;
  /** What the request is by its path: an attempt to log in, a logout, or undefined for any other. */
  readonly authRoute: AuthRoute | undefined;
  /** Records of logins that code has made itself: nothing is then concluded from the path. */
  readonly toldByCode: ReadonlySet<AuthRoute>;
  readonly annotations: Annotations | undefined;
  /** What was asked for beneath method and path. */
  readonly operations?: Operations | undefined;
  /** Set when a record is made of it that must be safe before its response ends. */
  isWriteAhead?: boolean;
  /** Set when a record of it was lost: by a fault of ours, or because there was no room. */
  hasLostRecord?: boolean;
}

/** What can be read of a body that went by. */
export interface BodyText {
  /** Not redacted. Empty where it is not kept. */
  readonly text: string;
  readonly isForm: boolean;
  /** Whether there was more. */
  readonly isCut: boolean;
  /** Why it is not kept, such as `multipart/form-data`; empty where it is, and where there was none. */
  readonly refusal: string;
}

/** A body that went by, as far as it was kept. */
export interface BodyFacts {
  /** Decodes what was kept. Never throws. */
  read(maxBytes: number): BodyText;
  /** Lets go of the bytes: the memory for all of them together is bounded. */
  release(): void;
}
export type AuthRoute = 'login' | 'logout';

/** What is known of a request when it has ended. */
export interface RequestEnd extends TimeFacts {
  readonly trace: TraceFacts;
  /** 0 when no response was sent. */
  readonly status: number;
  /** How it ended: `unknown` when nobody can say whether the response left. */
  readonly ending: 'answered' | 'aborted' | 'failed' | 'unknown';
  readonly requestSize: number;
  readonly responseSize: number;
  /** Only where the policy may ask for it, or the scope does. */
  readonly requestBody?: BodyFacts | undefined;
  readonly responseBody?: BodyFacts | undefined;
  readonly error?: ErrorFacts | undefined;
  readonly attributes?: Readonly<Record<string, string>> | undefined;
  /** Header fields of the answer to a login or logout. */
  readonly answer?: AnswerHeaders | undefined;
}

export interface AnswerHeaders {
  readonly location: string;
  readonly contentType: string;
}

/** Where a request to another goes. */
export interface CallTarget {
  /** What of Node.js sends it. */
  readonly client: 'node:http' | 'undici';
  readonly method: string;
  readonly scheme: string;
  /** Without brackets, port or password. */
  readonly host: string;
  /** 0 for the usual one. */
  readonly port: number;
  /** Path and query as they are sent. */
  readonly url: string;
}

/** A request that the application has made to another, up to the head of the response. */
export interface CallFacts extends TimeFacts {
  readonly request: RequestStart | undefined;
  readonly work: Work | undefined;
  /** Who was vouched for when it was made. */
  readonly actor: Actor | undefined;
  readonly trace: TraceFacts;
  readonly target: CallTarget;
  /** 0 when there was no response. */
  readonly status: number;
  readonly error?: ErrorFacts;
}

/** What the server answered to one statement. */
export interface StatementResult {
  /** `INSERT`, `COMMIT`, …; empty when unknown. */
  readonly command: string;
  readonly rowCount: number;
  /** Rows the statement returned, as the driver made them. */
  readonly rows: readonly unknown[];
  /** Names of the columns, for rows that are lists; empty when unknown. */
  readonly fields: readonly { readonly name: string }[];
  /** Whether nobody told how many rows there were. */
  readonly isUncounted?: true;
  /** Key that the server gave to the one new row. */
  readonly insertedId?: string;
}

/** For whom and on which connection something is done in a database. */
export interface QueryOrigin {
  /** Undefined for work that belongs to no request. */
  readonly request: RequestStart | undefined;
  /** What code declared where the query was made. */
  readonly work?: Work | undefined;
  /** Who was vouched for when it was sent; undefined where nobody was yet. */
  readonly actor?: Actor | undefined;
  readonly trace: TraceFacts;
  /** OpenTelemetry `db.system.name`. */
  readonly system: string;
  /** OpenTelemetry `db.namespace`. */
  readonly namespace: string;
  /** 0 when unknown. */
  readonly backendPid: number;
}

/** A text that was sent to a database, and what came of it. */
export interface QueryFacts extends QueryOrigin, TimeFacts {
  /** Host and port, to tell databases of one name apart. */
  readonly server?: string;
  readonly text: string;
  /** What was known of the text when it was sent, where that was asked. */
  readonly known?: KnownText | undefined;
  /** What it does and to what, where a span says so. */
  readonly operation?: string;
  readonly collection?: string;
  /** As they were sent; the last ones may be missing. */
  readonly parameters: readonly SentValue[];
  /** How many there were. */
  readonly parameterCount: number;
  /** One for each statement of the text that was carried out. */
  readonly results: readonly StatementResult[];
  /** Whether the driver only tells how the text as a whole ended, not each of its statements. */
  readonly isToldAsWhole?: boolean;
  readonly error?: ErrorFacts | undefined;
  /** Whether it is certain that the server never got it. */
  readonly isUnsent?: boolean | undefined;
  /** The connection, by identity; undefined where the driver does not show it. */
  readonly connection: object | undefined;
  /** What the server says of the connection's transaction after a query without an error, where the driver keeps it. */
  readonly transactionStatus?: TransactionStatus | undefined;
  /** Place among the queries that were sent, where several are answered at once and may be told of in another order. */
  readonly order?: number | undefined;
}
