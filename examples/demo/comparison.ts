import { BACKGROUND } from './expectation.ts';
import type { ExpectedActor, ExpectedChange, ExpectedLogin, ExpectedRequest } from './expectation.ts';
import type { RegisterRow } from './register-rows.ts';

/** What the register lacks, has wrong or has too much, a sentence each; empty when it is right. */
export function compare(
  expected: readonly ExpectedRequest[],
  rows: readonly RegisterRow[],
): readonly string[] {
  return [
    ...expected.flatMap((request) => compareRequest(request, rows)),
    ...findBackground(rows),
    ...findUnexpected(expected, rows),
  ];
}

function compareRequest(expected: ExpectedRequest, rows: readonly RegisterRow[]): string[] {
  const label = `${expected.actor.name || 'somebody'}: ${expected.method} ${expected.path} → ${expected.status}`;
  const own = rows.filter((row) => row.correlation_id === expected.correlationId);
  const requests = own.filter(({ category }) => category === 'http');
  const [request] = requests;
  if (request === undefined) return [`${label}: no record of the request`];
  const differences = differ(request, {
    ...actorColumns(expected.actor),
    source_address: `::ffff:${expected.address}`,
    http_method: expected.method,
    http_route: expected.route,
    url_path: expected.path,
    http_status: expected.status,
    outcome: outcomeOf(expected.status),
  });
  const statements = own.filter(({ category }) => category === 'db');
  const changes = compareChanges(expected, statements, request.trace_id);
  const logins = compareLogins(
    expected.logins,
    own.filter(({ category }) => category === 'auth'),
  );
  const twice = requests.length > 1 ? [`${requests.length} records of one request`] : [];
  return [...differences, ...changes, ...logins, ...twice].map((problem) => `${label}: ${problem}`);
}

function compareLogins(expected: readonly ExpectedLogin[], rows: readonly RegisterRow[]): string[] {
  const problems = expected.flatMap(({ action, outcome, account, actor }, index) => {
    const row = rows[index];
    if (row === undefined) return [`no record of ${action}`];
    const wanted = { ...actorColumns(actor), action, outcome, target_type: 'account', target_id: account };
    return differ(row, wanted).map((problem) => `${action}: ${problem}`);
  });
  const surplus = rows.slice(expected.length);
  return [...problems, ...surplus.map((row) => `unexpected record ${row.action} of ${row.target_id}`)];
}

/** All records of a request share its trace. */
function compareChanges(expected: ExpectedRequest, rows: readonly RegisterRow[], traceId: string): string[] {
  const problems = expected.changes.flatMap((change, index) => {
    const row = rows[index];
    const label = `${change.action} ${change.table}`;
    if (row === undefined) return [`no record of ${label}`];
    const wanted = { ...actorColumns(expected.actor), ...changeColumns(change), trace_id: traceId };
    return differ(row, wanted).map((problem) => `${label}: ${problem}`);
  });
  const surplus = rows.slice(expected.changes.length);
  return [...problems, ...surplus.map((row) => `unexpected record ${row.action} ${row.target_type}`)];
}

function findBackground(rows: readonly RegisterRow[]): string[] {
  const wanted = { ...actorColumns(BACKGROUND.actor), ...changeColumns(BACKGROUND.change) };
  const found = rows.some((row) => row.category === 'db' && differ(row, wanted).length === 0);
  return found ? [] : ['the shop itself: no record of the job that expires old orders'];
}

function findUnexpected(expected: readonly ExpectedRequest[], rows: readonly RegisterRow[]): string[] {
  const known = new Set(expected.map(({ correlationId }) => correlationId));
  return rows
    .filter(({ category, correlation_id: id }) => category === 'http' && !known.has(id))
    .map((row) => `unexpected record of ${row.http_method} ${row.url_path}`);
}

function actorColumns({ type, id, name, assurance }: ExpectedActor): Partial<RegisterRow> {
  return { actor_type: type, actor_id: id, actor_name: name, actor_assurance: assurance };
}

function changeColumns({ action, table, rows, id, transaction }: ExpectedChange): Partial<RegisterRow> {
  return {
    action,
    target_type: table,
    db_rows: rows,
    outcome: 'success',
    transaction_outcome: transaction,
    ...(id === undefined ? {} : { target_id: id }),
  };
}

function outcomeOf(status: number): string {
  if (status === 401 || status === 403) return 'denied';
  return status >= 400 ? 'failure' : 'success';
}

function differ(row: RegisterRow, wanted: Partial<RegisterRow>): string[] {
  return Object.entries(wanted)
    .filter(([column, value]) => row[column as keyof RegisterRow] !== value)
    .map(
      ([column, value]) =>
        `${column} should be ${JSON.stringify(value)}, but is ${JSON.stringify(row[column as keyof RegisterRow])}`,
    );
}
