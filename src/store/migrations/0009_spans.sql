-- The road of services in other languages: spans of any OpenTelemetry SDK, as the collector's ClickHouse exporter (0.161) inserts
-- them, become records of no chain. The table itself keeps nothing.
CREATE TABLE IF NOT EXISTS {{database}}.otel_traces
(
  Timestamp DateTime64(9, 'UTC') COMMENT 'When the span began.',
  TraceId String COMMENT 'In hex.',
  SpanId String COMMENT 'In hex.',
  ParentSpanId String COMMENT 'In hex; empty for the first of a trace.',
  TraceState String COMMENT 'As the client sent it.',
  SpanName LowCardinality(String) COMMENT 'Name the instrumentation gave.',
  SpanKind LowCardinality(String) COMMENT '`Server`, `Client`, `Internal`, …',
  ServiceName LowCardinality(String) COMMENT 'OpenTelemetry `service.name`.',
  ResourceAttributes Map(LowCardinality(String), String) COMMENT 'What is said of the process.',
  ScopeName String COMMENT 'Instrumentation that made the span.',
  ScopeVersion String COMMENT 'Its version.',
  SpanAttributes Map(LowCardinality(String), String) COMMENT 'What is said of the action.',
  Duration UInt64 COMMENT 'In nanoseconds.',
  StatusCode LowCardinality(String) COMMENT '`Unset`, `Ok` or `Error`.',
  StatusMessage String COMMENT 'What is said of an error.',
  `Events.Timestamp` Array(DateTime64(9, 'UTC')) COMMENT 'When something happened within the span.',
  `Events.Name` Array(LowCardinality(String)) COMMENT 'What, such as `exception`.',
  `Events.Attributes` Array(Map(LowCardinality(String), String)) COMMENT 'What is said of it.',
  `Links.TraceId` Array(String) COMMENT 'Traces of linked spans.',
  `Links.SpanId` Array(String) COMMENT 'Linked spans.',
  `Links.TraceState` Array(String) COMMENT 'Their states.',
  `Links.Attributes` Array(Map(LowCardinality(String), String)) COMMENT 'What is said of the links.'
)
ENGINE = Null
COMMENT 'Where the collector puts spans. It keeps nothing: what is worth a record goes to records.';

