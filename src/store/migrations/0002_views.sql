-- One view a question. `requests`, `changes` and `logins` list, the others sum up or search. They read
-- `unique_records`; those that read `records` say the same however often a record is there.

CREATE VIEW IF NOT EXISTS {{database}}.repeated_runs AS
SELECT
  chain_id,
  intDiv(sequence, 10000) AS run,
  min(occurred_at) AS first_at,
  max(occurred_at) AS last_at
FROM {{database}}.records
-- Answered from the projection `runs`, whose very expressions these are.
GROUP BY chain_id, run
-- Records of no chain have no number that could come twice.
HAVING count() > groupBitmap(sequence) AND chain_id != toUUID('00000000-0000-0000-0000-000000000000')
COMMENT 'Where did records arrive more than once: one row a run of 10,000 sequences of a chain; nearly always none.';

CREATE VIEW IF NOT EXISTS {{database}}.later_copies AS
SELECT
  _part AS part,
  _part_offset AS part_offset,
  chain_id,
  sequence,
  segment_id,
  record_id,
  ingested_at
FROM {{database}}.records
WHERE occurred_at BETWEEN (SELECT min(first_at) FROM {{database}}.repeated_runs) AND (SELECT max(last_at) FROM {{database}}.repeated_runs)
  AND (chain_id, intDiv(sequence, 10000)) IN (SELECT chain_id, run FROM {{database}}.repeated_runs)
ORDER BY ingested_at, part, part_offset
-- By all that the process wrote: what differs in anything is another record, and never hidden.
LIMIT 18446744073709551615 OFFSET 1 BY formatRow('RowBinary', * EXCEPT ingested_at)
COMMENT 'Which rows are copies of a record that was there before: one row a copy. They are left out of unique_records.';

CREATE VIEW IF NOT EXISTS {{database}}.unique_records AS
SELECT *
FROM {{database}}.records
-- Without repeated runs the condition is a constant, so that nothing is read for it.
WHERE (SELECT count() FROM {{database}}.repeated_runs) = 0
  OR (_part, _part_offset) NOT IN (SELECT part, part_offset FROM {{database}}.later_copies)
COMMENT 'The register, every record once, however often its segment arrived: read this rather than records.';

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
  request_id,
  trace_id,
  correlation_id,
  record_id
FROM {{database}}.unique_records
WHERE category = 'http'
COMMENT 'Who asked for what, from where, and what was answered: one row a request.';

-- What settles a record is of the chain that the record is of: nobody else's words count. What a process had refused and was
-- sent again is of the chain in which it was refused first.
CREATE VIEW IF NOT EXISTS {{database}}.transactions AS
SELECT
  transaction_id,
  if(attributes['audit.redriven.from'] = '', chain_id, toUUIDOrZero(substring(attributes['audit.redriven.from'], 1, 36))) AS origin_chain,
  argMaxIf(
    multiIf(
      transaction_outcome != '', toString(transaction_outcome),
      outcome = 'success' AND action = 'commit', 'committed',
      outcome = 'success' AND action = 'rollback', 'rolled_back',
      'unknown'),
    -- What is known counts more than what is not: the second phase of a prepared transaction comes later.
    (transaction_outcome IN ('committed', 'rolled_back'), occurred_at),
    action != 'rollback_to') AS final_outcome,
  -- Positions of statements that a savepoint undid after they had been written, whatever became of the rest.
  groupUniqArrayIf(
    arrayMap(position -> toUInt32OrZero(position), splitByChar('-', attributes['audit.transaction.undone'])),
    action = 'rollback_to') AS undone,
  max(occurred_at) AS ended_at
FROM {{database}}.records
-- The record of a transaction whose statements could all wait for it is of severity `info`: nothing needs it here.
WHERE category = 'transaction' AND severity != 'info' AND transaction_id != ''
GROUP BY transaction_id, origin_chain
COMMENT 'How did transactions end whose statements were written before their end was known: one row a transaction.';

