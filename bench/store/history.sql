-- The history that the store is measured with, made inside the engine: what a shop like examples/shop leaves behind under the mix of
-- bench/load/shop-requests.ts, with what else a register holds. Twenty records are a cycle: eleven requests, six writes, the ends of
-- two transactions, and one of something else (slot 19). The same rows come out for the same parameters.
--
-- Parameters: first and rows (which part of the history), day_rows (records of a day), begin (of the first day).
INSERT INTO audit.records
(
  record_id, occurred_at, recorded_at, duration_us, category, action, outcome, severity, policy_level, policy_rule,
  actor_type, actor_id, actor_name, actor_roles, tenant_id, impersonator_id, session_id, auth_method, auth_issuer, actor_assurance,
  source_address, source_port, user_agent, service_name, service_version, service_instance, environment, host_name, process_id,
  trace_id, span_id, parent_span_id, correlation_id, request_id,
  target_type, target_id, target_ids, target_tables, changed_fields, new_values,
  http_method, http_route, url_path, url_query, http_status, request_size, response_size,
  db_system, db_namespace, db_statement, db_parameters, db_rows, db_backend_pid, transaction_id, transaction_outcome,
  error_type, error_message, attributes, chain_id, sequence, segment_id, schema_version, ingested_at
)
WITH
  -- A number that nothing else lets guess, and one from 0 to 1.
  (what, salt) -> cityHash64(what, salt) AS roll,
  (what, salt) -> cityHash64(what, salt) / 18446744073709551616. AS chance,
  (what, salt) -> leftPad(lower(hex(cityHash64(what, salt))), 16, '0') AS hex8,
  -- The store keeps the halves of a UUID in this order.
  (high, low) -> reinterpret(bitShiftLeft(toUInt128(bitOr(bitAnd(low, 0x3fffffffffffffff), 0x8000000000000000)), 64) + high, 'UUID') AS uuid,
  (what, salt) -> uuid(bitOr(bitAnd(roll(what, salt), 0xffffffffffff0fff), 0x4000), roll(what, salt + 500)) AS uuid4,
  -- As src/record/uuid.ts makes them: milliseconds, a count, and what is random once for a process.
  (micros, nth, of_process) -> uuid(bitOr(bitShiftLeft(toUInt64(intDiv(micros, 1000)), 16), bitOr(0x7000, nth)), of_process) AS uuid7,
  toUUID('00000000-0000-0000-0000-000000000000') AS nobody,
  ['list', 'order', 'order', 'order', 'order', 'show', 'product', 'note', 'note', 'show',
   'list', 'pay', 'pay', 'pay', 'pay', 'customer', 'remove', 'remove', 'report', 'other'] AS requests,
  [0, 1, 1, 1, 1, 2, 3, 4, 4, 5, 6, 7, 7, 7, 7, 8, 9, 9, 10, 11] AS request_numbers,
  ['http', 'insert-order', 'insert-items', 'end', 'http', 'http', 'http', 'update', 'http', 'http',
   'http', 'insert-payment', 'update-paid', 'end', 'http', 'http', 'delete', 'http', 'http', ''] AS kinds,
  -- Request line
  ['list', 'order', 'show', 'product', 'note', 'pay', 'customer', 'remove', 'report', 'login'] AS routes_of,
  ['/products', '/orders', '/orders/:id', '/products/:id', '/orders/:id', '/orders/:id/pay', '/customers/:id', '/orders/:id', '/reports/:name', '/login'] AS routes,
  ['GET', 'POST', 'GET', 'GET', 'PATCH', 'POST', 'GET', 'DELETE', 'GET', 'POST'] AS methods,
  -- Statements
  ['insert-order', 'insert-items', 'update', 'bulk', 'insert-payment', 'update-paid', 'delete', 'read', 'job', 'schema'] AS statements_of,
  ['orders', 'order_items', 'orders', 'orders', 'payments', 'orders', 'orders', 'customers', 'sessions', 'orders'] AS tables,
  ['create', 'create', 'update', 'update', 'create', 'update', 'delete', 'read', 'delete', 'schema'] AS actions,
  ['INSERT INTO orders (customer_id) VALUES ($1) RETURNING id',
   'INSERT INTO order_items (order_id, product_id, quantity, price) SELECT $1, products.id, wanted.quantity, products.price FROM unnest($2::integer[], $3::integer[]) AS wanted (product_id, quantity) JOIN products ON products.id = wanted.product_id',
   'UPDATE orders SET note = $1 WHERE id = $2 RETURNING *',
   'UPDATE orders SET status = $1 WHERE id IN (?)',
   'INSERT INTO payments (order_id, amount, card_last_four) SELECT $1, coalesce(sum(quantity * price), ?), $2 FROM order_items WHERE order_id = $1',
   'UPDATE orders SET status = ? WHERE id = $1',
   'DELETE FROM orders WHERE id = $1',
   'SELECT * FROM customers WHERE id = $1',
   'DELETE FROM sessions WHERE expires_at < now()',
   'ALTER TABLE orders ADD COLUMN IF NOT EXISTS gift boolean'] AS texts