-- Step by step, each from what the one before found: `given` picks attributes (the stable names of the semantic conventions first,
-- then those of before), `parted` and `shown` take the text of a statement apart, `meant` says what was done, `safe` redacts.
-- Small steps, for ClickHouse works out the whole view anew with each insert.
--
-- NOTE: total, as 0008 says: an expression that can fail would block the collector's queue for ever.
CREATE MATERIALIZED VIEW IF NOT EXISTS {{database}}.otel_traces_records TO {{database}}.records
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
WITH
  (text, most) -> substringUTF8(toValidUTF8(text), 1, most) AS cut,
  given AS
  (
    WITH names -> arrayFirst(value -> value != '', arrayMap(name -> SpanAttributes[name], names)) AS attribute
    SELECT
      Timestamp,
      TraceId,
      SpanId,
      ParentSpanId,
      ServiceName,
      ScopeName,
      ResourceAttributes,
      SpanAttributes,
      -- A clock that went back while the span was open makes a length of centuries.
      if(Duration > 900000000000000000, 0, Duration) AS nanoseconds,
      SpanKind IN ('Client', 'SPAN_KIND_CLIENT') AS is_statement,
      StatusCode IN ('Error', 'STATUS_CODE_ERROR') OR SpanAttributes['error.type'] != '' AS has_failed,
      lower(hex(SHA256(concat(TraceId, '/', SpanId)))) AS identity,
      attribute(['user.id', 'enduser.id']) AS user_id,
      attribute(['user.name', 'user.full_name']) AS user_name,
      attribute(['user.roles', 'enduser.role']) AS user_roles,
      SpanAttributes['audit.tenant.id'] AS tenant,
      attribute(['http.request.method_original', 'http.request.method', 'http.method']) AS method,
      SpanAttributes['http.route'] AS route,
      multiIf(
        SpanAttributes['url.path'] != '', concat(SpanAttributes['url.path'], '?', SpanAttributes['url.query']),
        SpanAttributes['http.target'] != '', SpanAttributes['http.target'],
        replaceRegexpOne(attribute(['url.full', 'http.url']), '^[a-zA-Z][\\w+.-]*://[^/?#]*([^#]*).*$', '\\1')) AS target,
      toUInt16OrZero(attribute(['http.response.status_code', 'http.status_code'])) AS status,
      attribute(['client.address', 'http.client_ip', 'network.peer.address', 'net.sock.peer.addr', 'net.peer.ip']) AS client,
      attribute(['network.peer.address', 'net.sock.peer.addr', 'net.peer.ip']) AS peer,
      attribute(['client.port', 'net.peer.port']) AS port,
      attribute(['user_agent.original', 'http.user_agent']) AS agent,
      attribute(['db.system.name', 'db.system']) AS system,
      attribute(['db.namespace', 'db.name']) AS namespace,
      attribute(['db.query.text', 'db.statement']) AS query,
      attribute(['db.operation.name', 'db.operation']) AS operation,
      attribute(['db.collection.name', 'db.sql.table', 'db.mongodb.collection', 'db.cassandra.table']) AS collection,
      attribute(['db.response.returned_rows', 'db.response.rows_affected']) AS row_count,
      arrayFirst(event -> event.1 = 'exception', arrayZip(Events.Name, Events.Attributes)).2 AS exception,
      arrayFirst(value -> value != '', [
        SpanAttributes['db.response.status_code'],
        SpanAttributes['error.type'],
        exception['exception.type'],
        SpanAttributes['exception.type']]) AS fault,
      arrayFirst(value -> value != '', [
        exception['exception.message'],
        SpanAttributes['exception.message'],
        StatusMessage]) AS fault_text
    FROM {{database}}.otel_traces
    WHERE (SpanKind IN ('Server', 'SPAN_KIND_SERVER') AND method != '') OR (is_statement AND system != '')
  ),
  known AS
  (
    SELECT
      *,
      system IN ('postgresql', 'cockroachdb', 'redshift', 'aws.redshift', 'yugabytedb') AS is_postgresql,
      system IN ('mysql', 'mariadb') AS is_mysql,
      is_postgresql OR is_mysql OR system IN (
        'other_sql', 'sqlite', 'mssql', 'mssqlcompact', 'microsoft.sql_server', 'oracle', 'oracle.db', 'db2', 'ibm.db2', 'derby', 'h2',
        'h2database', 'hsqldb', 'hive', 'trino', 'teradata', 'hanadb', 'sap.hana', 'maxdb', 'sap.maxdb', 'sybase', 'vertica', 'netezza',
        'ibm.netezza', 'firebird', 'firebirdsql', 'informix', 'ibm.informix', 'clickhouse', 'spanner', 'gcp.spanner', 'ingres',
        'actian.ingres', 'adabas', 'softwareag.adabas', 'duckdb', 'snowflake') AS is_sql,
      system IN ('mssql', 'mssqlcompact', 'microsoft.sql_server', 'sybase') AS is_tsql,
      splitByChar('?', target)[1] AS path,
      substring(target, length(path) + 2) AS url_query_text
    FROM given
  ),
  -- Where it is not certain which part of a text is a constant, nothing of it is shown.
  parted AS
  (
    SELECT
      *,
      if(
        is_statement AND is_sql AND length(query) <= 65536
          AND NOT match(query, '\\\\|\\$(?:\\w|[^\\x00-\\x7f])*\\$|/\\*M?!')
          AND (is_postgresql OR NOT match(query, '(?i)#|\\bn?q\'|\\[[^\\]]*[\'"][^\\]]*\\]'))
          AND (is_mysql OR system = 'sqlite' OR position(query, '`') = 0)
          AND NOT (is_mysql AND match(query, '--\\S'))
          -- Elsewhere passwords and arguments may stand without quotes, and rows behind the statement.
          AND (is_postgresql OR is_mysql
            OR (match(query, '(?is)^(?:\\s|\\(|--[^\\n]*\\n|/\\*.*?\\*/)*(?:(?:insert|replace|update|delete|merge|upsert|select|with|truncate)\\b|set\\s+nocount\\s+on\\b|(?:create|alter|drop)\\s+(?:(?:or\\s+replace|unique|temp|temporary)\\s+)*(?:table|index|view)\\b|call\\s+[\\w.]+\\s*\\(|exec(?:ute)?\\s+(?:@\\w+\\s*=\\s*)?[\\w.\\[\\]]+(?:[\\s,=?]|@\\w+|n?\'(?:[^\']|\'\')*\'|\\b\\d+\\b|\\bout(?:put)?\\b)*;?\\s*$)')
              AND NOT match(query, '(?is)\\bidentified\\s+by\\b|;\\s*(?:create|alter|grant|exec|execute|connect|pragma|attach|set\\s+encryption)\\b|\'\'\'|"""')
              AND NOT (system = 'clickhouse' AND match(query, '(?i)\\bformat\\s+\\w')))),
        extractAll(query,
          '(?s)--[^\\n]*|/\\*.*?(?:\\*/|$)|\'(?:\'\'|[^\'])*(?:\'|$)|"(?:""|[^"])*(?:"|$)|`(?:``|[^`])*(?:`|$)|%\\(\\w+\\)s|%s|\\$\\d+|::|[:@]\\w+|(?:[A-Za-z_]|[^\\x00-\\x7f])(?:[\\w$]|[^\\x00-\\x7f])*|\\d[\\w.]*|\\s+|.'),
        []) AS tokens
    FROM known
  ),
  shown AS
  (
    SELECT
      * EXCEPT tokens,
      trimBoth(replaceRegexpOne(replaceRegexpAll(arrayStringConcat(arrayMap(
        token -> multiIf(
          match(token, '^(?:\\s|--|/\\*)'), ' ',
          match(token, '^(?:\'|\\d|%s$|%\\(|\\$\\d|[:@]\\w)') OR (startsWith(token, '"') AND NOT is_postgresql), '?',
          token),
        -- A comment within a comment ends elsewhere in PostgreSQL than in other databases.
        if(arrayExists(token -> startsWith(token, '/*') AND position(token, '/*', 3) > 0, tokens), [], tokens))), '\\s+', ' '), '\\s*;\\s*$', '')) AS text
    FROM parted
  ),
  told AS
  (
    SELECT
      *,
      position(text, ';') > 0 AS is_several,
      -- What it does its first words say also where its constants are not certain, unless it may be several.
      if(text = '' AND is_sql AND NOT match(query, ';\\s*\\S'), query, text) AS readable,
      upper(if(readable != '', extract(readable, '^[\\s(]*([A-Za-z]+)'), extract(operation, '^\\s*([A-Za-z_]{1,32})$'))) AS verb,
      -- The table is named by the first words, or not at all.
      extract(text,
        '(?i)^(?:insert (?:ignore )?into|replace into|merge into(?: only)?|update(?: only)?|delete from(?: only)?|truncate(?: table)?(?: only)?|copy|(?:create(?: unlogged)?|alter|drop) table(?: if (?:not )?exists)?(?: only)?) ((?:"[^"]+"|`[^`]+`|[\\w$]+)(?: ?\\. ?(?:"[^"]+"|`[^`]+`|[\\w$]+)){0,3})(?:[ (,]|$)') AS first_name,
      substring(text, position(text, first_name) + length(first_name)) AS behind
    FROM shown
  ),
  meant AS
  (
    SELECT
      *,
      multiIf(
        first_name = '' OR is_several OR startsWith(behind, ','), '',
        -- What follows must not make it one of several.
        verb = 'UPDATE' AND NOT match(behind, '(?i)^ (?:(?:as )?[\\w"`]+ )?set\\b'), '',
        verb = 'DELETE' AND NOT match(behind, '(?i)^(?: (?:as )?[\\w"`]+)?(?: (?:where|using|returning|order|limit)\\b|$)'), '',
        verb IN ('TRUNCATE', 'DROP') AND NOT match(behind, '(?i)^(?: (?:restart|continue|cascade|restrict)\\b|$)'), '',
        match(first_name, '["`]') OR NOT is_postgresql, replaceRegexpAll(first_name, '["`\\s]', ''),
        lower(replaceRegexpAll(first_name, '\\s', ''))) AS named,
      if(match(collection, '^[\\w.$:/-]{1,256}$'), collection, named) AS object,
      -- A setting is the one value that may stand without quotes. Rows of one shape are shown once.
      replaceRegexpAll(
        if(
          verb IN ('SET', 'ALTER', 'CREATE'),
          replaceRegexpOne(text, '(?i)\\b(set\\s+(?:session\\s+|local\\s+|global\\s+)?[\\w."$]+)(?:\\s*=|\\s+to\\b|\\s).*$', '\\1 = ?'),
          text),
        '(\\(\\?(?:, ?\\?)*\\))(?:, ?\\(\\?(?:, ?\\?)*\\))+', '\\1, …') AS statement,
      multiIf(
        is_several, 'other',
        -- Its statements follow one another without a sign between them.
        is_tsql AND verb IN ('SELECT', 'WITH') AND match(readable, '(?i)\\b(?:insert|update|delete|merge|truncate|exec|execute|create|alter|drop|grant|revoke)\\b'), 'other',
        verb = 'INSERT', if(match(readable, '(?is)\\bon\\s+(?:conflict\\b.*\\bdo\\s+update|duplicate\\s+key)\\b'), 'merge', 'create'),
        verb IN ('MERGE', 'REPLACE', 'UPSERT'), 'merge',
        verb = 'UPDATE', 'update',
        verb IN ('DELETE', 'REMOVE'), 'delete',
        verb = 'TRUNCATE', 'truncate',
        -- Nobody can tell from the text which of its functions write.
        verb = 'SELECT', if(match(readable, '(?i)\\binto\\b'), 'other', 'read'),
        verb = 'WITH', if(match(readable, '(?i)\\b(?:insert|update|delete|merge|into)\\b'), 'other', 'read'),
        verb IN ('EXPLAIN', 'DESCRIBE'), if(match(readable, '(?i)^explain\\W+analy[sz]e|^explain ?\\('), 'other', 'read'),
        verb IN ('SHOW', 'VALUES', 'TABLE', 'FETCH', 'FIND', 'AGGREGATE', 'COUNT', 'DISTINCT', 'GET', 'MGET', 'HGET', 'HGETALL', 'SCAN', 'SEARCH'), 'read',
        verb = 'COPY', multiIf(
          match(readable, '(?i)^copy ?\\('), if(match(readable, '(?i)\\b(?:insert|update|delete|merge)\\b'), 'other', 'copy_out'),
          match(readable, '(?i)\\bfrom\\b'), 'copy_in',
          'copy_out'),
        verb IN ('GRANT', 'REVOKE', 'REASSIGN') OR match(readable, '(?i)^\\s*(?:(?:create|alter|drop)\\s+(?:role|user|group)\\b|alter\\b.*\\bowner\\s+to\\b|alter\\s+default\\s+privileges)'), 'grant',
        verb IN ('CREATE', 'ALTER', 'DROP', 'COMMENT', 'REINDEX', 'REFRESH', 'RENAME'), 'schema',
        verb IN ('CALL', 'DO', 'EXEC'), 'call',
        verb = 'LOCK', 'lock',
        'other') AS statement_action,
      -- Errors by which the server says that it did not carry out the statement. Anything else leaves that open.
      multiIf(
        NOT has_failed, 'success',
        match(fault, '^(?:42501|28...)$|(?:^|\\.)(?:InsufficientPrivilege|InvalidPassword|InvalidAuthorizationSpecification)$'), 'denied',
        match(fault, '^[0-9A-Z]{5}$') AND NOT match(fault, '^(?:08|40003|57P|E[A-Z]{4}$)'), 'failure',
        match(fault, '(?:^|\\.)(?:IntegrityError|DataError|ProgrammingError|NotSupportedError|\\w+Violation|Undefined\\w+|Duplicate\\w+|Invalid\\w+|\\w*SyntaxError\\w*|SQLIntegrityConstraintViolationException|NumericValueOutOfRange|DivisionByZero|DeadlockDetected|SerializationFailure)$'), 'failure',
        'unknown') AS statement_outcome,
      multiIf(status IN (401, 403, 407), 'denied', status >= 400 OR has_failed, 'failure', status = 0, 'unknown', 'success') AS request_outcome,
      multiIf(
        NOT is_statement, '',
        is_several, 'several statements',
        NOT is_sql, concat('of ', system, ', which is not SQL'),
        text = '' AND length(query) > 65536, 'too long to be read',
        text = '' AND query != '', 'its constants cannot be told from the rest',
        '') AS problem,
      -- A message without what it quotes; names of what is in a database stay.
      replaceRegexpAll(
        replaceRegexpAll(
          extract(fault_text, '^\\s*([^\\r\\n]*)'),
          '(?i)\\b(column|constraint|database|function|index|relation|role|schema|sequence|table|trigger|type|user|view) "([\\w.$-]*)"', '\\1 \x01\\2\x01'),
        '"(?:\\\\.|[^"\\\\])*"?|\'(?:\\\\.|[^\'\\\\])*\'?|`[^`]*`?|«[^»]*»?|„[^“”]*[“”]?|“[^”]*”?|‘[^’]*’?|\\)=\\([^)]*\\)?|\\{[^}]*\\}?|(?i:\\b(?:values?|contains|string|input|date|datetime|literal|number)(?: is| was)?(?: \\(.*|: .*))', '?') AS unquoted
    FROM told
  ),
  -- Secrets: by the place where they stand, by their shape, and where names of secrets are unlikely to be names, by the word before
  -- them. What may be one is taken for one.
  safe AS
  (
    SELECT
      *,
      if(is_statement, statement_outcome, request_outcome) AS end,
      arrayMap(text -> replaceRegexpAll(replaceRegexpAll(replaceRegexpAll(replaceRegexpAll(text,
        '(?s)-----BEGIN [A-Z0-9 ]+-----.*?(?:-----END [A-Z0-9 ]+-----|$)|\\beyJ[\\w-]{4,}(?:\\.[\\w-]*){1,4}|(?:AKIA|ASIA)[A-Z0-9]{16}|AIza[\\w-]{35}|ya29\\.[\\w-]{20,}|GOCSPX-[\\w-]{20,}|(?:gh[opsur]|github_pat)_\\w{10,}|gl(?:pat|dt|rt|ptt|soat)-[\\w-]{16,}|(?:xox[abceoprs]|xapp)[_-][\\w-]{10,}|(?:sk|rk)_(?:live|test)_[\\w-]{10,}|whsec_[\\w+/=-]{10,}|SG\\.[\\w-]{16,}\\.[\\w-]{16,}|\\b(?:npm|hf)_[A-Za-z0-9]{30,}|\\bpypi-[\\w-]{30,}|\\bsk-(?:ant-|proj-)?[\\w-]{20,}|\\bdop_v1_[0-9a-f]{32,}|\\bhv[sbr]\\.[\\w-]{20,}|\\$2[abxy]?\\$\\d\\d\\$[./A-Za-z0-9]{53}|\\$(?:argon2(?:id|i|d)|scrypt|pbkdf2[\\w-]*|[156y])\\$[\\w./+=,$-]{16,}|(?:SCRAM-SHA-256|pbkdf2_sha\\d+|scrypt|bcrypt_sha256)\\$[\\w./+=,:$-]{16,}|\\bmd5[0-9a-f]{32}\\b', '[redacted]'),
        '(?i)\\b(bearer|negotiate|apikey|basic)(\\s+|%20|\\+)[\\w.~+/=-]{8,}', '\\1\\2[redacted]'),
        '(?i)([a-z0-9]://)[^/?#\\s"\'<>]{0,256}@', '\\1[redacted]@'),
        -- Card numbers by their first digits and length, for ids that are numbers are as long.
        '\\b(?:4(?:[ -]?\\d){12}(?:(?:[ -]?\\d){3}){0,2}|[56](?:[ -]?\\d){12,18}|2[ -]?[2-7](?:[ -]?\\d){14,15}|3(?:[ -]?\\d){13,18})\\b|\\b[A-Z]{2}\\d\\d(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\\b', '[redacted]'),
        [
          method,
          route,
          -- Where the route names a secret, only what the route itself says is shown of the path.
          if(
            match(route, '(?i)[:{[<(][^/]*(?:passw|secret|token|key|code|otp|uidb64|signature|session|credential)'),
            arrayStringConcat(arrayMap(piece -> if(piece = '' OR has(splitByChar('/', route), piece), piece, '[redacted]'), splitByChar('/', path)), '/'),
            -- Parameters of a path, such as the session of a servlet, are names alone too.
            replaceRegexpAll(replaceRegexpAll(path, ';([^/;=]*)=[^/;]*', ';\\1='), '(?i)(/[^/]*(?:passw|secret|token|reset|session|cookie|credential|signature|auth|jwt|otp|invit|verif|confirm|activat|magic)[^/]*)/[^/]{16,}', '\\1/[redacted]')),
          -- Names alone: what stands without one is a value as likely as a name.
          arrayStringConcat(arrayMap(
            pair -> concat(splitByChar('=', pair)[1], '='),
            arrayFilter(pair -> position(pair, '=') > 1, splitByChar('&', url_query_text))), '&'),
          namespace,
          if(text != '', statement, trimBoth(concat(if(verb = '', extract(query, '^\\s*([A-Za-z_]{1,32})(?:\\s|$)'), verb), ' ', object))),
          object,
          user_id,
          user_name,
          tenant,
          agent,
          fault,
          replaceAll(unquoted, '\x01', '"'),
          if(peer = client, '', peer),
          ScopeName,
          user_roles]) AS shapeless,
      arrayMap(
        text -> replaceRegexpAll(text,
          '(?i)([\\w-]*(?:passw|passphrase|passcode|pwd|secret|token|api-?_?key|access-?_?key|private-?_?key|authorization|cookie|credential|signature|session-?_?id|csrf|xsrf|otp|cvv|cvc|\\bpin\\b)[\\w-]*["\']?)(\\s*(?:=>|[:=])\\s*|\\s+(?:is\\s+)?)("[^"]*"|\'[^\']*\'|[^\\s,;&)}\\]]+)', '\\1\\2[redacted]'),
        arraySlice(shapeless, 8)) AS nameless,
      -- Somebody whose id looks like a number that is hidden would be everybody else whose id does. Only what is a card number to the
      -- check digit is none.
      arrayMap(
        id -> match(id, '^(?:\\d{1,20}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$')
          AND NOT (match(id, '^(?:4(?:\\d{12}|\\d{15})|5[1-5]\\d{14}|2[2-7]\\d{14}|3[47]\\d{13}|6\\d{15})$')
            AND arraySum((digit, at) -> if(at % 2 = 0, toUInt8OrZero(digit) * 2 - if(digit > '4', 9, 0), toUInt8OrZero(digit)), ngrams(reverse(id), 1), arrayEnumerate(ngrams(reverse(id), 1))) % 10 = 0),
        [user_id, tenant]) AS are_ids
    FROM meant
  ),
  written AS
  (
    SELECT
      toUUID(concat(
        substring(identity, 1, 8), '-', substring(identity, 9, 4), '-8', substring(identity, 14, 3), '-8', substring(identity, 18, 3), '-', substring(identity, 21, 12))) AS record_id,
      Timestamp AS occurred_at,
      -- In microseconds, for nanoseconds end in 2262.
      fromUnixTimestamp64Micro(toInt64(intDiv(toUnixTimestamp64Nano(Timestamp), 1000) + intDiv(nanoseconds, 1000)), 'UTC') AS recorded_at,
      intDiv(nanoseconds, 1000) AS duration_us,
      if(is_statement, 'db', 'http') AS category,
      if(is_statement, statement_action, transform(method, ['GET', 'HEAD', 'QUERY', 'POST', 'PUT', 'PATCH', 'DELETE'], ['read', 'read', 'read', 'create', 'update', 'update', 'delete'], 'other')) AS action,
      end AS outcome,
      multiIf(
        NOT is_statement AND status >= 500, 'error',
        end != 'success', 'warning',
        is_statement AND statement_action IN ('schema', 'grant', 'truncate'), 'notice',
        'info') AS severity,
      'metadata' AS policy_level,
      'traces/audit' AS policy_rule,
      if(user_id = '' AND user_name = '', 'anonymous', 'user') AS actor_type,
      if(are_ids[1], user_id, cut(nameless[1], 256)) AS actor_id,
      cut(nameless[2], 256) AS actor_name,
      -- The exporter writes a list as JSON.
      arraySlice(arrayFilter(role -> role != '', arrayMap(role -> cut(role, 1024), if(startsWith(nameless[9], '['), JSONExtract(nameless[9], 'Array(String)'), [nameless[9]]))), 1, 256) AS actor_roles,
      if(are_ids[2], tenant, cut(nameless[3], 256)) AS tenant_id,
      if(user_id = '' AND user_name = '', '', 'span') AS auth_method,
      -- Nobody here has seen what the service believed.
      if(user_id = '' AND user_name = '', 'none', 'claimed') AS actor_assurance,
      if(is_statement, toIPv6('::'), toIPv6OrDefault(client)) AS source_address,
      if(is_statement, 0, toUInt16OrZero(port)) AS source_port,
      if(is_statement, '', cut(nameless[4], 512)) AS user_agent,
      ServiceName AS service_name,
      ResourceAttributes['service.version'] AS service_version,
      ResourceAttributes['service.instance.id'] AS service_instance,
      if(ResourceAttributes['deployment.environment.name'] != '', ResourceAttributes['deployment.environment.name'], ResourceAttributes['deployment.environment']) AS environment,
      ResourceAttributes['host.name'] AS host_name,
      toUInt32OrZero(ResourceAttributes['process.pid']) AS process_id,
      TraceId AS trace_id,
      SpanId AS span_id,
      ParentSpanId AS parent_span_id,
      -- Whether the parent of a statement is a request its span does not say.
      if(is_statement, toUUID('00000000-0000-0000-0000-000000000000'), record_id) AS request_id,
      if(is_statement, cut(shapeless[7], 256), 'route') AS target_type,
      if(is_statement, '', cut(if(route = '', shapeless[3], shapeless[2]), 1024)) AS target_id,
      if(is_statement AND object != '', [cut(shapeless[7], 1024)], emptyArrayString()) AS target_tables,
      if(is_statement, '', cut(shapeless[1], 32)) AS http_method,
      if(is_statement, '', cut(shapeless[2], 1024)) AS http_route,
      if(is_statement, '', cut(shapeless[3], 2048)) AS url_path,
      if(is_statement, '', cut(shapeless[4], 4096)) AS url_query,
      if(is_statement, 0, status) AS http_status,
      if(is_statement, 0, toUInt64OrZero(SpanAttributes['http.request.body.size'])) AS request_size,
      if(is_statement, 0, toUInt64OrZero(SpanAttributes['http.response.body.size'])) AS response_size,
      if(is_statement, system, '') AS db_system,
      if(is_statement, cut(shapeless[5], 1024), '') AS db_namespace,
      if(is_statement, cut(shapeless[6], 8192), '') AS db_statement,
      if(is_statement, toUInt64OrZero(row_count), 0) AS db_rows,
      if(is_statement, 'unknown', '') AS transaction_outcome,
      if(end = 'success', '', cut(nameless[5], 256)) AS error_type,
      if(end = 'success', '', cut(nameless[6], 2048)) AS error_message,
      arrayFilter(column -> column != '', [
        if(lengthUTF8(nameless[1]) > 256, 'actor_id', ''),
        if(is_statement AND lengthUTF8(shapeless[6]) > 8192, 'db_statement', ''),
        if(NOT is_statement AND lengthUTF8(shapeless[3]) > 2048, 'url_path', ''),
        if(NOT is_statement AND lengthUTF8(shapeless[4]) > 4096, 'url_query', ''),
        if(end != 'success' AND lengthUTF8(nameless[6]) > 2048, 'error_message', '')]) AS truncated,
      mapFilter((name, value) -> value != '', map(
        'audit.source', 'otlp.traces',
        'audit.sql.problem', problem,
        'audit.sql.rows', if(is_statement AND row_count = '', 'unknown', ''),
        'network.peer.address', if(is_statement, '', cut(nameless[7], 256)),
        'otel.scope.name', cut(nameless[8], 256),
        'telemetry.sdk.language', cut(ResourceAttributes['telemetry.sdk.language'], 64))) AS attributes,
      toUInt16(1) AS schema_version
    FROM safe
  )
