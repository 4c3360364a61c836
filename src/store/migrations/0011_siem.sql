-- The views of 0006 anew: OCSF 1.9 with its profile `record_integrity`, a statement that has its id, addresses of which only mapped
-- IPv4 is shortened, and columns that say where in which chain a record stands.
--
-- The register as SIEMs take it: one row a record, the whole event as one JSON text. Nothing is left out: what a standard has no
-- place for stands under `unmapped` (OCSF) or `audit_register` (ECS), by the names of the columns.
-- The texts are put together by hand, because no function leaves empty members out without a setting, and readers may send none.
-- NOTE: removed and made, for CREATE OR REPLACE needs the right to remove any table.
-- NOTE: a lambda names each of its arguments once: they are put in as they stand, and twice at every level would be exponential.

DROP VIEW IF EXISTS {{database}}.ocsf;

CREATE VIEW IF NOT EXISTS {{database}}.ocsf AS
WITH
  (name, value) -> concat('"', name, '":', toJSONString(toValidUTF8(toString(value)))) AS text,
  (name, value) -> concat('"', name, '":', toString(value)) AS number,
  -- Whoever takes the events has signed numbers of 64 bits and would refuse what is larger.
  (name, value) -> if(value = 0, '', concat('"', name, '":', toString(least(value, 9223372036854775807)))) AS amount,
  (name, value) -> concat('"', name, '":', toValidUTF8(toJSONString(value))) AS list,
  (name, value) -> concat('"', name, '":', value) AS part,
  given -> arrayStringConcat(arrayFilter(member -> right(member, 3) NOT IN ('', ':""', ':[]', ':{}'), given), ',') AS members,
  given -> concat('{', members(given), '}') AS object,
  -- An object that must name something.
  object([
    text('svc_name', service_name),
    text('hostname', host_name),
    text('name', if(service_name = '' AND host_name = '', 'unknown', ''))]) AS own_endpoint,
  object([
    text('uid', actor_id),
    text('name', multiIf(
      actor_name != '', actor_name,
      actor_id != '', '',
      actor_type IN ('system', 'service') AND service_name != '', toString(service_name),
      actor_type != '', toString(actor_type),
      'unknown')),
    number('type_id', transform(CAST(actor_type, 'String'), ['user', 'system', 'service'], [1, 3, 4], 0)),
    text('type', transform(CAST(actor_type, 'String'), ['user', 'system', 'service'], ['User', 'System', 'Service'], 'Unknown'))
  ]) AS actor_user,
  chain_id != toUUID('00000000-0000-0000-0000-000000000000') AS is_chained,
  concat('{', members([
    number('class_uid', class_uid),
    text('class_name', class_name),
    number('category_uid', intDiv(class_uid, 1000)),
    text('category_name', if(class_uid = 3002, 'Identity & Access Management', 'Application Activity')),
    number('activity_id', activity_id),
    text('activity_name', activity_name),
    number('type_uid', type_uid),
    text('type_name', concat(class_name, ': ', if(activity_id = 99, 'Other', activity_name))),
    number('severity_id', severity_id),
    text('severity', transform(severity_id, [1, 2, 3, 4], ['Informational', 'Low', 'Medium', 'High'], 'Unknown')),
    number('status_id', status_id),
    text('status', transform(status_id, [1, 2, 99], ['Success', 'Failure', 'Rolled Back'], 'Unknown')),
    text('status_code', multiIf(error_type != '', toString(error_type), http_status > 0, toString(http_status), '')),
    text('status_detail', multiIf(error_message != '', error_message, outcome = 'denied', 'denied', '')),
    number('time', time),
    number('duration', intDiv(duration_us, 1000)),
    number('timezone_offset', 0),
    -- Logins that were folded into one record: only what is several events has a beginning and an end.
    if(folded > 1, number('start_time', time), ''),
    if(folded > 1, number('end_time', time + intDiv(duration_us, 1000)), ''),
    amount('count', folded),
    text('message', if(
      class_uid = 6008 AND error_message != '',
      error_message,
      arrayStringConcat(arrayFilter(word -> word != '', [
        if(impersonator_id = '', '', concat(impersonator_id, ' as')),
        multiIf(actor_name != '', actor_name, actor_id != '', actor_id, toString(actor_type)),
        toString(action),
        toString(target_type),
        target_id]), ' '))),
    part('metadata', object([
      text('version', '1.9.0'),
      if(is_chained, '"profiles":["record_integrity"]', ''),
      part('product', object([text('name', 'audit-register'), text('vendor_name', 'audit-register')])),
      text('uid', record_id),
      text('correlation_uid', if(request_id = toUUID('00000000-0000-0000-0000-000000000000'), trace_id, toString(request_id))),
      text('event_code', concat(category, '.', action)),
      text('log_name', 'audit.records'),
      text('log_provider', 'audit-register'),
      text('log_version', schema_version),
      number('logged_time', intDiv(toUnixTimestamp64Micro(recorded_at), 1000)),
      text('original_time', concat(replaceOne(toString(occurred_at), ' ', 'T'), 'Z')),
      amount('sequence', sequence),
      text('tenant_uid', tenant_id),
      if(empty(truncated), '', '"is_truncated":true')])),
    if(class_uid = 6008, '', part('actor', object([
      part('user', actor_user),
      part('session', object([text('uid', session_id), text('issuer', auth_issuer)]))]))),
    if(class_uid = 6008, '', part('src_endpoint', if(
      source_ip = '',
      -- Work of no client comes from the process itself.
      own_endpoint,
      object([text('ip', source_ip), amount('port', source_port)])))),
    -- A request that the process has made itself goes to somebody else.
    multiIf(
      is_call, part('dst_endpoint', object([text('name', target_id)])),
      class_uid IN (3002, 6003), part('dst_endpoint', own_endpoint),
      ''),
    if(class_uid = 6008 OR (http_method = '' AND url_path = ''), '', part('http_request', object([
      text('http_method', if(
        http_method IN ('CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'TRACE'),
        toString(http_method),
        '')),
      part('url', if(url_path = '', '{}', object([text('path', url_path), text('query_string', url_query)]))),
      text('user_agent', user_agent),
      text('uid', correlation_id),
      amount('body_length', request_size)]))),
    if(class_uid = 6008 OR http_status = 0, '', part('http_response', object([
      number('code', http_status),
      amount('body_length', response_size),
      number('latency', intDiv(duration_us, 1000))]))),
    multiIf(
      class_uid = 3002,
      arrayStringConcat([
        part('user', if(target_type = 'account' AND target_id != '', object([text('name', target_id)]), actor_user)),
        number('auth_protocol_id', auth_protocol_id),
        text('auth_protocol', transform(
          auth_protocol_id,
          [0, 4, 5, 6, 11, 12],
          ['Unknown', 'OpenID', 'SAML', 'OAUTH 2.0', 'Basic Authentication', 'LDAP'],
          toString(auth_method)))], ','),
      class_uid = 6003,
      members([
        part('api', object([
          text('operation', multiIf(
            attributes['audit.operations'] != '', attributes['audit.operations'],
            http_method != '', concat(http_method, if(http_route = '' AND url_path = '', '', ' '), if(http_route = '', url_path, http_route)),
            action != '', toString(action),
            'unknown')),
          part('service', multiIf(
            is_call, object([text('name', target_id)]),
            service_name = '', '{}',
            object([text('name', service_name), text('version', service_version)]))),
          part('request', object([
            text('uid', if(request_id = toUUID('00000000-0000-0000-0000-000000000000'), record_id, request_id))])),
          part('response', object([
            amount('code', http_status),
            text('error', error_type),
            text('error_message', error_message)]))])),
        if(target_type = '', '', concat('"resources":[', object([
          text('type', target_type),
          text('name', if(target_id = '', toString(target_type), concat(target_type, ' / ', target_id))),
          text('uid', target_id)]), ']'))]),
      class_uid = 6005,
      members([
        part('database', object([
          text('name', multiIf(db_namespace != '', toString(db_namespace), db_system != '', toString(db_system), 'unknown')),
          number('type_id', database_type_id),
          text('type', transform(database_type_id, [0, 1, 6], ['Unknown', 'Relational', 'NoSQL'], toString(db_system)))])),
        number('type_id', if(target_type = '', 1, 3)),
        text('type', if(target_type = '', 'Database', 'Table')),
        if(target_type = '', '', part('table', object([text('name', target_type)]))),
        -- The id of a statement is the same whoever carries it out, with whatever values.
        if(db_statement = '', '', part('query_info', object([
          text('uid', lower(hex(sipHash64(db_statement)))),
          text('query_string', db_statement)])))]),
      ''),
    part('unmapped', object([
      text('policy_level', policy_level),
      text('policy_rule', policy_rule),
      text('outcome', outcome),
      amount('duration_us', duration_us),
      text('actor_type', actor_type),
      -- An Application Error has no actor.
      text('actor_id', if(class_uid = 6008, actor_id, '')),
      text('actor_name', if(class_uid = 6008, actor_name, '')),
      text('actor_assurance', actor_assurance),
      list('actor_roles', actor_roles),
      text('impersonator_id', impersonator_id),
      text('auth_method', auth_method),
      text('service_name', service_name),
      text('service_version', service_version),
      text('service_instance', service_instance),
      text('environment', environment),
      text('host_name', host_name),
      amount('process_id', process_id),
      text('trace_id', trace_id),
      text('span_id', span_id),
      text('parent_span_id', parent_span_id),
      text('correlation_id', correlation_id),
      text('http_method', http_method),
      text('http_route', http_route),
      text('url_query', if(url_path = '', url_query, '')),
      text('user_agent', if(http_method = '' AND url_path = '', user_agent, '')),
      amount('request_size', if(http_method = '' AND url_path = '', request_size, 0)),
      amount('response_size', if(http_status = 0, response_size, 0)),
      text('request_body', request_body),
      text('response_body', response_body),
      text('target_type', target_type),
      text('target_id', target_id),
      list('target_ids', target_ids),
      list('target_tables', target_tables),
      list('changed_fields', changed_fields),
      list('new_values', new_values),
      list('old_values', old_values),
      text('db_system', db_system),
      text('db_namespace', db_namespace),
      text('db_statement', if(class_uid = 6005, '', toString(db_statement))),
      list('db_parameters', db_parameters),
      list('db_returned', db_returned),
      amount('db_rows', db_rows),
      amount('db_backend_pid', db_backend_pid),
      text('transaction_id', transaction_id),
      text('transaction_outcome', transaction_outcome),
      text('error_type', error_type),
      list('truncated', truncated),
      list('attributes', attributes),
      text('chain_id', chain_id),
      text('segment_id', segment_id)])),
    -- NOTE: the last member, for its end is put on below.
    if(is_chained, concat('"attestation_list":[{', text('uid', segment_id), ',', text('chain_uid', chain_id)), '')
  ])) AS unsealed
SELECT
  record_id,
  occurred_at,
  ingested_at,
  tenant_id,
  service_name,
  actor_id,
  chain_id,
  sequence,
  segment_id,
  class_uid,
  activity_id,
  toUInt32(class_uid * 100 + activity_id) AS type_uid,
  severity_id,
  status_id,
  if(
    is_chained,
    -- Of the whole event but for the fingerprint itself.
    concat(
      unsealed,
      ',"fingerprint":{"algorithm_id":3,"algorithm":"SHA-256","serialization_id":99,"serialization":"the text of the event without this member","value":"',
      lower(hex(SHA256(concat(unsealed, '}]}')))),
      '"}}]}'),
    concat(unsealed, '}')) AS event
FROM
(
  SELECT
    *,
    toUInt16(transform(CAST(category, 'String'), ['http', 'db', 'transaction', 'auth', 'gap'], [6003, 6005, 6005, 3002, 6008], 6003)) AS class_uid,
    transform(
      class_uid,
      [3002, 6003, 6005],
      ['Authentication', 'API Activity', 'Datastore Activity'],
      'Application Error') AS class_name,
    toUInt8(multiIf(
      class_uid = 6003, transform(CAST(action, 'String'), ['create', 'read', 'update', 'delete'], [1, 2, 3, 4], 99),
      category = 'db', transform(
        CAST(action, 'String'),
        ['read', 'copy_out', 'update', 'merge', 'copy_in', 'create', 'delete', 'truncate'],
        [1, 1, 2, 5, 5, 6, 7, 7],
        99),
      class_uid = 3002, transform(CAST(action, 'String'), ['login', 'login_failed', 'logout'], [1, 1, 2], 99),
      class_uid = 6008, 1,
      99)) AS activity_id,
    multiIf(
      activity_id = 99, if(action = '', 'Other', toString(action)),
      class_uid = 6003, transform(activity_id, [1, 2, 3], ['Create', 'Read', 'Update'], 'Delete'),
      class_uid = 6005, transform(activity_id, [1, 2, 5, 6], ['Read', 'Update', 'Write', 'Create'], 'Delete'),
      class_uid = 3002, if(activity_id = 1, 'Logon', 'Logoff'),
      'General Error') AS activity_name,
    toUInt8(transform(CAST(severity, 'String'), ['info', 'notice', 'warning', 'error'], [1, 2, 3, 4], 0)) AS severity_id,
    -- What was rolled back must never look as if it had lasted.
    toUInt8(multiIf(
      outcome IN ('failure', 'denied'), 2,
      outcome != 'success', 0,
      category = 'db' AND transaction_outcome = 'rolled_back', 99,
      category = 'db' AND transaction_outcome = 'unknown', 0,
      1)) AS status_id,
    toUInt8(transform(
      CAST(auth_method, 'String'), ['', 'oidc', 'saml', 'oauth', 'oauth2', 'basic', 'ldap'], [0, 4, 5, 6, 6, 11, 12], 99)) AS auth_protocol_id,
    category = 'call' AND target_type = 'host' AND target_id != '' AS is_call,
    toUInt64OrZero(attributes['audit.auth.count']) AS folded,
    toUInt8(transform(
      CAST(db_system, 'String'),
      ['', 'postgresql', 'mysql', 'mariadb', 'sqlite', 'microsoft.sql_server', 'oracle.db', 'mongodb', 'redis'],
      [0, 1, 1, 1, 1, 1, 1, 6, 6],
      99)) AS database_type_id,
    toUnixTimestamp64Milli(occurred_at) AS time,
    if(
      source_address = toIPv6('::'), '',
      replaceRegexpOne(toString(source_address), '^::ffff:([0-9]+[.])', '\\1')) AS source_ip
  FROM {{database}}.unique_records
)
COMMENT 'The register for SIEMs that take OCSF 1.9: one row a record, `event` is the event as JSON. HTTP and the application: API Activity; statements and transactions: Datastore Activity; logins: Authentication; gaps: Application Error.';

DROP VIEW IF EXISTS {{database}}.ecs;

CREATE VIEW IF NOT EXISTS {{database}}.ecs AS
WITH
  (name, value) -> concat('"', name, '":', toJSONString(toValidUTF8(toString(value)))) AS text,
  (name, value) -> concat('"', name, '":', toString(value)) AS number,
  (name, value) -> if(value = 0, '', concat('"', name, '":', toString(least(value, 9223372036854775807)))) AS amount,
  (name, value) -> concat('"', name, '":', toValidUTF8(toJSONString(value))) AS list,
  (name, value) -> concat('"', name, '":', value) AS part,
  members -> concat('{', arrayStringConcat(arrayFilter(member -> right(member, 3) NOT IN ('', ':""', ':[]', ':{}'), members), ','), '}') AS object,
  time -> concat(replaceOne(toString(time), ' ', 'T'), 'Z') AS iso,
  object([
    text('id', actor_id),
    -- Who logs in without having been anybody before is the one whose name was tried: what rules against brute force go by.
    text('name', if(category = 'auth' AND target_type = 'account' AND actor_id = '' AND actor_name = '', target_id, actor_name)),
    list('roles', actor_roles)]) AS own_user
SELECT
  record_id,
  occurred_at,
  ingested_at,
  tenant_id,
  service_name,
  actor_id,
  chain_id,
  sequence,
  segment_id,
  kind,
  categories,
  types,
  event_outcome,
  object([
    text('@timestamp', iso(occurred_at)),
    part('ecs', object([text('version', '9.4.0')])),
    text('message', arrayStringConcat(arrayFilter(word -> word != '', [
      if(impersonator_id = '', '', concat(impersonator_id, ' as')),
      multiIf(actor_name != '', actor_name, actor_id != '', actor_id, toString(actor_type)),
      toString(action),
      toString(target_type),
      target_id]), ' ')),
    part('event', object([
      text('id', record_id),
      text('kind', kind),
      list('category', categories),
      list('type', types),
      text('outcome', event_outcome),
      text('action', action),
      text('module', 'audit_register'),
      text('dataset', 'audit_register.records'),
      text('provider', 'audit-register'),
      text('code', concat(category, '.', action)),
      text('reason', error_message),
      text('created', iso(recorded_at)),
      text('ingested', iso(ingested_at)),
      text('start', iso(occurred_at)),
      -- NOTE: what no time can hold is an error, and one such record would keep all others from being read.
      text('end', iso(addMicroseconds(
        occurred_at,
        least(duration_us, toUInt64(9223372036854774 - greatest(0, toUnixTimestamp64Micro(occurred_at))))))),
      number('duration', least(duration_us, 9223372036854775) * 1000),
      amount('sequence', sequence)])),
    part('log', object([text('level', severity)])),
    -- Who acts as somebody else is the user; the other is the one whose privileges were assumed.
    part('user', if(
      impersonator_id = '',
      own_user,
      object([text('id', impersonator_id), part('effective', own_user)]))),
    part('organization', object([text('id', tenant_id)])),
    part('source', object([text('address', source_ip), text('ip', source_ip), amount('port', source_port)])),
    -- A request that the process has made itself.
    part('destination', object([text('address', if(category = 'call' AND target_type = 'host', target_id, ''))])),
    part('http', object([
      part('request', object([
        text('method', http_method),
        text('id', correlation_id),
        part('body', object([amount('bytes', request_size), text('content', request_body)]))])),
      part('response', object([
        amount('status_code', http_status),
        part('body', object([amount('bytes', response_size), text('content', response_body)]))]))])),
    part('url', object([
      text('path', url_path),
      text('query', url_query),
      text('original', if(url_path = '' OR url_query = '', url_path, concat(url_path, '?', url_query)))])),
    part('user_agent', object([text('original', user_agent)])),
    part('service', object([
      text('name', service_name),
      text('version', service_version),
      text('environment', environment),
      part('node', object([text('name', service_instance)]))])),
    part('host', object([text('hostname', host_name), text('name', host_name)])),
    part('process', object([amount('pid', process_id)])),
    part('trace', object([text('id', trace_id)])),
    part('span', object([text('id', span_id)])),
    part('error', object([text('code', error_type), text('message', error_message)])),
    part('related', object([
      list('user', arrayDistinct(arrayFilter(user -> user != '', [
        actor_id,
        actor_name,
        impersonator_id,
        if(target_type = 'account', target_id, '')]))),
      if(source_ip = '', '', list('ip', [source_ip]))])),
    part('audit_register', object([
      text('category', category),
      text('outcome', outcome),
      text('policy_level', policy_level),
      text('policy_rule', policy_rule),
      text('actor_type', actor_type),
      text('actor_assurance', actor_assurance),
      text('session_id', session_id),
      text('auth_method', auth_method),
      text('auth_issuer', auth_issuer),
      text('parent_span_id', parent_span_id),
      text('request_id', if(request_id = toUUID('00000000-0000-0000-0000-000000000000'), '', toString(request_id))),
      text('target_type', target_type),
      text('target_id', target_id),
      list('target_ids', target_ids),
      list('target_tables', target_tables),
      list('changed_fields', changed_fields),
      -- As texts: names of columns would otherwise become fields of the index, without an end.
      text('new_values', if(empty(new_values), '', toJSONString(new_values))),
      text('old_values', if(empty(old_values), '', toJSONString(old_values))),
      text('attributes', if(empty(attributes), '', toJSONString(attributes))),
      text('http_route', http_route),
      text('db_system', db_system),
      text('db_namespace', db_namespace),
      text('db_statement', db_statement),
      list('db_parameters', db_parameters),
      list('db_returned', db_returned),
      amount('db_rows', db_rows),
      amount('db_backend_pid', db_backend_pid),
      text('transaction_id', transaction_id),
      text('transaction_outcome', transaction_outcome),
      list('truncated', truncated),
      text('chain_id', chain_id),
      text('segment_id', segment_id),
      number('schema_version', schema_version)]))
  ]) AS event
FROM
(
  SELECT
    *,
    if(category = 'gap', 'pipeline_error', 'event') AS kind,
    multiIf(
      category IN ('http', 'call'), ['web', 'api'],
      category IN ('db', 'transaction'), ['database'],
      category = 'auth', ['authentication'],
      emptyArrayString()) AS categories,
    arrayFilter(type -> type != '', [
      multiIf(
        category = 'gap', 'error',
        category = 'transaction', 'info',
        category = 'auth', transform(CAST(action, 'String'), ['login', 'login_failed', 'logout'], ['start', 'start', 'end'], 'info'),
        category = 'db', multiIf(
          action IN ('read', 'copy_out'), 'access',
          action IN ('create', 'update', 'delete', 'merge', 'truncate', 'copy_in', 'schema', 'grant'), 'change',
          'info'),
        category IN ('http', 'call'), 'access',
        'info'),
      if(
        category IN ('http', 'app'),
        transform(CAST(action, 'String'), ['create', 'update', 'delete'], ['creation', 'change', 'deletion'], ''),
        ''),
      multiIf(
        category IN ('http', 'call') AND outcome = 'denied', 'denied',
        category IN ('http', 'db', 'call') AND outcome = 'failure', 'error',
        '')]) AS types,
    -- What was rolled back must never look as if it had lasted.
    multiIf(
      outcome IN ('failure', 'denied'), 'failure',
      outcome != 'success', 'unknown',
      category = 'db' AND transaction_outcome = 'rolled_back', 'failure',
      category = 'db' AND transaction_outcome = 'unknown', 'unknown',
      'success') AS event_outcome,
    if(
      source_address = toIPv6('::'), '',
      replaceRegexpOne(toString(source_address), '^::ffff:([0-9]+[.])', '\\1')) AS source_ip
  FROM {{database}}.unique_records
)
COMMENT 'The register for SIEMs that take the Elastic Common Schema 9: one row a record, `event` is the event as JSON.';