SELECT
  if(kind = 'http', request, uuid7(recorded, slot, of_process)) AS record_id,
  fromUnixTimestamp64Micro(toInt64(occurred), 'UTC') AS occurred_at,
  fromUnixTimestamp64Micro(toInt64(recorded), 'UTC') AS recorded_at,
  duration AS duration_us,
  multiIf(kind = 'http', 'http', kind = 'end', 'transaction', is_auth, 'auth', kind = 'event', 'app', 'db') AS category,
  multiIf(
    kind = 'http', transform(http_method, ['GET', 'POST', 'PATCH', 'DELETE'], ['read', 'create', 'update', 'delete'], 'other'),
    kind = 'end', if(request_kind = 'pay', 'rollback', 'commit'),
    kind = 'event', 'invoice.exported',
    is_statement, transform(kind, statements_of, actions, 'other'),
    kind) AS action,
  multiIf(kind = 'http', http_outcome, kind = 'login_failed', 'failure', kind = 'token_rejected', 'denied', 'success') AS outcome,
  multiIf(outcome != 'success', 'warning', kind = 'end' AND is_awaited, 'notice', 'info') AS severity,
  if(is_statement, 'request', 'metadata') AS policy_level,
  multiIf(kind = 'http', 'http', kind = 'read', 'reads of customers', is_statement, 'writes', 'everything') AS policy_rule,

  multiIf(kind IN ('job', 'schema'), 'system', is_nameless, 'anonymous', 'user') AS actor_type,
  multiIf(kind IN ('job', 'schema'), 'shop', is_nameless, '', concat('auth0|', substring(concat(hex8(user, 1), hex8(user, 2)), 1, 24))) AS actor_id,
  multiIf(kind IN ('job', 'schema'), 'shop', is_nameless, '', concat('user', toString(user), '@example.com')) AS actor_name,
  multiIf(is_anonymous, [], chance(user, 3) < 0.02, ['admin', 'support'], ['customer']) AS actor_roles,
  if(is_anonymous, '', concat('tenant-', toString(toUInt32(50 * pow(chance(user, 4), 2))))) AS tenant_id,
  if(NOT is_anonymous AND chance(visit, 5) < 0.001, 'auth0|5f7c8ec7c33c6c004bbafe82', '') AS impersonator_id,
  if(is_anonymous, '', toString(uuid4((user, day), 6))) AS session_id,
  if(is_anonymous, '', 'jwt') AS auth_method,
  if(is_anonymous, '', 'https://login.example.com/') AS auth_issuer,
  multiIf(kind = 'token_rejected', 'invalid', is_anonymous, 'none', 'verified') AS actor_assurance,

  if(is_background, toIPv6('::'), toIPv6(concat('::ffff:', toString(60 + roll(user, 7) % 40), '.', toString(roll(user, 8) % 250), '.', toString(roll(user, 9) % 250), '.', toString(roll((user, visit % 3), 10) % 250)))) AS source_address,
  if(is_background, 0, 1024 + roll((visit, roll(request_key, 11) % 3), 12) % 60000) AS source_port,
  if(is_background, '', concat(
    'Mozilla/5.0 (', ['Windows NT 10.0; Win64; x64', 'Macintosh; Intel Mac OS X 10_15_7', 'X11; Linux x86_64', 'iPhone; CPU iPhone OS 18_5 like Mac OS X'][1 + toUInt32(4 * pow(chance(user, 13), 2))],
    ') AppleWebKit/537.36 (KHTML, like Gecko) Chrome/', toString(120 + toUInt32(24 * sqrt(chance(user, 14)))), '.0.0.0 Safari/537.36')) AS user_agent,
  'shop' AS service_name,
  concat('4.', toString(11 + intDiv(day, 3)), '.2') AS service_version,
  concat('shop-', substring(hex8(chain_id, 15), 1, 10)) AS service_instance,
  'production' AS environment,
  service_instance AS host_name,
  1 AS process_id,

  concat(hex8(request_key, 16), hex8(request_key, 17)) AS trace_id,
  if(kind = 'http' OR is_background, hex8(request_key, 18), hex8(number, 18)) AS span_id,
  if(kind = 'http' OR is_background, '', hex8(request_key, 18)) AS parent_span_id,
  -- Made where the client has none.
  if(is_background, '', toString(request)) AS correlation_id,
  if(is_background, nobody, request) AS request_id,

  multiIf(kind = 'http', 'route', is_statement, transform(kind, statements_of, tables, ''), kind IN ('login', 'login_failed'), 'account', kind = 'event', 'invoice', '') AS target_type,
  multiIf(
    kind = 'http', http_route,
    kind IN ('insert-order', 'update', 'update-paid', 'delete'), toString(order_id),
    kind = 'read', toString(customer),
    kind IN ('login', 'login_failed'), concat('user', toString(user), '@example.com'),
    kind = 'event', toString(order_id),
    '') AS target_id,
  if(kind = 'bulk', arrayMap(i -> toString(order_id - i * 3), range(2 + roll(cycle, 20) % 10)), []) AS target_ids,
  if(is_statement, [target_type], []) AS target_tables,
  multiIf(
    kind = 'insert-order', ['customer_id'], kind = 'insert-items', ['order_id', 'product_id', 'quantity', 'price'],
    kind = 'update', ['note'], kind IN ('update-paid', 'bulk'), ['status'], kind = 'insert-payment', ['order_id', 'amount', 'card_last_four'], []) AS changed_fields,
  multiIf(
    kind = 'insert-order', map('customer_id', actor_id), kind = 'insert-items', map('order_id', toString(order_id)),
    kind = 'update', map('note', note), kind = 'update-paid', map('status', 'paid'), kind = 'bulk', map('status', 'expired'),
    kind = 'insert-payment', map('order_id', toString(order_id), 'card_last_four', card),
    CAST(map(), 'Map(String, String)')) AS new_values,

  if(is_background, '', transform(request_kind, routes_of, methods, '')) AS http_method,
  if(is_background, '', transform(request_kind, routes_of, routes, '')) AS http_route,
  if(is_background, '', replaceOne(replaceOne(http_route, ':id', toString(multiIf(request_kind = 'product', product, request_kind = 'customer', customer, order_id))), ':name', ['sales', 'stock', 'payments'][1 + roll(request_key, 21) % 3])) AS url_path,
  if(kind = 'http' AND request_kind = 'list', ['page', 'page&sort', 'category&page'][1 + roll(request_key, 22) % 3], '') AS url_query,
  if(kind = 'http', status, 0) AS http_status,
  if(kind = 'http' AND http_method IN ('POST', 'PATCH'), 40 + roll(request_key, 23) % 200, 0) AS request_size,
  if(kind = 'http' AND status = 200, 200 + toUInt64(4000 * pow(chance(request_key, 24), 2)), 0) AS response_size,

  if(is_statement OR kind = 'end', 'postgresql', '') AS db_system,
  if(is_statement OR kind = 'end', 'shop', '') AS db_namespace,
  if(is_statement, transform(kind, statements_of, texts, ''), '') AS db_statement,
  multiIf(
    kind = 'insert-order', [actor_id],
    kind = 'insert-items', [toString(order_id), concat('{"', toString(product), '","', toString(1 + roll(cycle, 25) % 5000), '"}'), '{"2","1"}'],
    kind = 'update', [note, toString(order_id)], kind = 'insert-payment', [toString(order_id), card], kind = 'bulk', arrayPushFront(target_ids, 'expired'),
    kind IN ('update-paid', 'delete'), [toString(order_id)], kind = 'read', [toString(customer)], []) AS db_parameters,
  multiIf(kind = 'insert-items', 2, kind = 'bulk', length(target_ids), kind = 'job', roll(number, 26) % 3000, is_statement AND kind != 'schema', 1, 0) AS db_rows,
  if(is_statement OR kind = 'end', 1000 + process * 50 + roll(request_key, 27) % 10, 0) AS db_backend_pid,
  if(request_kind IN ('order', 'pay') AND (is_statement OR kind = 'end'), toString(uuid7(begun + 200, 40 + request_key.2, of_process)), '') AS transaction_id,
  multiIf(
    kind = 'end' OR is_statement AND transaction_id != '', multiIf(is_awaited AND is_statement, 'unknown', request_kind = 'pay', 'rolled_back', 'committed'),
    is_statement, 'autocommit', '') AS transaction_outcome,

  multiIf(kind = 'login_failed', 'wrong_password', kind = 'token_rejected', 'expired', kind = 'http' AND status = 500, 'TypeError', '') AS error_type,
  if(kind = 'http' AND status = 500, concat('Cannot read properties of undefined (reading \'', ['id', 'price', 'stock'][1 + roll(request_key, 28) % 3], '\')'), '') AS error_message,
  multiIf(
    kind = 'http', map('network.protocol.version', '1.1'), kind = 'end', map('audit.transaction.writes', '2'),
    is_awaited AND is_statement, map('audit.transaction.position', if(kind = 'insert-order', '1', '2')),
    CAST(map(), 'Map(String, String)')) AS attributes,

  uuid4((day, process), 30) AS chain_id,
  day_cycle_of_process * 20 + slot + 1 AS sequence,
  uuid7(cycle_began + 1000000, 60, of_process) AS segment_id,
  1 AS schema_version,
  fromUnixTimestamp64Milli(toInt64(intDiv(begun, 1000) + 1200), 'UTC') AS ingested_at
