-- One view a question. `requests` and `changes` list, the others sum up or search.

CREATE VIEW IF NOT EXISTS {{database}}.requests AS
SELECT
  occurred_at,
  actor_id,
  actor_name,
  actor_type,
  actor_assurance,
  actor_roles,
  tenant_id,
  impersonator_id,
  session_id,
  outcome,
  http_method,
  url_path,
  url_query,
  http_route,
  http_status,
  duration_us,
  source_address,
  user_agent,
  service_name,
  environment,
  error_type,
  error_message,
  trace_id,
  correlation_id,
  record_id
FROM {{database}}.records
WHERE category = 'http'
COMMENT 'Who asked for what, from where, and what was answered: one row a request.';

CREATE VIEW IF NOT EXISTS {{database}}.transactions AS
SELECT
  transaction_id,
  argMax(
    multiIf(
      transaction_outcome IN ('committed', 'rolled_back'), toString(transaction_outcome),
      outcome = 'success' AND action = 'commit', 'committed',
      outcome = 'success' AND action = 'rollback', 'rolled_back',
      'unknown'),
    occurred_at) AS final_outcome,
  max(occurred_at) AS ended_at
FROM {{database}}.records
WHERE category = 'transaction' AND transaction_id != ''
GROUP BY transaction_id
COMMENT 'How did transactions end whose statements were written before their end was known: one row a transaction.';

CREATE VIEW IF NOT EXISTS {{database}}.changes AS
SELECT
  records.occurred_at AS occurred_at,
  records.actor_id AS actor_id,
  records.actor_name AS actor_name,
  records.actor_type AS actor_type,
  records.actor_assurance AS actor_assurance,
  records.tenant_id AS tenant_id,
  records.impersonator_id AS impersonator_id,
  records.session_id AS session_id,
  records.action AS action,
  records.target_type AS target_type,
  records.target_id AS target_id,
  records.target_ids AS target_ids,
  records.target_tables AS target_tables,
  records.changed_fields AS changed_fields,
  records.new_values AS new_values,
  records.old_values AS old_values,
  records.db_rows AS db_rows,
  records.outcome AS outcome,
  -- A transaction record settles only what was not known when the statement was written: a statement that
  -- was rolled back to a savepoint stays rolled back when its transaction commits.
  if(
    records.transaction_outcome = 'unknown' AND transactions.final_outcome != '',
    transactions.final_outcome,
    toString(records.transaction_outcome)) AS transaction_outcome,
  multiIf(
    records.outcome IN ('failure', 'denied'), 'failed',
    transaction_outcome = 'rolled_back', 'rolled_back',
    records.outcome = 'success' AND transaction_outcome IN ('autocommit', 'committed'), 'applied',
    'unknown') AS final_outcome,
  records.db_system AS db_system,
  records.db_namespace AS db_namespace,
  records.db_statement AS db_statement,
  records.db_parameters AS db_parameters,
  records.error_type AS error_type,
  records.error_message AS error_message,
  records.source_address AS source_address,
  records.service_name AS service_name,
  records.environment AS environment,
  records.transaction_id AS transaction_id,
  records.trace_id AS trace_id,
  records.correlation_id AS correlation_id,
  records.record_id AS record_id
FROM {{database}}.records AS records
LEFT ANY JOIN {{database}}.transactions AS transactions ON records.transaction_id = transactions.transaction_id
WHERE records.category = 'db'
  AND records.action IN ('create', 'update', 'delete', 'merge', 'truncate', 'copy_in', 'schema', 'grant')
COMMENT 'Who changed which rows, and did it last: one row a writing statement, with the end of its transaction in final_outcome (applied, rolled_back, failed, unknown).';

CREATE VIEW IF NOT EXISTS {{database}}.object_history AS
SELECT
  target_type,
  target_id AS object_id,
  occurred_at,
  action,
  final_outcome,
  changed_fields,
  new_values,
  old_values,
  db_rows,
  actor_id,
  actor_name,
  actor_assurance,
  tenant_id,
  impersonator_id,
  source_address,
  service_name,
  db_statement,
  db_parameters,
  trace_id,
  correlation_id,
  record_id
FROM {{database}}.changes
WHERE target_id != ''
-- Two branches, so that the index on target_id serves the first.
UNION ALL
SELECT
  target_type,
  object_id,
  occurred_at,
  action,
  final_outcome,
  changed_fields,
  new_values,
  old_values,
  db_rows,
  actor_id,
  actor_name,
  actor_assurance,
  tenant_id,
  impersonator_id,
  source_address,
  service_name,
  db_statement,
  db_parameters,
  trace_id,
  correlation_id,
  record_id
FROM {{database}}.changes
ARRAY JOIN arrayDistinct(target_ids) AS object_id
WHERE notEmpty(target_ids) AND object_id != target_id
COMMENT 'What happened to this object: one row a writing statement and object it names. Filter by target_type and object_id.';

CREATE VIEW IF NOT EXISTS {{database}}.actor_activity AS
SELECT
  toDate(occurred_at) AS day,
  tenant_id,
  actor_type,
  actor_id,
  -- A forged token claims somebody's name: what was done under it is nothing that person did.
  actor_assurance,
  anyLast(actor_name) AS actor_name,
  countIf(category = 'http') AS requests,
  countIf(category = 'db'
    AND action IN ('create', 'update', 'delete', 'merge', 'truncate', 'copy_in', 'schema', 'grant')) AS writes,
  sumIf(db_rows, category = 'db' AND outcome = 'success' AND transaction_outcome IN ('autocommit', 'committed')
    AND action IN ('create', 'update', 'delete', 'merge', 'truncate', 'copy_in')) AS rows_written,
  countIf(category = 'auth') AS logins_and_logouts,
  countIf(outcome = 'denied') AS denied,
  countIf(outcome = 'failure') AS failed,
  groupUniqArray(100)(source_address) AS source_addresses,
  uniqExactIf(session_id, session_id != '') AS sessions,
  min(occurred_at) AS first_at,
  max(occurred_at) AS last_at
FROM {{database}}.records
WHERE category != 'gap'
GROUP BY day, tenant_id, actor_type, actor_id, actor_assurance
COMMENT 'What did each actor do, day by day: one row a day, actor and assurance of the name.';

CREATE VIEW IF NOT EXISTS {{database}}.gaps AS
SELECT
  chain_id,
  service_name,
  service_instance,
  host_name,
  process_id,
  previous_sequence + 1 AS first_missing,
  sequence - 1 AS last_missing,
  sequence - previous_sequence - 1 AS missing,
  if(previous_sequence = 0, NULL, previous_at) AS after,
  occurred_at AS before
FROM
(
  SELECT
    chain_id,
    sequence,
    occurred_at,
    service_name,
    service_instance,
    host_name,
    process_id,
    lagInFrame(sequence, 1, 0) OVER in_chain AS previous_sequence,
    lagInFrame(occurred_at, 1) OVER in_chain AS previous_at
  FROM {{database}}.records
  WHERE chain_id IN
  (
    SELECT chain_id FROM {{database}}.records GROUP BY chain_id HAVING uniqExact(sequence) != max(sequence)
  )
  WINDOW in_chain AS (PARTITION BY chain_id ORDER BY sequence ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
)
WHERE sequence > previous_sequence + 1
COMMENT 'What is missing: one row a hole in the sequence of a chain. A hole at the start of a chain older than the retention is expiry; what is lost after the last row of a chain cannot be seen here.';