CREATE VIEW IF NOT EXISTS {{database}}.late_actors AS
SELECT
  request_id,
  if(attributes['audit.redriven.from'] = '', chain_id, toUUIDOrZero(substring(attributes['audit.redriven.from'], 1, 36))) AS origin_chain,
  argMax(actor_id, occurred_at) AS actor_id,
  argMax(actor_name, occurred_at) AS actor_name,
  argMax(actor_type, occurred_at) AS actor_type,
  argMax(actor_assurance, occurred_at) AS actor_assurance,
  argMax(actor_roles, occurred_at) AS actor_roles,
  argMax(impersonator_id, occurred_at) AS impersonator_id,
  argMax(session_id, occurred_at) AS session_id,
  argMax(auth_method, occurred_at) AS auth_method,
  argMax(tenant_id, occurred_at) AS tenant_id
FROM {{database}}.records
WHERE category = 'auth' AND action = 'identified' AND request_id != toUUID('00000000-0000-0000-0000-000000000000')
GROUP BY request_id, origin_chain
COMMENT 'Who made requests whose statements were written before that was known: one row a request.';

-- Two branches, so that a filter by actor or tenant finds the index. By the request and its chain, and nothing else: a client chooses its
-- trace id and its correlation id, nobody the request id.
CREATE VIEW IF NOT EXISTS {{database}}.named_writes AS
SELECT
  actor_id,
  actor_name,
  actor_type,
  actor_assurance,
  actor_roles,
  impersonator_id,
  session_id,
  auth_method,
  false AS actor_late,
  tenant_id,
  occurred_at,
  action,
  target_type,
  target_id,
  target_ids,
  target_tables,
  changed_fields,
  new_values,
  old_values,
  db_rows,
  outcome,
  db_system,
  db_namespace,
  db_statement,
  db_parameters,
  error_type,
  error_message,
  source_address,
  user_agent,
  http_method,
  http_route,
  url_path,
  service_name,
  environment,
  attributes,
  transaction_id,
  transaction_outcome,
  request_id,
  trace_id,
  correlation_id,
  record_id,
  if(attributes['audit.redriven.from'] = '', chain_id, toUUIDOrZero(substring(attributes['audit.redriven.from'], 1, 36))) AS origin_chain
FROM {{database}}.unique_records
WHERE category = 'db'
  AND action IN ('create', 'update', 'delete', 'merge', 'truncate', 'copy_in', 'schema', 'grant')
  AND NOT (actor_type = 'anonymous' AND actor_assurance = 'none' AND (request_id, origin_chain) IN (SELECT request_id, origin_chain FROM {{database}}.late_actors))
UNION ALL
SELECT
  late_actors.actor_id AS actor_id,
  late_actors.actor_name AS actor_name,
  late_actors.actor_type AS actor_type,
  late_actors.actor_assurance AS actor_assurance,
  late_actors.actor_roles AS actor_roles,
  late_actors.impersonator_id AS impersonator_id,
  late_actors.session_id AS session_id,
  late_actors.auth_method AS auth_method,
  true AS actor_late,
  late_actors.tenant_id AS tenant_id,
  records.occurred_at AS occurred_at,
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
  records.db_system AS db_system,
  records.db_namespace AS db_namespace,
  records.db_statement AS db_statement,
  records.db_parameters AS db_parameters,
  records.error_type AS error_type,
  records.error_message AS error_message,
  records.source_address AS source_address,
  records.user_agent AS user_agent,
  records.http_method AS http_method,
  records.http_route AS http_route,
  records.url_path AS url_path,
  records.service_name AS service_name,
  records.environment AS environment,
  records.attributes AS attributes,
  records.transaction_id AS transaction_id,
  records.transaction_outcome AS transaction_outcome,
  records.request_id AS request_id,
  records.trace_id AS trace_id,
  records.correlation_id AS correlation_id,
  records.record_id AS record_id,
  late_actors.origin_chain AS origin_chain
FROM {{database}}.unique_records AS records
INNER JOIN {{database}}.late_actors AS late_actors
  ON records.request_id = late_actors.request_id
  AND if(records.attributes['audit.redriven.from'] = '', records.chain_id, toUUIDOrZero(substring(records.attributes['audit.redriven.from'], 1, 36))) = late_actors.origin_chain
WHERE records.category = 'db'
  AND records.action IN ('create', 'update', 'delete', 'merge', 'truncate', 'copy_in', 'schema', 'grant')
  AND records.actor_type = 'anonymous'
  AND records.actor_assurance = 'none'
  AND records.request_id IN (SELECT request_id FROM {{database}}.late_actors)
COMMENT 'Who wrote, also where that was known only later: one row a writing statement, as the process wrote it.';