FROM
(
  SELECT
    *,
    roll((day, process), 32) AS of_process,
    uuid7(begun, 20 + request_key.2, of_process) AS request,
    multiIf(kind = 'http', begun, kind = 'end', begun + 22000, begun + 2000 + slot * 900 + roll(number, 50) % 1500) AS occurred,
    multiIf(kind = 'http', 30000 + toUInt64(60000 * pow(chance(request_key, 51), 3)), 400 + toUInt64(8000 * pow(chance(number, 51), 3))) AS duration,
    occurred + duration + 40 + roll(number, 52) % 60 AS recorded,
    multiIf(request_kind IN ('order'), 201, request_kind = 'remove', 204, request_kind = 'pay', 402, request_kind = 'report' AND chance(request_key, 53) < 0.1, 403, chance(request_key, 54) < 0.003, 500, chance(request_key, 54) < 0.02, 404, 200) AS status,
    multiIf(status = 403, 'denied', status < 400, 'success', 'failure') AS http_outcome,
    kind IN ('job', 'schema') AS is_background,
    kind IN ('login', 'login_failed', 'token_rejected', 'identified') AS is_auth,
    NOT is_auth AND kind NOT IN ('http', 'end', 'event') AS is_statement,
    -- Written before the request was identified.
    request_kind = 'order' AND is_late AND kind NOT IN ('http', 'identified') AS is_nameless,
    is_nameless OR is_background OR kind = 'login_failed' AS is_anonymous
  FROM
  (
    SELECT
      *,
      -- Late actors are told of by a record of their request, in slot 19 of the cycle.
      if(slot < 19, requests[slot + 1], multiIf(is_late, 'order', other < 0.3, 'login', other < 0.9, 'customer', 'none')) AS request_kind,
      if(slot < 19, if(kinds[slot + 1] = 'update' AND chance(cycle, 60) < 0.03, 'bulk', kinds[slot + 1]), multiIf(
        is_late, 'identified', other < 0.2, 'login', other < 0.28, 'login_failed', other < 0.3, 'token_rejected', other < 0.85, 'read',
        other < 0.9, 'event', other < 0.9999, 'job', 'schema')) AS kind,
      -- Slot 19 is of another request of its cycle, which is there.
      (cycle, if(slot < 19, request_numbers[slot + 1], multiIf(is_late, 1, other < 0.3, 11, other < 0.9, 8, 12))) AS request_key,
      -- A hundred visits at a time, of some twenty requests each.
      intDiv(cycle, 200) * 100 + roll(request_key, 61) % 100 AS visit,
      toUInt32(20000 * pow(chance(visit, 62), 2)) AS user,
      -- One cycle after the other, each request somewhere in it.
      36000000000 / intDiv({day_rows:UInt64}, 20) AS cycle_micros,
      {begin:UInt64} + day * 86400000000 + toUInt64(day_cycle * cycle_micros) AS cycle_began,
      cycle_began + toUInt64((request_key.2 / 12 + chance(request_key, 63)) * cycle_micros) AS begun,
      intDiv(day_cycle, 2) AS day_cycle_of_process,
      1000000 + if(request_kind = 'order', cycle, cycle - toUInt32(5000 * pow(chance(request_key, 64), 2))) AS order_id,
      1 + toUInt32(5000 * pow(chance(request_key, 65), 2)) AS product,
      1 + roll(request_key, 66) % 20000 AS customer,
      concat(['Wrap it as a gift', 'Leave it at the door, shelf ', 'Call before delivery: +49 30 '][1 + roll(request_key, 67) % 3], toString(roll(request_key, 68) % 9000)) AS note,
      toString(1000 + roll(request_key, 69) % 9000) AS card
    FROM
    (
      SELECT
        number,
        intDiv(number, 20) AS cycle,
        number % 20 AS slot,
        intDiv(number, {day_rows:UInt64}) AS day,
        cycle - day * intDiv({day_rows:UInt64}, 20) AS day_cycle,
        cycle % 2 AS process,
        chance(cycle, 70) < 0.0005 AS is_late,
        chance(cycle, 71) < 0.0005 AS is_awaited,
        chance(cycle, 72) AS other
      FROM numbers({first:UInt64}, {rows:UInt64})
    )
  )
)
