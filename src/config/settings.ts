/**
 * Every setting: its environment variable (`AUDIT_REGISTER_` + `variable`), its place in the configuration file
 * (a dotted path), its default and what it means. The parser, the README and the tests come from it.
 */
export type SettingKind = 'text' | 'url' | 'boolean' | 'integer' | 'list' | 'choice';

export interface Setting {
  readonly variable: string;
  /** Dotted path in the configuration file. */
  readonly key: string;
  readonly kind: SettingKind;
  readonly choices?: readonly string[];
  readonly default: string;
  /** May be given as `…_FILE`, the path of a file that holds the value; never printed. */
  readonly secret?: true;
  /** Smallest accepted integer. */
  readonly least?: number;
  readonly meaning: string;
}

export const PREFIX = 'AUDIT_REGISTER_';

export const SETTINGS = [
  {
    variable: 'DISABLED',
    key: 'disabled',
    kind: 'boolean',
    default: 'false',
    meaning: 'Runs the application without audit, and says so.',
  },
  {
    variable: 'LOG_LEVEL',
    key: 'logLevel',
    kind: 'choice',
    choices: ['silent', 'error', 'warn', 'info', 'debug'],
    default: 'warn',
    meaning: 'What is said on standard error.',
  },

  {
    variable: 'CLICKHOUSE_URL',
    key: 'clickhouse.url',
    kind: 'url',
    default: 'http://127.0.0.1:8123',
    meaning: 'HTTP address of ClickHouse; user and password may stand in it.',
  },
  {
    variable: 'CLICKHOUSE_USER',
    key: 'clickhouse.user',
    kind: 'text',
    default: 'default',
    meaning: 'User; a grant to insert is enough once the tables exist.',
  },
  {
    variable: 'CLICKHOUSE_PASSWORD',
    key: 'clickhouse.password',
    kind: 'text',
    default: '',
    secret: true,
    meaning: 'Password of that user.',
  },
  {
    variable: 'CLICKHOUSE_DATABASE',
    key: 'clickhouse.database',
    kind: 'text',
    default: 'audit',
    meaning: 'Database that holds the tables and views.',
  },
  {
    variable: 'CLICKHOUSE_CLUSTER',
    key: 'clickhouse.cluster',
    kind: 'text',
    default: '',
    meaning:
      'Cluster of ClickHouse servers on which the tables are made, a name from their `remote_servers`; empty for one server. Writers and readers need not know it.',
  },
  {
    variable: 'CLICKHOUSE_TIMEOUT_MS',
    key: 'clickhouse.timeoutMillis',
    kind: 'integer',
    least: 100,
    default: '30000',
    meaning: 'Milliseconds until an insert counts as failed and is tried again.',
  },
  {
    variable: 'MIGRATE',
    key: 'migrate',
    kind: 'choice',
    choices: ['auto', 'off'],
    default: 'auto',
    meaning:
      '`auto` brings the tables up to date at start where the user may; `off` leaves it to `audit-register migrate`.',
  },

  {
    variable: 'SINK',
    key: 'sink',
    kind: 'choice',
    choices: ['clickhouse', 'otlp', 'file', 'console'],
    default: 'clickhouse',
    meaning:
      'Where records go: ClickHouse, an OTLP receiver such as the OpenTelemetry Collector, JSON lines in a file, or JSON lines on standard output.',
  },
  {
    variable: 'FILE_PATH',
    key: 'filePath',
    kind: 'text',
    default: 'audit.jsonl',
    meaning: 'File of the `file` sink.',
  },
  {
    variable: 'OTLP_ENDPOINT',
    key: 'otlp.endpoint',
    kind: 'url',
    default: 'http://127.0.0.1:4318',
    meaning:
      'Address of the receiver of the `otlp` sink, OTLP over HTTP; `/v1/logs` is added unless it ends so. User and password may stand in it.',
  },
  {
    variable: 'OTLP_HEADERS',
    key: 'otlp.headers',
    kind: 'text',
    default: '',
    secret: true,
    meaning: 'Headers for the receiver: `name=value,name=value`, values percent-encoded.',
  },
  {
    variable: 'OTLP_TIMEOUT_MS',
    key: 'otlp.timeoutMillis',
    kind: 'integer',
    least: 100,
    default: '30000',
    meaning: 'Milliseconds until a request to the receiver counts as failed and is tried again.',
  },
  {
    variable: 'OTLP_COMPRESSION',
    key: 'otlp.compression',
    kind: 'choice',
    choices: ['gzip', 'none'],
    default: 'gzip',
    meaning: 'How requests to the receiver are compressed.',
  },
  {
    variable: 'DELIVERY',
    key: 'delivery.mode',
    kind: 'choice',
    choices: ['spool', 'write-ahead', 'memory'],
    default: 'spool',
    meaning:
      '`spool` writes records to a file at once and sends them from there; `write-ahead` lets a response end only when its record is in the file, and answers 503 when it cannot be; `memory` loses what waits when the process dies. A policy rule may have a `delivery` of its own.',
  },
  {
    variable: 'SPOOL_DIR',
    key: 'delivery.spoolDirectory',
    kind: 'text',
    default: '',
    meaning:
      'Directory of the spool, on a local disk that outlives the process; empty for `audit-register/spool` in `$XDG_STATE_HOME` or `~/.local/state`.',
  },
  {
    variable: 'SPOOL_MAX_BYTES',
    key: 'delivery.spoolMaxBytes',
    kind: 'integer',
    least: 16_777_216,
    default: '1073741824',
    meaning: 'Bytes that the spool may hold while the sink is away.',
  },
  {
    variable: 'FSYNC',
    key: 'delivery.fsync',
    kind: 'choice',
    choices: ['never', 'interval', 'always'],
    default: 'interval',
    meaning:
      'When the spool is forced to disk, which only matters when the machine fails: `never`, once a flush `interval`, or `always` before a record counts as written.',
  },
  {
    variable: 'ON_FULL',
    key: 'delivery.onFull',
    kind: 'choice',
    choices: ['fail-open', 'fail-closed'],
    default: 'fail-open',
    meaning:
      'When records can be kept nowhere: `fail-open` serves requests, drops their records, counts them and records the gap; `fail-closed` answers 503. `write-ahead` is always fail-closed.',
  },
  {
    variable: 'FLUSH_INTERVAL_MS',
    key: 'delivery.flushIntervalMillis',
    kind: 'integer',
    least: 10,
    default: '1000',
    meaning: 'Milliseconds after which waiting records are sent, full batch or not.',
  },
  {
    variable: 'QUEUE_MAX_BYTES',
    key: 'delivery.queueMaxBytes',
    kind: 'integer',
    least: 1_048_576,
    default: '67108864',
    meaning:
      'Bytes of records that may wait in memory: until they are in the spool, or where there is none, until the sink has them.',
  },
  {
    variable: 'HEARTBEAT_INTERVAL_MS',
    key: 'delivery.heartbeatIntervalMillis',
    kind: 'integer',
    least: 1_000,
    default: '60000',
    meaning: 'Milliseconds after which a process that has nothing to record says that it is there.',
  },
  {
    variable: 'SIGNING_KEY',
    key: 'integrity.signingKey',
    kind: 'text',
    default: '',
    secret: true,
    meaning:
      'Private Ed25519 key (PEM or JWK) that signs what was delivered; make one with `audit-register keygen`.',
  },

  {
    variable: 'CAPTURE',
    key: 'capture.mode',
    kind: 'choice',
    choices: ['auto', 'instrumentation', 'lean'],
    default: 'auto',
    meaning:
      'Where the spans of requests and queries come from: `lean` from Node.js and pg themselves, `instrumentation` from instrumentations of OpenTelemetry; `auto` is lean unless variables of OpenTelemetry ask for more, such as exporters. The records are the same.',
  },
  {
    variable: 'CAPTURE_HTTP',
    key: 'capture.http',
    kind: 'boolean',
    default: 'true',
    meaning: 'Records HTTP requests.',
  },
  {
    variable: 'CAPTURE_DB',
    key: 'capture.db',
    kind: 'boolean',
    default: 'true',
    meaning: 'Records SQL statements.',
  },
  {
    variable: 'CAPTURE_AUTH',
    key: 'capture.auth',
    kind: 'boolean',
    default: 'true',
    meaning: 'Records logins, logouts, failed logins and rejected tokens.',
  },
  {
    variable: 'CAPTURE_READS',
    key: 'capture.reads',
    kind: 'boolean',
    default: 'false',
    meaning: 'Records SQL statements that only read, too.',
  },
  {
    variable: 'CAPTURE_CALLS',
    key: 'capture.calls',
    kind: 'boolean',
    default: 'false',
    meaning: 'Records requests that the application makes to others, too.',
  },
  {
    variable: 'INSTRUMENTATIONS',
    key: 'capture.instrumentations',
    kind: 'list',
    default: 'auto',
    meaning:
      'Instrumentations of OpenTelemetry that are loaded from where the application has them installed: `auto` for those of databases, `none`, or a list such as `mysql2,redis`; one that is named and cannot be loaded stops the start.',
  },
  {
    variable: 'BODY_MAX_BYTES',
    key: 'capture.bodyMaxBytes',
    kind: 'integer',
    least: 0,
    default: '16384',
    meaning:
      'Bytes of a request or response body that are kept where the policy asks for it; 0 keeps none, 16384 is the most.',
  },

  {
    variable: 'IGNORE_PATHS',
    key: 'ignorePaths',
    kind: 'list',
    default: '',
    meaning:
      'Requests that are not recorded: globs on the path, such as `/internal/**`. Wins over every other rule.',
  },
  {
    variable: 'ONLY_PATHS',
    key: 'onlyPaths',
    kind: 'list',
    default: '',
    meaning: 'If given, only these requests are recorded.',
  },
  {
    variable: 'IGNORE_TABLES',
    key: 'ignoreTables',
    kind: 'list',
    default: '',
    meaning: 'Statements on these tables are not recorded: `table` or `schema.table`, globs allowed.',
  },
  {
    variable: 'ONLY_TABLES',
    key: 'onlyTables',
    kind: 'list',
    default: '',
    meaning: 'If given, only statements on these tables are recorded.',
  },
  {
    variable: 'LOGIN_PATHS',
    key: 'logins.paths',
    kind: 'list',
    default: '',
    meaning:
      'Logins beside those at the usual paths (`POST /login`, …): a glob such as `/enter`, for any method that is no question, or `GET /auth/*/callback`. `none` among them takes the usual ones away.',
  },
  {
    variable: 'LOGOUT_PATHS',
    key: 'logins.logoutPaths',
    kind: 'list',
    default: '',
    meaning: 'Logouts beside those at the usual paths, in the same form.',
  },
  {
    variable: 'LOGIN_NAME_FIELDS',
    key: 'logins.nameFields',
    kind: 'list',
    default: '',
    meaning:
      'Fields of a login that hold the name that is tried, exactly as sent (`email`, `user[email]`, `user.email`). Where one is there, the usual ones (`username`, `email`, …) are not asked.',
  },
  {
    variable: 'TABLE_KEYS',
    key: 'sql.tableKeys',
    kind: 'list',
    default: '',
    meaning:
      'Primary keys of tables where they are not called `id`: `orders=order_no`, `lines=order_id+line`. What passes by teaches others.',
  },
  {
    variable: 'READ_FUNCTIONS',
    key: 'sql.readFunctions',
    kind: 'list',
    default: '',
    meaning:
      'Your own SQL functions that only read, globs allowed: a `SELECT` that calls any other one is a `call`, not a `read`.',
  },
  {
    variable: 'REDACT_KEYS',
    key: 'redact.keys',
    kind: 'list',
    default: '',
    meaning:
      'Names of fields, columns and query parameters whose values are secret, beside the built-in ones; `*` for anything, `!name` for one that is not.',
  },
  {
    variable: 'HMAC_KEY',
    key: 'redact.hmacKey',
    kind: 'text',
    default: '',
    secret: true,
    meaning:
      'Key of at least 16 bytes: secrets are then written as `hmac:…` instead of `[redacted]`, the same for the same value, so that `audit-register hash` finds a known one.',
  },

  {
    variable: 'JWT_JWKS_URL',
    key: 'jwt.jwksUrl',
    kind: 'url',
    default: '',
    meaning: 'Key set of the issuer of your tokens.',
  },
  {
    variable: 'JWT_PUBLIC_KEY',
    key: 'jwt.publicKey',
    kind: 'text',
    default: '',
    secret: true,
    meaning: 'Public key or certificate in PEM, instead of a key set.',
  },
  {
    variable: 'JWT_SECRET',
    key: 'jwt.secret',
    kind: 'text',
    default: '',
    secret: true,
    meaning: 'Shared secret (HS256, HS384, HS512), instead of a key set.',
  },
  {
    variable: 'JWT_ISSUER',
    key: 'jwt.issuer',
    kind: 'text',
    default: '',
    meaning: 'Accepted `iss`; empty accepts any.',
  },
  {
    variable: 'JWT_AUDIENCE',
    key: 'jwt.audience',
    kind: 'list',
    default: '',
    meaning: 'Accepted `aud`; empty accepts any.',
  },
  {
    variable: 'JWT_ALGORITHMS',
    key: 'jwt.algorithms',
    kind: 'list',
    default: '',
    meaning: 'Accepted `alg`; empty accepts all that are safe for the kind of key.',
  },
  {
    variable: 'JWT_CLOCK_TOLERANCE_SECONDS',
    key: 'jwt.clockToleranceSeconds',
    kind: 'integer',
    least: 0,
    default: '5',
    meaning: 'Seconds by which clocks may differ in `exp` and `nbf`.',
  },
  {
    variable: 'JWT_COOKIE',
    key: 'jwt.cookie',
    kind: 'text',
    default: '',
    meaning: 'Cookie that may carry the token.',
  },
  {
    variable: 'JWT_CLAIM_ID',
    key: 'jwt.claims.id',
    kind: 'text',
    default: 'sub',
    meaning: 'Claim (dotted path) with the identifier of the user.',
  },
  {
    variable: 'JWT_CLAIM_NAME',
    key: 'jwt.claims.name',
    kind: 'text',
    default: 'name',
    meaning: 'Claim with the name of the user.',
  },
  {
    variable: 'JWT_CLAIM_ROLES',
    key: 'jwt.claims.roles',
    kind: 'text',
    default: 'roles',
    meaning: 'Claim with the roles, such as `realm_access.roles`.',
  },
  {
    variable: 'JWT_CLAIM_TENANT',
    key: 'jwt.claims.tenant',
    kind: 'text',
    default: 'tenant',
    meaning: 'Claim with the tenant.',
  },
  {
    variable: 'JWT_CLAIM_SESSION',
    key: 'jwt.claims.session',
    kind: 'text',
    default: 'sid',
    meaning: 'Claim with the session; `jti` is taken where it is missing.',
  },
  {
    variable: 'JWT_CLAIM_IMPERSONATOR',
    key: 'jwt.claims.impersonator',
    kind: 'text',
    default: 'act.sub',
    meaning: 'Claim with who really acts (RFC 8693).',
  },
  {
    variable: 'JWT_DANGEROUSLY_SKIP_VERIFICATION',
    key: 'jwt.dangerouslySkipVerification',
    kind: 'boolean',
    default: 'false',
    meaning: 'Decodes tokens without checking them; records then say `claimed`.',
  },
  {
    variable: 'TRUSTED_PROXIES',
    key: 'trustedProxies',
    kind: 'list',
    default: '',
    meaning:
      'Addresses and CIDR ranges of proxies whose `Forwarded`, `X-Forwarded-For` and user header are believed; `loopback`, `linklocal`, `uniquelocal` are names for ranges.',
  },
  {
    variable: 'IDENTITY_SOURCES',
    key: 'identity.sources',
    kind: 'list',
    default: 'jwt,proxy-header,session,basic,client-certificate',
    meaning:
      'Who is asked for the actor of a request, in this order; the first that vouches for a name wins.',
  },
  {
    variable: 'PROXY_USER_HEADER',
    key: 'proxy.userHeader',
    kind: 'text',
    default: '',
    meaning:
      'Header in which a trusted proxy names the user, such as `x-remote-user`; needs `AUDIT_REGISTER_TRUSTED_PROXIES`.',
  },
  {
    variable: 'PROXY_NAME_HEADER',
    key: 'proxy.nameHeader',
    kind: 'text',
    default: '',
    meaning: 'Header with the name for people to read, such as `x-forwarded-preferred-username`.',
  },
  {
    variable: 'PROXY_ROLES_HEADER',
    key: 'proxy.rolesHeader',
    kind: 'text',
    default: '',
    meaning: 'Header with the roles, separated by commas, such as `x-forwarded-groups`.',
  },
  {
    variable: 'PROXY_TENANT_HEADER',
    key: 'proxy.tenantHeader',
    kind: 'text',
    default: '',
    meaning: 'Header with the tenant.',
  },
  {
    variable: 'SESSION_USER',
    key: 'session.user',
    kind: 'list',
    default:
      'user,auth,auth.payload,state.user,jwtPayload,session.user,session.passport.user,session.userId,res.locals.user,res.locals.session.user',
    meaning: 'Where frameworks leave the user: dotted paths from their request (Koa, Hono: their context).',
  },
  {
    variable: 'SESSION_FIELD_ID',
    key: 'session.fields.id',
    kind: 'list',
    default: 'id,_id,sub,userId,user_id,uid,username,preferred_username,login,email,user',
    meaning: 'Field (dotted path) of the user with the identifier.',
  },
  {
    variable: 'SESSION_FIELD_NAME',
    key: 'session.fields.name',
    kind: 'list',
    default: 'name,displayName,fullName,username,preferred_username,login,email',
    meaning: 'Field of the user with the name.',
  },
  {
    variable: 'SESSION_FIELD_ROLES',
    key: 'session.fields.roles',
    kind: 'list',
    default: 'roles,role,groups',
    meaning: 'Field of the user with the roles.',
  },
  {
    variable: 'SESSION_FIELD_TENANT',
    key: 'session.fields.tenant',
    kind: 'list',
    default: 'tenant,tenantId,tenant_id,organizationId,organization_id,orgId,org_id',
    meaning: 'Field of the user with the tenant.',
  },
  {
    variable: 'SESSION_FIELD_IMPERSONATOR',
    key: 'session.fields.impersonator',
    kind: 'list',
    default: 'impersonatorId,impersonator_id,impersonator,impersonatedBy,act.sub',
    meaning: 'Field of the user, or of the session around it, with who really acts.',
  },
  {
    variable: 'SESSION_COOKIES',
    key: 'session.cookies',
    kind: 'list',
    default: 'connect.sid,sessionId',
    meaning: 'Cookies that identify a session; only a keyed hash is kept, and only where a key is set.',
  },
  {
    variable: 'SESSION_CALL_GETTERS',
    key: 'session.callGetters',
    kind: 'boolean',
    default: 'false',
    meaning: 'Calls getters on the way to the user, which runs code of the application.',
  },
  {
    variable: 'CLIENT_CERTIFICATE_ID',
    key: 'clientCertificate.id',
    kind: 'list',
    default: 'common-name',
    meaning:
      'What of a client certificate is the identifier, alternatives: `common-name`, `email`, `dns`, `uri` (alternative names), `subject`, `serial-number`, `fingerprint`.',
  },
] as const satisfies readonly Setting[];

export type SettingKey = (typeof SETTINGS)[number]['key'];

/** What the configuration file may hold beside the settings. */
export const FILE_ONLY_KEYS = ['policy', 'jwt.issuers', 'beforeRecord'] as const;
