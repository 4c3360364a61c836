import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { statementsFor } from './migrations.js';

/** Users that the embedded server has, too. */
export type StoreUser = 'audit_writer' | 'audit_reader';

/** Statements that make the users of the production shape, from `grants.sql`. */
export function grantStatements(database: string): string[] {
  return statementsFor(database, readFileSync(join(__dirname, 'grants.sql'), 'utf8'));
}

/** What one user is granted: statements without their `TO …`, as a users file takes them. */
export function grantsOf(user: StoreUser | 'audit_collector', database: string): string[] {
  const suffix = ` TO ${user}`;
  return grantStatements(database)
    .map((statement) => statement.slice(statement.indexOf('GRANT')))
    .filter((statement) => statement.startsWith('GRANT') && statement.endsWith(suffix))
    .map((statement) => statement.slice(0, -suffix.length));
}
