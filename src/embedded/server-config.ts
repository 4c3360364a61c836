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
  <logger><level>none</level></logger>
  <shutdown_wait_unfinished>${SHUTDOWN_WAIT_SECONDS}</shutdown_wait_unfinished>
</clickhouse>
`;
}

/**
 * `default` may do everything, so that the default settings just work; the two others are the users of the
 * production shape, from the same `grants.sql`. SQL cannot make users in this mode of the engine.
 */
export function usersConfig(passwords: Passwords): string {
  return `<clickhouse>
  <profiles>
    <default/>
    <audit_reader>
      <readonly>1</readonly>
      <max_execution_time>60</max_execution_time>
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
    </default>
    ${user('audit_writer', 'default', passwords)}
    ${user('audit_reader', 'audit_reader', passwords)}
  </users>
</clickhouse>
`;
}

function user(name: StoreUser, profile: string, passwords: Passwords): string {
  const hash = createHash('sha256').update(passwords[name]).digest('hex');
  const grants = grantsOf(name, EMBEDDED_DATABASE).map((grant) => `<query>${grant}</query>`);
  return `<${name}>
      <password_sha256_hex>${hash}</password_sha256_hex>
      <networks><ip>127.0.0.1</ip><ip>::1</ip></networks>
      <profile>${profile}</profile>
      <quota>default</quota>
      <grants>${grants.join('')}</grants>
    </${name}>`;
}
