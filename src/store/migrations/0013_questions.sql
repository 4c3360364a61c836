-- What readers ask again and again, from less of the register.

-- Which kinds of records a granule has: a few names each. What settles other records is rare, and so are failures, logins and changes of
-- the schema: most of the register is not read for them.
ALTER TABLE {{database}}.records
  ADD INDEX IF NOT EXISTS kinds_index (category, action, outcome, severity, actor_type, actor_assurance) TYPE set(256) GRANULARITY 1;

-- Records that settle others, by themselves: nobody needs to look for them among all. Of each part all other records are one row.
ALTER TABLE {{database}}.records
  ADD PROJECTION IF NOT EXISTS settling
  (
    SELECT
      if(category = 'auth' AND action = 'identified' OR category = 'transaction' AND severity != 'info', toString(record_id), ''),
      groupArrayIf((occurred_at, category, action, outcome, severity, chain_id, request_id, transaction_id, transaction_outcome, actor_id, actor_name, actor_type, actor_assurance, actor_roles, impersonator_id, session_id, auth_method, tenant_id, attributes), category = 'auth' AND action = 'identified' OR category = 'transaction' AND severity != 'info')
    GROUP BY if(category = 'auth' AND action = 'identified' OR category = 'transaction' AND severity != 'info', toString(record_id), '')
  );

-- Parts that are there would never get it, for they are not merged with those that have it, and everybody who asks would read them whole.
-- In the background; done again it finds nothing to do.
ALTER TABLE {{database}}.records MATERIALIZE PROJECTION settling;

CREATE VIEW IF NOT EXISTS {{database}}.settling_records AS
SELECT
  settled.1 AS occurred_at,
  settled.2 AS category,
  settled.3 AS action,
  settled.4 AS outcome,
  settled.5 AS severity,
  settled.6 AS chain_id,
  settled.7 AS request_id,
  settled.8 AS transaction_id,
  settled.9 AS transaction_outcome,
  settled.10 AS actor_id,
  settled.11 AS actor_name,
  settled.12 AS actor_type,
  settled.13 AS actor_assurance,
  settled.14 AS actor_roles,
  settled.15 AS impersonator_id,
  settled.16 AS session_id,
  settled.17 AS auth_method,
  settled.18 AS tenant_id,
  settled.19 AS attributes
FROM
(
  -- From the projection `settling`, whose very expressions these are.
  SELECT
    if(category = 'auth' AND action = 'identified' OR category = 'transaction' AND severity != 'info', toString(record_id), '') AS settling,
    groupArrayIf((occurred_at, category, action, outcome, severity, chain_id, request_id, transaction_id, transaction_outcome, actor_id, actor_name, actor_type, actor_assurance, actor_roles, impersonator_id, session_id, auth_method, tenant_id, attributes), category = 'auth' AND action = 'identified' OR category = 'transaction' AND severity != 'info') AS entries
  FROM {{database}}.records
  WHERE settling != ''
  GROUP BY settling
)
ARRAY JOIN arrayDistinct(entries) AS settled
COMMENT 'What settles other records: who was identified later, and how transactions ended whose statements had been written before. One row a record. Read late_actors and transactions.';

DROP VIEW IF EXISTS {{database}}.late_actors;

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
FROM {{database}}.settling_records
WHERE category = 'auth' AND action = 'identified' AND request_id != toUUID('00000000-0000-0000-0000-000000000000')
GROUP BY request_id, origin_chain
COMMENT 'Who made requests whose statements were written before that was known: one row a request.';

DROP VIEW IF EXISTS {{database}}.transactions;

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
FROM {{database}}.settling_records
-- The record of a transaction whose statements could all wait for it is of severity `info`: nothing needs it here.
WHERE category = 'transaction' AND severity != 'info' AND transaction_id != ''
GROUP BY transaction_id, origin_chain
COMMENT 'How did transactions end whose statements were written before their end was known: one row a transaction.';