SELECT * EXCEPT content
FROM (SELECT *, formatRow('RowBinary', *) AS content FROM written)
-- A span that was sent again, however late and in whatever company, is there already. What differs in anything is another record.
WHERE (record_id, content) NOT IN
(
  SELECT record_id, formatRow('RowBinary',
    record_id, occurred_at, recorded_at, duration_us, category, action, outcome, severity, policy_level, policy_rule, actor_type,
    actor_id, actor_name, actor_roles, tenant_id, auth_method, actor_assurance, source_address, source_port, user_agent,
    service_name, service_version, service_instance, environment, host_name, process_id, trace_id, span_id, parent_span_id,
    request_id, target_type, target_id, target_tables, http_method, http_route, url_path, url_query, http_status, request_size,
    response_size, db_system, db_namespace, db_statement, db_rows, transaction_outcome, error_type, error_message, truncated,
    attributes, schema_version)
  FROM {{database}}.records
  WHERE occurred_at BETWEEN (SELECT min(Timestamp) FROM {{database}}.otel_traces) AND (SELECT max(Timestamp) FROM {{database}}.otel_traces)
    -- One span with a wrong clock must not make the period the whole table.
    AND toStartOfHour(occurred_at, 'UTC') IN (SELECT toStartOfHour(Timestamp, 'UTC') FROM {{database}}.otel_traces)
    AND trace_id IN (SELECT TraceId FROM {{database}}.otel_traces)
    AND chain_id = toUUID('00000000-0000-0000-0000-000000000000')
)
LIMIT 1 BY record_id, content
COMMENT 'Makes a record of no chain of each request that was served and each statement in otel_traces.';
