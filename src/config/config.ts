import type { AuditRecord } from '../record/record.js';

/** Where in a verified token the facts about the actor are: dotted paths into the claims. */
export interface ClaimPaths {
  readonly id: string;
  readonly name: string;
  readonly roles: string;
  readonly tenant: string;
  readonly session: string;
  readonly impersonator: string;
}

/** One issuer of tokens and the key that proves them. Exactly one of the three kinds of key is set. */
export interface JwtIssuerConfig {
  /** Expected `iss`; empty accepts any, which only makes sense with a single issuer. */
  readonly issuer: string;
  /** Accepted `aud` values; empty accepts any. */
  readonly audience: readonly string[];
  /** Allow-list of `alg`; empty means every algorithm that is safe for the kind of key. */
  readonly algorithms: readonly string[];
  readonly jwksUrl?: string;
  /** A public key or certificate in PEM. */
  readonly publicKey?: string;
  readonly secret?: string;
}

/** What can name an actor, in the order of the default. */
export const IDENTITY_SOURCES = ['jwt', 'proxy-header', 'session', 'basic', 'client-certificate'] as const;
export type IdentitySourceName = (typeof IDENTITY_SOURCES)[number];

/** What of a client's certificate can be the identifier of its actor. */
export const CERTIFICATE_NAMES = [
  'common-name',
  'email',
  'dns',
  'uri',
  'subject',
  'serial-number',
  'fingerprint',
] as const;
export type CertificateName = (typeof CERTIFICATE_NAMES)[number];

/** Headers by which a trusted proxy tells of the user, in lower case; empty for none. */
export interface ProxyConfig {
  readonly user: string;
  readonly name: string;
  readonly roles: string;
  readonly tenant: string;
}

/** Where frameworks leave the user they have authenticated: alternatives, the first that is there counts. */
export interface SessionConfig {
  /** Dotted paths from the framework's request. */
  readonly user: readonly string[];
  /** Dotted paths from the user. */
  readonly id: readonly string[];
  readonly name: readonly string[];
  readonly roles: readonly string[];
  readonly tenant: readonly string[];
  readonly impersonator: readonly string[];
  /** Cookies whose value identifies the session; only its keyed hash is kept. */
  readonly cookies: readonly string[];
  /** Whether getters on the way may be called, which runs code of the application. */
  readonly callGetters: boolean;
}

export interface IdentityConfig {
  /** Who is asked, in this order. */
  readonly sources: readonly IdentitySourceName[];
  readonly issuers: readonly JwtIssuerConfig[];
  readonly claims: ClaimPaths;
  /** Name of a cookie that may carry the token; empty for none. */
  readonly cookie: string;
  /** Decode tokens without checking them: records say `claimed`. */
  readonly dangerouslySkipVerification: boolean;
  /** Seconds by which clocks may differ in `exp` and `nbf`. */
  readonly clockToleranceSeconds: number;
  /** CIDR ranges and addresses of proxies whose headers are believed. */
  readonly trustedProxies: readonly string[];
  readonly proxy: ProxyConfig;
  readonly session: SessionConfig;
  /** Alternatives, the first that the certificate has. */
  readonly certificateNames: readonly CertificateName[];
}

/** Which requests are logins and logouts, beside the usual ones; `none` takes the usual ones away. */
export interface LoginsConfig {
  /** Globs on the path, a method may stand before. */
  readonly paths: readonly string[];
  readonly logoutPaths: readonly string[];
  /** Fields of a body that hold the name, before the usual ones. */
  readonly nameFields: readonly string[];
}

export type PolicyLevel = 'none' | 'metadata' | 'request' | 'request_response';

/** What a rule looks at. All given conditions must hold; a list holds when one of its globs matches. */
export interface RuleMatch {
  readonly category?: readonly string[];
  readonly action?: readonly string[];
  readonly outcome?: readonly string[];
  readonly method?: readonly string[];
  readonly path?: readonly string[];
  readonly route?: readonly string[];
  /** `mutation.deleteOrder`, `query.orders.*`: what a request asks of GraphQL, tRPC or Next.js. */
  readonly operation?: readonly string[];
  /** `404`, `4xx`, `>=400`. */
  readonly status?: readonly string[];
  readonly actor?: readonly string[];
  readonly role?: readonly string[];
  readonly tenant?: readonly string[];
  readonly service?: readonly string[];
  /** `schema.table` or `table`, globs allowed; of a statement that writes several, one is enough. */
  readonly table?: readonly string[];
  /** Rows the statement touched: `0`, `>100`, `<=5`. */
  readonly rows?: readonly string[];
}