-- The same views as before but for one word: a condition with GLOBAL IN is never looked at first. Whether a record was named later is
-- now asked of what all other conditions have left, and not of every row with its request, chain and attributes. And which requests
-- these are needs no names: they are asked of `settling_records`, and only the join of `late_actors`.
DROP VIEW IF EXISTS {{database}}.named_writes;

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
  AND NOT (actor_type = 'anonymous' AND actor_assurance = 'none' AND (request_id, origin_chain) GLOBAL IN (SELECT request_id, if(attributes['audit.redriven.from'] = '', chain_id, toUUIDOrZero(substring(attributes['audit.redriven.from'], 1, 36))) FROM {{database}}.settling_records WHERE category = 'auth' AND action = 'identified' AND request_id != toUUID('00000000-0000-0000-0000-000000000000')))
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
  AND records.request_id IN (SELECT request_id FROM {{database}}.settling_records WHERE category = 'auth' AND action = 'identified' AND request_id != toUUID('00000000-0000-0000-0000-000000000000'))
COMMENT 'Who wrote, also where that was known only later: one row a writing statement, as the process wrote it.';

DROP VIEW IF EXISTS {{database}}.named_records;

CREATE VIEW IF NOT EXISTS {{database}}.named_records AS
SELECT
  *,
  false AS actor_late
FROM {{database}}.unique_records
WHERE category != 'gap' AND action != 'identified'
  AND NOT (category IN ('db', 'app', 'transaction') AND actor_type = 'anonymous' AND actor_assurance = 'none' AND (request_id, if(attributes['audit.redriven.from'] = '', chain_id, toUUIDOrZero(substring(attributes['audit.redriven.from'], 1, 36)))) GLOBAL IN (SELECT request_id, if(attributes['audit.redriven.from'] = '', chain_id, toUUIDOrZero(substring(attributes['audit.redriven.from'], 1, 36))) FROM {{database}}.settling_records WHERE category = 'auth' AND action = 'identified' AND request_id != toUUID('00000000-0000-0000-0000-000000000000')))
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
  AND records.request_id IN (SELECT request_id FROM {{database}}.settling_records WHERE category = 'auth' AND action = 'identified' AND request_id != toUUID('00000000-0000-0000-0000-000000000000'))
COMMENT 'Who did something, also where that was known only later: one row a record, as the process wrote it.';

-- In one branch: of two the index on target_id served the first, but the other read all that is there, and each was planned with all that
-- its views hold. A question about one object finds it by an index of all keys, see docs/queries.md.
DROP VIEW IF EXISTS {{database}}.object_history;

CREATE VIEW IF NOT EXISTS {{database}}.object_history AS
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
ARRAY JOIN arrayDistinct(arrayPushFront(target_ids, target_id)) AS object_id
WHERE object_id != '' OR target_id != ''
COMMENT 'What happened to this object: one row a writing statement and object it names. Filter by target_type and object_id.';

-- Without what was there before, which is of other rows: so a condition on columns of `changes` decides which records are read.
CREATE VIEW IF NOT EXISTS {{database}}.object_fields AS
SELECT
  *,
  toString(arrayJoin(if(
    action = 'delete',
    arrayConcat(mapKeys(old_values), ['']),
    if(empty(fields), [''], fields)))) AS field,
  if(action != 'delete' AND mapContains(new_values, field), new_values[field], NULL) AS value
FROM
(
  SELECT *, object_id, arrayDistinct(arrayConcat(changed_fields, mapKeys(new_values))) AS fields
  FROM {{database}}.changes
  ARRAY JOIN arrayDistinct(arrayPushFront(target_ids, target_id)) AS object_id
  WHERE object_id != '' OR target_id != ''
)
COMMENT 'Which fields did each statement on this row set, and to what: one row an object, change and field; also what was rolled back or failed. The field is empty for a deletion and where no field is known, a value is NULL where it is not known. Filter by target_type, object_id and has(arrayPushBack(target_ids, target_id), …), which an index serves.';

DROP VIEW IF EXISTS {{database}}.object_changes;

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
  field,
  value,
  multiIf(
    mapContains(old_values, field), old_values[field],
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
    argMaxIf((value, occurred_at), (occurred_at, record_id), final_outcome = 'applied') OVER in_field AS last_change,
    maxIf(occurred_at, action = 'delete' AND final_outcome = 'applied') OVER in_object AS deleted_at
  FROM {{database}}.object_fields
  WINDOW
    in_field AS (PARTITION BY environment, db_system, db_namespace, target_type, object_id, field ORDER BY occurred_at, record_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING),
    in_object AS (PARTITION BY environment, db_system, db_namespace, target_type, object_id ORDER BY occurred_at, record_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
)
COMMENT 'Who changed this row, which field from what to what, and did it last: one row an object, change and field; also what was rolled back or failed. The field is empty for a deletion and where no field is known, a value is NULL where it is not known. Filter by target_type and object_id.';