CREATE VIEW IF NOT EXISTS {{database}}.changes AS
SELECT
  writes.occurred_at AS occurred_at,
  writes.actor_id AS actor_id,
  writes.actor_name AS actor_name,
  writes.actor_type AS actor_type,
  writes.actor_assurance AS actor_assurance,
  writes.actor_roles AS actor_roles,
  writes.impersonator_id AS impersonator_id,
  writes.session_id AS session_id,
  writes.auth_method AS auth_method,
  writes.actor_late AS actor_late,
  writes.tenant_id AS tenant_id,
  writes.action AS action,
  writes.target_type AS target_type,
  writes.target_id AS target_id,
  writes.target_ids AS target_ids,
  writes.target_tables AS target_tables,
  writes.changed_fields AS changed_fields,
  writes.new_values AS new_values,
  writes.old_values AS old_values,
  writes.db_rows AS db_rows,
  writes.outcome AS outcome,
  writes.db_system AS db_system,
  writes.db_namespace AS db_namespace,
  writes.db_statement AS db_statement,
  writes.db_parameters AS db_parameters,
  writes.error_type AS error_type,
  writes.error_message AS error_message,
  writes.source_address AS source_address,
  writes.user_agent AS user_agent,
  writes.http_method AS http_method,
  writes.http_route AS http_route,
  writes.url_path AS url_path,
  writes.service_name AS service_name,
  writes.environment AS environment,
  writes.attributes AS attributes,
  writes.transaction_id AS transaction_id,
  -- A transaction record settles only what was not known when the statement was written: a statement that
  -- was rolled back to a savepoint stays rolled back when its transaction commits.
  multiIf(
    writes.transaction_outcome != 'unknown' OR transactions.transaction_id = '', toString(writes.transaction_outcome),
    arrayExists(
      undone -> toUInt32OrZero(writes.attributes['audit.transaction.position']) BETWEEN undone[1] AND undone[2],
      transactions.undone), 'rolled_back',
    transactions.final_outcome = '', 'unknown',
    transactions.final_outcome) AS transaction_outcome,
  multiIf(
    writes.outcome IN ('failure', 'denied'), 'failed',
    transaction_outcome = 'rolled_back', 'rolled_back',
    writes.outcome = 'success' AND transaction_outcome IN ('autocommit', 'committed'), 'applied',
    'unknown') AS final_outcome,
  writes.request_id AS request_id,
  writes.trace_id AS trace_id,
  writes.correlation_id AS correlation_id,
  writes.record_id AS record_id,
  writes.origin_chain AS origin_chain
FROM {{database}}.named_writes AS writes
LEFT ANY JOIN {{database}}.transactions AS transactions
  ON writes.transaction_id = transactions.transaction_id AND writes.origin_chain = transactions.origin_chain
COMMENT 'Who changed which rows, through which request, and did it last: one row a writing statement, with the end of its transaction in final_outcome (applied, rolled_back, failed, unknown). actor_late: the actor was known only after the statement was written.';

CREATE VIEW IF NOT EXISTS {{database}}.object_history AS
SELECT
  environment,
  db_system,
  db_namespace,
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
  actor_type,
  actor_assurance,
  actor_late,
  tenant_id,
  impersonator_id,
  source_address,
  http_method,
  http_route,
  url_path,
  service_name,
  db_statement,
  db_parameters,
  transaction_id,
  request_id,
  trace_id,
  correlation_id,
  record_id
FROM {{database}}.changes
WHERE target_id != ''
-- Two branches, so that the index on target_id serves the first.
UNION ALL
SELECT
  environment,
  db_system,
  db_namespace,
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
  actor_type,
  actor_assurance,
  actor_late,
  tenant_id,
  impersonator_id,
  source_address,
  http_method,
  http_route,
  url_path,
  service_name,
  db_statement,
  db_parameters,
  transaction_id,
  request_id,
  trace_id,
  correlation_id,
  record_id
FROM {{database}}.changes
ARRAY JOIN arrayDistinct(target_ids) AS object_id
WHERE notEmpty(target_ids) AND object_id != target_id
COMMENT 'What happened to this object: one row a writing statement and object it names. Filter by target_type and object_id.';

