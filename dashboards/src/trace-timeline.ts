import { didWhat, fromWhere, throughWhat, toWhat, whoIs, why, withWhichOutcome } from './phrases.ts';
import { ACTIVITY } from './store.ts';
import { IS_OF_REQUEST } from './trace-numbers.ts';
import { traces } from './traces.ts';

/** Grafana draws them all at once. */
const MAX_STEPS = 1_000;

/** What stands with a step when it is opened; what is empty is left out. */
const TAGS: Readonly<Record<string, string>> = {
  who: whoIs(),
  assurance: 'toString(actor_assurance)',
  impersonator: 'impersonator_id',
  outcome: 'ending',
  why: why(),
  statement: 'toString(db_statement)',
  parameters: `arrayStringConcat(db_parameters, ', ')`,
  changes: `arrayStringConcat(arrayMap(field -> concat(field, ' = ', new_values[field]), mapKeys(new_values)), ', ')`,
  rows: `if(db_rows = 0, '', toString(db_rows))`,
  transaction: 'transaction_id',
  path: 'url_path',
  query: 'url_query',
  from: fromWhere(),
  program: 'toString(user_agent)',
  correlation: 'correlation_id',
  trace: 'trace_id',
  // By this one Grafana marks a step as an error.
  error: `if(ending IN ('failed', 'denied'), 'true', '')`,
};

/**
 * NOTE: steps are joined by the identifiers of records, not of spans: not everything has a span, and no client can choose
 * those of records.
 */
export function timeline() {
  const step = `concat(${didWhat()}, ' ', ${toWhat()})`;
  const tags = Object.entries(TAGS).map(([key, value]) => `('${key}', ${value})`);
  return traces({
    title: 'What this request did, and when',
    description: `The request and all it did, each step as a bar; the first ${MAX_STEPS.toLocaleString('en')} steps. Open one for its statement, rows and outcome. What was rolled back, denied or failed says so.`,
    width: 24,
    whenEmpty: 'Write a trace id into the box above, or take a request from the list below.',
    sql: `SELECT
  if(trace_id = '', toString(request_id), trace_id) AS traceID,
  toString(record_id) AS spanID,
  if(request_id IN (record_id, toUUID('00000000-0000-0000-0000-000000000000')), '', toString(request_id)) AS parentSpanID,
  concat(
    if(category = 'http', ${throughWhat()}, ${step}),
    if(ending IN ('ok', 'committed') OR category = 'transaction' AND ending = 'rolled back', '', concat(' – ', ending))) AS operationName,
  toString(service_name) AS serviceName,
  toUnixTimestamp64Nano(occurred_at) / 1000000 AS startTime,
  greatest(duration_us, 1) / 1000 AS duration,
  if(ending IN ('failed', 'denied'), 2, 0) AS statusCode,
  arrayMap(tag -> map('key', tag.1, 'value', tag.2), arrayFilter(tag -> tag.2 != '', [
    ${tags.join(',\n    ')}
  ])) AS tags,
  arrayMap(tag -> map('key', tag.1, 'value', tag.2), arrayFilter(tag -> tag.2 != '', [
    ('environment', toString(environment)),
    ('version', toString(service_version)),
    ('host', toString(host_name)),
    ('process', toString(process_id))
  ])) AS serviceTags
FROM (
  SELECT *, ${withWhichOutcome('transaction_outcome')} AS ending
  FROM ${ACTIVITY}
  WHERE ${IS_OF_REQUEST}
)
ORDER BY occurred_at, sequence
LIMIT ${MAX_STEPS}`,
  });
}
