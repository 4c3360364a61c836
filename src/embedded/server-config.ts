import { createHash } from 'node:crypto';
import type { StoreUser } from '../store/grants.js';
import { grantsOf } from '../store/grants.js';
import type { Passwords } from './credentials.js';

/** Database whose tables the two users are granted. */
export const EMBEDDED_DATABASE = 'audit';

/** The engine waits this long for open connections when it stops; its own default is 5 s. */
const SHUTDOWN_WAIT_SECONDS = 1;

export function serverConfig(): string {
  return `<clickhouse>
  <users_config>users.xml</users_config>
  <logger><level>none</level><console>0</console></logger>
  <shutdown_wait_unfinished>${SHUTDOWN_WAIT_SECONDS}</shutdown_wait_unfinished>
</clickhouse>
`;
}

/**
 * Everything inside the database, nothing outside of it: this mode of the engine keeps `file()` and its like to
 * no directory, and any web page in the developer's browser can post to a port on loopback. What no grant takes
 * away is the scalar function `file('path')`: whoever may log in can read what the server's process can read.
 */
const DEFAULT_GRANTS = [
  'GRANT SHOW, SELECT, INSERT, ALTER, CREATE, DROP, TRUNCATE, OPTIMIZE, KILL QUERY, SYSTEM, INTROSPECTION, dictGet ON *.*',
  ...[
    'MergeTree',
    'ReplacingMergeTree',
    'SummingMergeTree',
    'AggregatingMergeTree',
    'CollapsingMergeTree',
    'VersionedCollapsingMergeTree',
    'Memory',
    'Null',
    'Log',
    'TinyLog',
    'StripeLog',
    'Buffer',
    'Merge',
    'Join',
    'Set',
    'View',
    'MaterializedView',
    'Dictionary',
  ].map((engine) => `GRANT TABLE ENGINE ON ${engine}`),
];

/**
 * `default` may do everything inside the database, so that the default settings just work; the two others are the users of the
 * production shape, from the same `grants.sql`. SQL cannot make users in this mode of the engine.
 */
export function usersConfig(passwords: Passwords): string {
  return `<clickhouse>
  <profiles>
    <default/>
    <audit_reader>
      <readonly>1</readonly>
      <max_execution_time>60</max_execution_time>
      <cancel_http_readonly_queries_on_client_close>1</cancel_http_readonly_queries_on_client_close>
      <constraints>
        <max_execution_time><changeable_in_readonly/></max_execution_time>
        <enable_http_compression><changeable_in_readonly/></enable_http_compression>
      </constraints>
    </audit_reader>
  </profiles>
  <quotas><default/></quotas>
  <users>
    <default>
      <password></password>
      <networks><ip>127.0.0.1</ip><ip>::1</ip></networks>
      <profile>default</profile>
      <quota>default</quota>
      ${grantsElement(DEFAULT_GRANTS)}
    </default>
    ${user('audit_writer', 'default', passwords)}
    ${user('audit_reader', 'audit_reader', passwords)}
  </users>
</clickhouse>
`;
}

function user(name: StoreUser, profile: string, passwords: Passwords): string {
  const hash = createHash('sha256').update(passwords[name]).digest('hex');
  return `<${name}>
      <password_sha256_hex>${hash}</password_sha256_hex>
      <networks><ip>127.0.0.1</ip><ip>::1</ip></networks>
      <profile>${profile}</profile>
      <quota>default</quota>
      ${grantsElement(grantsOf(name, EMBEDDED_DATABASE))}
    </${name}>`;
}

function grantsElement(grants: readonly string[]): string {
  return `<grants>${grants.map((grant) => `<query>${grant}</query>`).join('')}</grants>`;
}