export interface PolicyRule {
  readonly name: string;
  readonly level: PolicyLevel;
  readonly match: RuleMatch;
  /** How the responses of its requests are treated, where not as all others. */
  readonly delivery?: Exclude<DeliveryMode, 'memory'>;
}

export interface ClickHouseConfig {
  /** Without credentials. */
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly database: string;
  /** Whose servers hold the tables; empty for one server. */
  readonly cluster: string;
  readonly migrate: 'auto' | 'off';
  readonly timeoutMillis: number;
}

/** Where an OTLP receiver is. */
export interface OtlpConfig {
  /** With the path of the signal, without credentials. */
  readonly url: string;
  /** Names in lower case. Their values are secrets. */
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMillis: number;
  readonly compression: 'gzip' | 'none';
}

/** The key of a table, as the user says it. */
export interface TableKeyConfig {
  /** With or without its schema. */
  readonly table: string;
  readonly columns: readonly string[];
}

/** What the texts of statements do not say. */
export interface SqlConfig {
  /** Functions that only read, beside the known ones: names with or without schema, globs allowed. */
  readonly readFunctions: readonly string[];
  readonly tableKeys: readonly TableKeyConfig[];
}

/** Who this process is, by OpenTelemetry's resource attributes. */
export interface ServiceConfig {
  readonly name: string;
  readonly version: string;
  readonly instance: string;
  readonly environment: string;
}

export type LogLevel = 'silent' | 'error' | 'warn' | 'info' | 'debug';

export type CaptureMode = 'auto' | 'instrumentation' | 'lean';

export type DeliveryMode = 'spool' | 'write-ahead' | 'memory';

export interface DeliveryConfig {
  readonly mode: DeliveryMode;
  /** Empty for the default place. */
  readonly spoolDirectory: string;
  readonly spoolMaxBytes: number;
  readonly fsync: 'never' | 'interval' | 'always';
  readonly onFull: 'fail-open' | 'fail-closed';
  readonly flushIntervalMillis: number;
  /** Bytes of records that may wait in memory. */
  readonly queueMaxBytes: number;
  readonly heartbeatIntervalMillis: number;
}

/** Everything the preload and the commands are told, validated, frozen. */
export interface Config {
  readonly disabled: boolean;
  readonly logLevel: LogLevel;
  readonly service: ServiceConfig;
  readonly capture: {
    /** Where the spans of requests and queries come from. */
    readonly mode: CaptureMode;
    readonly http: boolean;
    readonly db: boolean;
    readonly auth: boolean;
    readonly reads: boolean;
    /** Whether requests to others are recorded. */
    readonly calls: boolean;
    /** Instrumentations of the application that are loaded: `auto`, `none`, or their names. */
    readonly instrumentations: readonly string[];
    /** Bytes of a body that are kept; 0 keeps none. */
    readonly bodyMaxBytes: number;
  };
  readonly logins: LoginsConfig;
  readonly identity: IdentityConfig;
  readonly policy: readonly PolicyRule[];
  readonly redactKeys: readonly string[];
  /** Key of the hashes that stand for secrets; empty for none. */
  readonly hmacKey: string;
  readonly sql: SqlConfig;
  readonly sink: 'clickhouse' | 'otlp' | 'file' | 'console';
  readonly filePath: string;
  readonly clickhouse: ClickHouseConfig;
  readonly otlp: OtlpConfig;
  readonly delivery: DeliveryConfig;
  /** Private Ed25519 key in PEM or as a JWK; empty for none. */
  readonly signingKey: string;
  /** Last word on a record before it is written: change it, or return null to leave it out. */
  readonly beforeRecord?: (record: AuditRecord) => AuditRecord | null;
}
