import type { AlertRule } from './alert-rule.ts';
import { said } from './alert-phrases.ts';
import { CHAINS, GAPS, LOSSES, PIPELINE_UID, PROCESSES } from './store.ts';

const DAY_SECONDS = 24 * 60 * 60;
/** Three of the heartbeats that a process makes unless told otherwise, as in `audit.process_health`. */
const SILENT_SECONDS = 180;
const MOST = 100;

const PROCESS = `${said('service_name')} AS service,
  ${said('environment')} AS environment,
  ${said('host_name')} AS host,
  toString(process_id) AS process`;

/** NOTE: no row means that no process is audited at all, and an error that nobody can know: neither is a good sign. */
export const silent: AlertRule = {
  uid: 'audit-register-silent',
  title: 'The audit is silent',
  severity: 'critical',
  summary:
    '{{ if .Labels.chain }}Process {{ .Labels.process }} of {{ .Labels.service }} on {{ .Labels.host }} is not audited any more{{ else }}No process is audited, or the store cannot be asked{{ end }}',
  description:
    'No record and no heartbeat for three minutes from a process that has not closed its chain. Did it die, or can it not deliver? What it has recorded waits in its spool.',
  dashboard: [PIPELINE_UID, 'Which processes are audited, and is one silent'],
  sql: `SELECT
  ${PROCESS},
  toString(chain_id) AS chain,
  toFloat64(silent_seconds) AS seconds
FROM ${PROCESSES}
WHERE state IN ('alive', 'silent') AND last_heard_at >= $__fromTime
ORDER BY seconds DESC
LIMIT ${MOST}`,
  rangeSeconds: DAY_SECONDS,
  above: SILENT_SECONDS,
  lasting: '2m',
  nothing: 'Alerting',
  unasked: 'Alerting',
};

export const gap: AlertRule = {
  uid: 'audit-register-gap',
  title: 'Records are missing from a chain',
  severity: 'critical',
  summary:
    '{{ printf "%.0f" .Values.A.Value }} {{ .Labels.what }} of {{ .Labels.service }} on {{ .Labels.host }} are missing',
  description:
    'Others that were made after them have been here for ten minutes. They were lost or removed, or they wait in a spool that nobody empties.',
  dashboard: [PIPELINE_UID, 'What is missing'],
  sql: `SELECT what, service, environment, host, process, toFloat64(sum(how_many)) AS value
FROM (
  SELECT 'records' AS what, ${PROCESS}, missing AS how_many
  FROM ${GAPS}
  WHERE before >= $__fromTime AND before <= $__toTime - INTERVAL 10 MINUTE
  UNION ALL
  SELECT 'entries' AS what, ${PROCESS}, missing_segments AS how_many
  FROM ${CHAINS}
  WHERE missing_segments > 0
    AND last_delivered_at >= $__fromTime AND last_delivered_at <= $__toTime - INTERVAL 10 MINUTE
)
GROUP BY what, service, environment, host, process
ORDER BY value DESC
LIMIT ${MOST}`,
  rangeSeconds: DAY_SECONDS,
  above: 0,
  lasting: '0s',
  nothing: 'OK',
  unasked: 'Error',
};

export const dropped: AlertRule = {
  uid: 'audit-register-dropped',
  title: 'Records were dropped',
  severity: 'critical',
  summary:
    '{{ printf "%.0f" .Values.A.Value }} records of {{ .Labels.service }} on {{ .Labels.host }} could be kept nowhere',
  description:
    'The spool is full or cannot be written, and the store does not take them. They are lost; a record of category gap says when and why.',
  dashboard: [PIPELINE_UID, 'What was dropped or refused'],
  sql: lostSql('dropped'),
  rangeSeconds: DAY_SECONDS,
  above: 0,
  lasting: '0s',
  nothing: 'OK',
  unasked: 'Error',
};

export const deadLetters: AlertRule = {
  uid: 'audit-register-dead-letters',
  title: 'The store refuses records',
  severity: 'warning',
  summary:
    '{{ printf "%.0f" .Values.A.Value }} records of {{ .Labels.service }} on {{ .Labels.host }} are dead letters',
  description:
    'The store refused them for their content. They are kept in the spool with the reason, and can be sent again.',
  dashboard: [PIPELINE_UID, 'What was dropped or refused'],
  sql: lostSql('dead'),
  rangeSeconds: DAY_SECONDS,
  above: 0,
  lasting: '0s',
  nothing: 'OK',
  unasked: 'Error',
};

/** NOTE: by the arrival of what tells of it, which may be long after. */
function lostSql(what: 'dropped' | 'dead'): string {
  return `SELECT
  ${PROCESS},
  toFloat64(sum(${what})) AS records
FROM ${LOSSES}
WHERE ${what} > 0 AND ingested_at >= $__fromTime AND ingested_at <= $__toTime
GROUP BY service, environment, host, process
ORDER BY records DESC
LIMIT ${MOST}`;
}
