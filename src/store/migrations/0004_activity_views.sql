-- What readers and dashboards ask about people, rows and requests. Everything here is settled: actors that were known only
-- later, and the ends of transactions. Where the time of a row is not made of other rows, a filter by time finds the index.

-- Two branches, so that a filter by actor or tenant finds the index, as in `named_writes`.
CREATE VIEW IF NOT EXISTS {{database}}.named_records AS
SELECT
  *,
  false AS actor_late
FROM {{database}}.unique_records
WHERE category != 'gap' AND action != 'identified'
  AND NOT (category IN ('db', 'app', 'transaction') AND actor_type = 'anonymous' AND actor_assurance = 'none' AND (request_id, if(attributes['audit.redriven.from'] = '', chain_id, toUUIDOrZero(substring(attributes['audit.redriven.from'], 1, 36)))) IN (SELECT request_id, origin_chain FROM {{database}}.late_actors))
UNION ALL
SELECT
  records.* REPLACE
  (
    late_actors.actor_id AS actor_id,
    late_actors.actor_name AS actor_name,
    late_actors.actor_type AS actor_type,
    late_actors.actor_assurance AS actor_assurance,
    late_actors.actor_roles AS actor_roles,
    late_actors.impersonator_id AS impersonator_id,
    late_actors.session_id AS session_id,
    late_actors.auth_method AS auth_method,
    late_actors.tenant_id AS tenant_id
  ),
  true AS actor_late
FROM {{database}}.unique_records AS records
INNER JOIN {{database}}.late_actors AS late_actors
  ON records.request_id = late_actors.request_id
  AND if(records.attributes['audit.redriven.from'] = '', records.chain_id, toUUIDOrZero(substring(records.attributes['audit.redriven.from'], 1, 36))) = late_actors.origin_chain
-- Only these are written before their request is identified. What a login said of itself stays as it was: somebody else may
-- have failed to log in within the same request.
WHERE records.category IN ('db', 'app', 'transaction')
  AND records.actor_type = 'anonymous'
  AND records.actor_assurance = 'none'
  AND records.request_id IN (SELECT request_id FROM {{database}}.late_actors)
COMMENT 'Who did something, also where that was known only later: one row a record, as the process wrote it.';

CREATE VIEW IF NOT EXISTS {{database}}.activity AS
SELECT
  records.* REPLACE
  (
    -- As in `changes`: a transaction record settles only what was not known when the statement was written.
    multiIf(
      records.transaction_outcome != 'unknown' OR transactions.transaction_id = '', toString(records.transaction_outcome),
      arrayExists(
        undone -> toUInt32OrZero(records.attributes['audit.transaction.position']) BETWEEN undone[1] AND undone[2],
        transactions.undone), 'rolled_back',
      transactions.final_outcome = '', 'unknown',
      transactions.final_outcome) AS transaction_outcome
  ),
  multiIf(
    records.category != 'db'
      OR records.action NOT IN ('create', 'update', 'delete', 'merge', 'truncate', 'copy_in', 'schema', 'grant'), toString(records.outcome),
    records.outcome IN ('failure', 'denied'), 'failed',
    transaction_outcome = 'rolled_back', 'rolled_back',
    records.outcome = 'success' AND transaction_outcome IN ('autocommit', 'committed'), 'applied',
    'unknown') AS final_outcome
FROM {{database}}.named_records AS records
LEFT ANY JOIN {{database}}.transactions AS transactions
  ON records.transaction_id = transactions.transaction_id
  AND if(records.attributes['audit.redriven.from'] = '', records.chain_id, toUUIDOrZero(substring(records.attributes['audit.redriven.from'], 1, 36))) = transactions.origin_chain
COMMENT 'What did this person do, what belongs to this request: one row a record, with the actor and the end of the transaction as they were known later. final_outcome is applied, rolled_back, failed or unknown of a writing statement, else the outcome. Filter by actor_id, request_id or trace_id, and by time.';

CREATE VIEW IF NOT EXISTS {{database}}.reads AS
SELECT *
FROM {{database}}.named_records
WHERE category = 'db' AND action IN ('read', 'copy_out')
COMMENT 'Who read or exported this table, where reads are recorded: one row a statement. Filter by target_tables and time.';

CREATE VIEW IF NOT EXISTS {{database}}.impersonations AS
SELECT *
FROM {{database}}.activity
WHERE impersonator_id != ''
COMMENT 'Who acted as somebody else, and what did they do: one row a record. impersonator_id is who really acted.';

