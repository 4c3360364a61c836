import type { AlertRule } from './alert-rule.ts';
import { ACTOR_LABELS, BY_WHOM, WHOM, said, withActor } from './alert-phrases.ts';
import { ATTACKS, CHANGES, CHANGES_UID, SECURITY_UID } from './store.ts';

const HOUR_SECONDS = 60 * 60;
/** Deleted by one actor from one table within an hour. */
const MANY_ROWS = 1_000;
const MOST = 100;

/** Environments in which the schema may change; what has another name, or none, is production. */
const NOT_PRODUCTION = '^(dev|test|stag|local|ci|qa|demo|preview|sandbox)';

const PLACE = `${said('service_name')} AS service,
  ${said('environment')} AS environment`;

/** NOTE: the hour comes first, by which the view finds the rows it has to read. */
const ATTACKS_OF_LATE = `FROM ${ATTACKS}
WHERE hour >= toStartOfHour($__fromTime) - INTERVAL 1 HOUR AND last_at >= $__fromTime AND first_at <= $__toTime`;

export const bruteForce: AlertRule = {
  uid: 'audit-register-brute-force',
  title: 'Somebody tries to break in',
  severity: 'warning',
  summary:
    '{{ printf "%.0f" .Values.A.Value }} failed logins at {{ .Labels.service }}, {{ .Labels.kind }} {{ .Labels.subject }}',
  description:
    'Ten failed logins or more within an hour, from one address or to one account from several addresses.',
  dashboard: [SECURITY_UID, 'Who tries to break in, and who got in'],
  sql: `SELECT
  ${PLACE},
  kind,
  ${said('subject')} AS subject,
  toFloat64(max(failures)) AS failed
${ATTACKS_OF_LATE}
GROUP BY service, environment, kind, subject
ORDER BY failed DESC
LIMIT ${MOST}`,
  rangeSeconds: HOUR_SECONDS,
  above: 9,
  lasting: '0s',
  nothing: 'OK',
  unasked: 'Error',
};

export const breakIn: AlertRule = {
  uid: 'audit-register-break-in',
  title: 'Somebody got in after many failed logins',
  severity: 'critical',
  summary:
    'A login as {{ .Labels.account }} at {{ .Labels.service }} came from where {{ printf "%.0f" .Values.A.Value }} logins had failed',
  description:
    'Within an hour of ten failed logins or more, the same address got into one of the accounts that were tried. End its sessions, and look what was done in them.',
  dashboard: [SECURITY_UID, 'Who tries to break in, and who got in'],
  sql: `SELECT
  ${PLACE},
  kind,
  ${said('subject')} AS subject,
  ${said('succeeded_as')} AS account,
  toFloat64(max(failures)) AS failed
${ATTACKS_OF_LATE} AND isNotNull(succeeded_at)
GROUP BY service, environment, kind, subject, account
ORDER BY failed DESC
LIMIT ${MOST}`,
  rangeSeconds: 24 * HOUR_SECONDS,
  above: 0,
  lasting: '0s',
  nothing: 'OK',
  unasked: 'Error',
};

/** NOTE: a TRUNCATE counts, whatever the server says of its rows, which is nothing. */
export const massDelete: AlertRule = {
  uid: 'audit-register-mass-delete',
  title: 'Many rows were deleted',
  severity: 'critical',
  summary:
    '{{ .Labels.actor }} ({{ .Labels.assurance }}) deleted {{ printf "%.0f" .Values.A.Value }} rows of {{ .Labels.target }} at {{ .Labels.service }}{{ if eq .Labels.emptied "yes" }}, and emptied it{{ end }}',
  description:
    'A thousand rows or more of one table within an hour by one actor, or a TRUNCATE, that lasted or of which nobody knows whether it did.',
  dashboard: [CHANGES_UID, 'Which statements touched many rows'],
  sql: `WITH deletions AS (
  SELECT
    service_name,
    environment,
    target_type,
    ${WHOM},
    countIf(action = 'truncate') > 0 AS is_emptied,
    sum(db_rows) AS deleted
  FROM ${CHANGES}
  WHERE action IN ('delete', 'truncate') AND final_outcome IN ('applied', 'unknown')
    AND occurred_at >= $__fromTime AND occurred_at <= $__toTime
  GROUP BY service_name, environment, target_type, ${BY_WHOM}
  HAVING deleted >= ${MANY_ROWS} OR is_emptied
)
SELECT
  ${PLACE},
  ${ACTOR_LABELS},
  ${said('target_type')} AS target,
  if(is_emptied, 'yes', 'no') AS emptied,
  toFloat64(sum(deleted)) AS value
FROM ${withActor('deletions')}
GROUP BY service, environment, actor, assurance, target, emptied
ORDER BY value DESC
LIMIT ${MOST}`,
  rangeSeconds: HOUR_SECONDS,
  above: -1,
  lasting: '0s',
  nothing: 'OK',
  unasked: 'Error',
};

export const schemaChange: AlertRule = {
  uid: 'audit-register-schema-change',
  title: 'The schema or rights were changed in production',
  severity: 'warning',
  summary:
    '{{ .Labels.actor }} ({{ .Labels.assurance }}): {{ printf "%.0f" .Values.A.Value }} statements that changed {{ .Labels.what }} at {{ .Labels.service }}',
  description:
    'CREATE, ALTER, DROP, GRANT, REVOKE and the like, that lasted or of which nobody knows whether they did. Production is every environment that is not called otherwise, so also one without a name.',
  dashboard: [CHANGES_UID, 'Who changed the schema or rights'],
  sql: `WITH definitions AS (
  SELECT
    service_name,
    environment,
    if(action = 'schema', 'the schema', 'rights') AS what,
    ${WHOM},
    count() AS changed
  FROM ${CHANGES}
  WHERE action IN ('schema', 'grant') AND final_outcome IN ('applied', 'unknown')
    AND NOT match(lower(environment), '${NOT_PRODUCTION}')
    AND occurred_at >= $__fromTime AND occurred_at <= $__toTime
  GROUP BY service_name, environment, what, ${BY_WHOM}
)
SELECT
  ${PLACE},
  ${ACTOR_LABELS},
  what,
  toFloat64(sum(changed)) AS statements
FROM ${withActor('definitions')}
GROUP BY service, environment, actor, assurance, what
ORDER BY statements DESC
LIMIT ${MOST}`,
  rangeSeconds: HOUR_SECONDS,
  above: 0,
  lasting: '0s',
  nothing: 'OK',
  unasked: 'Error',
};