CREATE VIEW IF NOT EXISTS {{database}}.field_history AS
SELECT
  environment,
  db_system,
  db_namespace,
  target_type,
  object_id,
  toString(changed_field) AS field,
  occurred_at,
  action,
  if(mapContains(new_values, changed_field), new_values[changed_field], NULL) AS value,
  multiIf(
    mapContains(old_values, changed_field), old_values[changed_field],
    action = 'create', NULL,
    lagInFrame(if(mapContains(new_values, changed_field), new_values[changed_field], NULL)) OVER in_field) AS previous_value,
  actor_id,
  actor_name,
  actor_type,
  actor_assurance,
  tenant_id,
  source_address,
  http_method,
  http_route,
  url_path,
  service_name,
  transaction_id,
  request_id,
  trace_id,
  record_id
FROM
(
  SELECT
    *,
    -- A deletion ends every field: one row without a field's name, and one for each old value that is known.
    arrayJoin(if(
      action = 'delete',
      arrayConcat(mapKeys(old_values), ['']),
      arrayDistinct(arrayConcat(changed_fields, mapKeys(new_values))))) AS changed_field
  FROM {{database}}.object_history
  WHERE final_outcome = 'applied'
)
WINDOW in_field AS (PARTITION BY environment, db_system, db_namespace, target_type, object_id, changed_field ORDER BY occurred_at, record_id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
COMMENT 'What was in this field, before and after each change that lasted: one row an object, field and change; NULL where the value is not known. Filter by target_type and object_id.';

CREATE VIEW IF NOT EXISTS {{database}}.logins AS
SELECT
  occurred_at,
  action,
  outcome,
  -- The name that was tried; of a login without one the name that came of it.
  if(target_type = 'account' AND target_id != '', target_id, actor_id) AS account,
  auth_method AS method,
  error_type AS reason,
  -- Failures of one source and name are folded after a threshold into a record that says how many it stands for.
  greatest(toUInt64OrZero(attributes['audit.auth.count']), 1) AS attempts,
  actor_id,
  actor_name,
  actor_type,
  actor_assurance,
  tenant_id,
  impersonator_id,
  session_id,
  auth_issuer,
  source_address,
  user_agent,
  http_method,
  http_route,
  url_path,
  service_name,
  environment,
  request_id,
  trace_id,
  correlation_id,
  record_id
FROM {{database}}.unique_records
WHERE category = 'auth' AND action IN ('login', 'logout', 'login_failed', 'token_rejected')
COMMENT 'Who logged in, out, or tried to, from where: one row a record, attempts says how many tries it stands for.';

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
  countIf(category = 'auth' AND action IN ('login', 'logout')) AS logins_and_logouts,
  sumIf(
    greatest(toUInt64OrZero(attributes['audit.auth.count']), 1),
    category = 'auth' AND action IN ('login_failed', 'token_rejected')) AS failed_logins,
  countIf(outcome = 'denied') AS denied,
  countIf(outcome = 'failure') AS failed,
  groupUniqArray(100)(source_address) AS source_addresses,
  uniqExactIf(session_id, session_id != '') AS sessions,
  min(occurred_at) AS first_at,
  max(occurred_at) AS last_at
FROM {{database}}.unique_records
WHERE category != 'gap' AND action != 'identified'
GROUP BY day, tenant_id, actor_type, actor_id, actor_assurance
COMMENT 'What did each actor do, day by day: one row a day, actor and assurance of the name.';

CREATE VIEW IF NOT EXISTS {{database}}.gaps AS
SELECT
  chain_id,
  service_name,
  service_instance,
  environment,
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
    environment,
    host_name,
    process_id,
    lagInFrame(sequence, 1, 0) OVER in_chain AS previous_sequence,
    lagInFrame(occurred_at, 1) OVER in_chain AS previous_at
  FROM {{database}}.unique_records
  WHERE chain_id IN
  (
    -- From the projection `runs`, like `repeated_runs`.
    SELECT chain_id FROM {{database}}.records GROUP BY chain_id HAVING groupBitmap(sequence) != max(sequence)
  )
  WINDOW in_chain AS (PARTITION BY chain_id ORDER BY sequence ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
)
WHERE sequence > previous_sequence + 1
COMMENT 'What is missing: one row a hole in the sequence of a chain. A hole at the start of a chain older than the retention is expiry; what is lost after the last row of a chain cannot be seen here.';
