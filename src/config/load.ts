import { Buffer } from 'node:buffer';
import { ConfigurationError } from '../errors.js';
import { LEAST_KEY_BYTES } from '../record/redaction/redact-hash.js';
import type { CaptureMode, ClickHouseConfig, Config, DeliveryConfig } from './config.js';
import { readIdentity } from './identity.js';
import { readOtlp } from './otlp.js';
import { parseSetting } from './parse.js';
import type { Parsed } from './parse.js';
import { readPolicy } from './policy-rules.js';
import { readService } from './service.js';
import { SETTINGS } from './settings.js';
import type { Setting, SettingKey } from './settings.js';
import { readTableKeys } from './table-keys.js';
import { atPath, findValue, fromEnvironment, readConfigFile, refuseUnknownVariables } from './sources.js';
import type { ConfigurationFile } from './sources.js';

/** Typed access to the value of a setting. */
export interface Values {
  readonly text: (key: SettingKey) => string;
  readonly flag: (key: SettingKey) => boolean;
  readonly number: (key: SettingKey) => number;
  readonly list: (key: SettingKey) => readonly string[];
}

/**
 * The whole configuration: environment over file over default.
 *
 * @throws ConfigurationError naming the setting that is wrong and how to mend it.
 */
export function loadConfig(env: NodeJS.ProcessEnv, cwd: string): Config {
  refuseUnknownVariables(env);
  const file = readConfigFile(env, cwd);
  const values = createValues(env, file);
  const { flag, list, text } = values;
  return deepFreeze({
    disabled: flag('disabled'),
    logLevel: text('logLevel') as Config['logLevel'],
    service: readService(env, cwd),
    capture: readCapture(values),
    logins: {
      paths: list('logins.paths'),
      logoutPaths: list('logins.logoutPaths'),
      nameFields: list('logins.nameFields'),
    },
    identity: readIdentity(values, file.content),
    policy: readPolicy(values, atPath(file.content, 'policy')),
    redactKeys: list('redact.keys'),
    hmacKey: readHmacKey(text('redact.hmacKey')),
    sql: { readFunctions: list('sql.readFunctions'), tableKeys: readTableKeys(list('sql.tableKeys')) },
    sink: text('sink') as Config['sink'],
    filePath: text('filePath'),
    clickhouse: readClickHouse(values),
    otlp: readOtlp(values),
    delivery: readDelivery(values),
    signingKey: text('integrity.signingKey'),
    ...readHooks(file.content),
  });
}

/**
 * Whether the environment switches the audit off. Asked before anything else is looked at: it has to help against a
 * configuration that cannot be used, too.
 */
export function isSwitchedOff(env: NodeJS.ProcessEnv): boolean {
  const setting = SETTINGS.find(({ key }) => key === 'disabled') as Setting;
  const given = fromEnvironment(setting, env);
  return given !== undefined && parseSetting(setting, given) === true;
}

function createValues(env: NodeJS.ProcessEnv, file: ConfigurationFile): Values {
  const values = new Map<string, Parsed>();
  for (const setting of SETTINGS)
    values.set(setting.key, parseSetting(setting, findValue(setting, env, file)));

  return {
    text: (key) => values.get(key) as string,
    flag: (key) => values.get(key) as boolean,
    number: (key) => values.get(key) as number,
    list: (key) => values.get(key) as readonly string[],
  };
}

function readDelivery({ number, text }: Values): DeliveryConfig {
  return {
    mode: text('delivery.mode') as DeliveryConfig['mode'],
    spoolDirectory: text('delivery.spoolDirectory'),
    spoolMaxBytes: number('delivery.spoolMaxBytes'),
    fsync: text('delivery.fsync') as DeliveryConfig['fsync'],
    onFull: text('delivery.onFull') as DeliveryConfig['onFull'],
    flushIntervalMillis: number('delivery.flushIntervalMillis'),
    queueMaxBytes: number('delivery.queueMaxBytes'),
    heartbeatIntervalMillis: number('delivery.heartbeatIntervalMillis'),
  };
}

/** NOTE: redaction looks at no more of a text, and nothing is stored that it did not look at. */
const MOST_BODY_BYTES = 16_384;

function readCapture({ flag, list, number, text }: Values): Config['capture'] {
  return {
    mode: text('capture.mode') as CaptureMode,
    http: flag('capture.http'),
    db: flag('capture.db'),
    auth: flag('capture.auth'),
    reads: flag('capture.reads'),
    calls: flag('capture.calls'),
    instrumentations: list('capture.instrumentations'),
    bodyMaxBytes: Math.min(number('capture.bodyMaxBytes'), MOST_BODY_BYTES),
  };
}

/** User and password in the address win over the separate settings' defaults, and are taken out of it. */
function readClickHouse(values: Values): ClickHouseConfig {
  const url = new URL(values.text('clickhouse.url'));
  if (url.search !== '') {
    throw new ConfigurationError(
      'AUDIT_REGISTER_CLICKHOUSE_URL must not have a query (`?…`); user, password, database and time-out have settings of their own.',
    );
  }
  const username = url.username === '' ? values.text('clickhouse.user') : decode(url.username);
  const password = url.password === '' ? values.text('clickhouse.password') : decode(url.password);
  url.username = '';
  url.password = '';
  const database = values.text('clickhouse.database');
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(database)) {
    throw new ConfigurationError(
      `AUDIT_REGISTER_CLICKHOUSE_DATABASE must be a plain name (letters, digits, underscores), not ${JSON.stringify(database)}.`,
    );
  }
  const cluster = values.text('clickhouse.cluster');
  if (!/^[\w.-]*$/.test(cluster)) {
    throw new ConfigurationError(
      `AUDIT_REGISTER_CLICKHOUSE_CLUSTER must be a name of letters, digits, dots, dashes and underscores, not ${JSON.stringify(cluster)}.`,
    );
  }
  return {
    url: url.href.replace(/\/$/, ''),
    username,
    password,
    database,
    cluster,
    migrate: values.text('migrate') as ClickHouseConfig['migrate'],
    timeoutMillis: values.number('clickhouse.timeoutMillis'),
  };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch (error) {
    throw new ConfigurationError(
      'AUDIT_REGISTER_CLICKHOUSE_URL holds a user or password with a stray %; write % as %25, or use AUDIT_REGISTER_CLICKHOUSE_USER and _PASSWORD.',
      { cause: error },
    );
  }
}

function readHmacKey(key: string): string {
  if (key === '' || Buffer.byteLength(key) >= LEAST_KEY_BYTES) return key;
  throw new ConfigurationError(
    `AUDIT_REGISTER_HMAC_KEY (redact.hmacKey) must have at least ${LEAST_KEY_BYTES} bytes; make one with \`openssl rand -base64 32\`.`,
  );
}

function readHooks(content: object): Pick<Config, 'beforeRecord'> {
  const beforeRecord = atPath(content, 'beforeRecord');
  if (beforeRecord === undefined) return {};
  if (typeof beforeRecord !== 'function') throw new ConfigurationError('"beforeRecord" must be a function.');
  return { beforeRecord: beforeRecord as NonNullable<Config['beforeRecord']> };
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const child of Object.values(value)) deepFreeze(child);
  return Object.freeze(value);
}