CREATE VIEW IF NOT EXISTS {{database}}.background_changes AS
SELECT *
FROM {{database}}.changes
WHERE request_id = toUUID('00000000-0000-0000-0000-000000000000')
COMMENT 'Which writes belong to no request: one row a writing statement of a job, a script or a start.';

CREATE VIEW IF NOT EXISTS {{database}}.rollbacks AS
SELECT
  changes.*,
  -- The application asked for it where the server named no error.
  multiIf(ends.transaction_id = '', '', ends.error_type = '', 'application', ends.error_type) AS reason,
  ends.error_message AS reason_message
FROM {{database}}.changes AS changes
LEFT ANY JOIN
(
  SELECT
    transaction_id,
    if(attributes['audit.redriven.from'] = '', chain_id, toUUIDOrZero(substring(attributes['audit.redriven.from'], 1, 36))) AS origin_chain,
    -- The end of the whole transaction says more than that of a part.
    argMax(toString(error_type), (action != 'rollback_to', occurred_at)) AS error_type,
    argMax(error_message, (action != 'rollback_to', occurred_at)) AS error_message
  FROM {{database}}.records
  WHERE category = 'transaction' AND transaction_id != '' AND NOT (action = 'commit' AND outcome = 'success')
  GROUP BY transaction_id, origin_chain
) AS ends ON changes.transaction_id = ends.transaction_id AND changes.origin_chain = ends.origin_chain
-- PostgreSQL undoes a transaction, or its part since a savepoint, in which a statement failed.
WHERE changes.transaction_id != '' AND changes.final_outcome IN ('rolled_back', 'failed')
COMMENT 'What was rolled back, what was tried in it, and why: one row a writing statement that did not last. reason is application, an SQLSTATE or connection_lost; empty where it is not known. Group by transaction_id.';

CREATE VIEW IF NOT EXISTS {{database}}.object_changes AS
SELECT
  environment,
  db_system,
  db_namespace,
  target_type,
  object_id,
  occurred_at,
  action,
  outcome,
  final_outcome,
  toString(changed_field) AS field,
  if(action != 'delete' AND mapContains(new_values, changed_field), new_values[changed_field], NULL) AS value,
  multiIf(
    mapContains(old_values, changed_field), old_values[changed_field],
    action = 'create' OR last_change.2 <= deleted_at, NULL,
    last_change.1) AS previous_value,
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
  error_type,
  error_message,
  transaction_id,
  request_id,
  trace_id,
  correlation_id,
  record_id
FROM
(
  SELECT
    *,
    -- Only what lasted was there before. As a tuple, because a value that is not known counts too.
    argMaxIf(
      (if(mapContains(new_values, changed_field), new_values[changed_field], NULL), occurred_at),
      (occurred_at, record_id),
      final_outcome = 'applied') OVER in_field AS last_change,
    maxIf(occurred_at, action = 'delete' AND final_outcome = 'applied') OVER in_object AS deleted_at
  FROM
  (
    SELECT
      *,
      arrayJoin(if(
        action = 'delete',
        arrayConcat(mapKeys(old_values), ['']),
        if(empty(fields), [''], fields))) AS changed_field
    FROM
    (
      SELECT *, target_id AS object_id, arrayDistinct(arrayConcat(changed_fields, mapKeys(new_values))) AS fields
      FROM {{database}}.changes
      WHERE target_id != ''
      -- Two branches, so that the index on target_id serves the first.
      UNION ALL
      SELECT *, arrayJoin(arrayDistinct(target_ids)) AS object_id, arrayDistinct(arrayConcat(changed_fields, mapKeys(new_values))) AS fields
      FROM {{database}}.changes
      WHERE notEmpty(target_ids) AND object_id != target_id
    )
  )
  WINDOW
    in_field AS (PARTITION BY environment, db_system, db_namespace, target_type, object_id, changed_field ORDER BY occurred_at, record_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING),
    in_object AS (PARTITION BY environment, db_system, db_namespace, target_type, object_id ORDER BY occurred_at, record_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
)
COMMENT 'Who changed this row, which field from what to what, and did it last: one row an object, change and field; also what was rolled back or failed. The field is empty for a deletion and where no field is known, a value is NULL where it is not known. Filter by target_type and object_id.';
