import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { statementsFor } from './migrations.js';

/** Users that the embedded server has, too. */
export type StoreUser = 'audit_writer' | 'audit_reader';

/** Statements that make the users of the production shape, from `grants.sql`. */
export function grantStatements(database: string): string[] {
  return statementsFor(database, readFileSync(join(__dirname, 'grants.sql'), 'utf8'));
}

/** What one user is granted, and what of it is revoked: statements without their `TO …` or `FROM …`, as a users file takes them. */
export function grantsOf(user: StoreUser | 'audit_collector', database: string): string[] {
  const suffix = new RegExp(` (TO|FROM) ${user}$`);
  return grantStatements(database)
    .map((statement) => /(^|\n)((?:GRANT|REVOKE) [^\n]*)$/.exec(statement)?.[2] ?? '')
    .filter((statement) => suffix.test(statement))
    .map((statement) => statement.replace(suffix, ''));
}
