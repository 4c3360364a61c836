-- What security and operations ask: one view a question, like those of 0002_views.sql.

CREATE VIEW IF NOT EXISTS {{database}}.brute_force AS
SELECT
  attack.hour AS hour,
  attack.kind AS kind,
  attack.subject AS subject,
  attack.service_name AS service_name,
  attack.environment AS environment,
  any(attack.failures) AS failures,
  any(attack.accounts) AS accounts,
  any(attack.addresses) AS addresses,
  any(attack.first_at) AS first_at,
  any(attack.last_at) AS last_at,
  -- From one of these addresses, into one of the accounts that were tried (any, where none has a name).
  arraySort(arrayFlatten(groupArray(arrayFilter(
    login -> login.1 >= attack.first_at AND login.1 <= attack.last_at + INTERVAL 1 HOUR
      AND (empty(attack.accounts) OR has(attack.accounts, login.2)),
    success.logins)))) AS logins,
  if(empty(logins), NULL, logins[1].1) AS succeeded_at,
  logins[1].2 AS succeeded_as
FROM
(
  SELECT
    hour,
    service_name,
    environment,
    kind,
    subject,
    failures,
    -- What belongs to a window with ten of them.
    arrayFilter(
      (slot, start) -> arrayExists(
        (latest, tries) -> tries >= 10 AND start BETWEEN latest - INTERVAL 1 HOUR AND latest, starts, tries_within_hour),
      slots,
      starts) AS attack,
    arraySlice(arrayDistinct(arrayFlatten(attack.3)), 1, 100) AS accounts,
    arraySlice(arrayDistinct(arrayFlatten(attack.4)), 1, 100) AS addresses,
    arrayMin(attack.5) AS first_at,
    arrayMax(attack.6) AS last_at,
    arrayJoin(if(empty(addresses), [''], addresses)) AS address
  FROM
  (
    SELECT
      hour,
      service_name,
      environment,
      kind,
      subject,
      groupArray((start, tries, slot_accounts, slot_addresses, slot_first_at, slot_last_at)) AS slots,
      slots.1 AS starts,
      slots.2 AS slot_tries,
      -- The window slides: for each five minutes of this hour all tries since an hour before.
      arrayMap(
        latest -> if(
          toStartOfHour(latest) = hour,
          arraySum((start, tries) -> if(start BETWEEN latest - INTERVAL 1 HOUR AND latest, tries, 0), starts, slot_tries),
          0),
        starts) AS tries_within_hour,
      arrayMax(tries_within_hour) AS failures
    FROM
    (
      SELECT
        hour,
        toStartOfFiveMinutes(occurred_at) AS start,
        service_name,
        environment,
        seen.1 AS kind,
        seen.2 AS subject,
        sum(attempts) AS tries,
        groupUniqArrayArray(100)(record_accounts) AS slot_accounts,
        groupUniqArrayArray(100)(record_addresses) AS slot_addresses,
        min(occurred_at) AS slot_first_at,
        max(occurred_at + toIntervalMicrosecond(duration_us)) AS slot_last_at
      FROM
      (
        SELECT
          hour,
          occurred_at,
          duration_us,
          toString(service_name) AS service_name,
          toString(environment) AS environment,
          -- Failures are folded after a threshold into a record that says how many it stands for, of which names and sources.
          greatest(toUInt64OrZero(attributes['audit.auth.count']), 1) AS attempts,
          arrayFilter(name -> name != '', if(empty(target_ids), [target_id], target_ids)) AS record_accounts,
          arrayFilter(
            source -> source NOT IN ('', '::'),
            arrayMap(
              source -> replaceRegexpOne(source, '^::ffff:([0-9]+[.])', '\\1'),
              if(
                attributes['audit.auth.sources'] = '',
                [toString(source_address)],
                splitByChar(' ', attributes['audit.auth.sources'])))) AS record_addresses
        FROM
        (
          -- A try counts for its own hour and the next, which keeps a filter by the hour one of time.
          SELECT toStartOfHour(occurred_at) AS hour, occurred_at, duration_us, service_name, environment, attributes, target_id, target_ids, source_address
          FROM {{database}}.unique_records
          WHERE category = 'auth' AND action = 'login_failed'
          UNION ALL
          SELECT toStartOfHour(occurred_at + INTERVAL 1 HOUR) AS hour, occurred_at, duration_us, service_name, environment, attributes, target_id, target_ids, source_address
          FROM {{database}}.unique_records
          WHERE category = 'auth' AND action = 'login_failed'
        )
      )
      -- Counted by its address, and by its account, where it has but one.
      ARRAY JOIN arrayConcat(
        if(length(record_addresses) = 1, [('address', record_addresses[1])], []),
        if(length(record_accounts) = 1, [('account', record_accounts[1])], []),
        if(length(record_addresses) != 1 AND length(record_accounts) != 1, [('anybody', '')], [])) AS seen
      GROUP BY hour, start, service_name, environment, kind, subject
    )
    GROUP BY hour, service_name, environment, kind, subject
    HAVING failures >= 10
  )
  -- What one address did to one account is told by the row of the address.
  WHERE kind != 'account' OR length(addresses) != 1
) AS attack
LEFT JOIN
(
  -- A login counts for its own hour and those beside it, which keeps a filter by the hour one of time on both sides.
  SELECT hour, address, groupArray((occurred_at, account)) AS logins
  FROM
  (
    SELECT
      toStartOfHour(occurred_at) AS hour,
      replaceRegexpOne(toString(source_address), '^::ffff:([0-9]+[.])', '\\1') AS address,
      occurred_at,
      account
    FROM {{database}}.logins
    -- An answer that does not tell (a page) may have been a success.
    WHERE action = 'login' AND outcome IN ('success', 'unknown')
    UNION ALL
    SELECT
      toStartOfHour(occurred_at - INTERVAL 1 HOUR) AS hour,
      replaceRegexpOne(toString(source_address), '^::ffff:([0-9]+[.])', '\\1') AS address,
      occurred_at,
      account
    FROM {{database}}.logins
    WHERE action = 'login' AND outcome IN ('success', 'unknown')
    UNION ALL
    SELECT
      toStartOfHour(occurred_at + INTERVAL 1 HOUR) AS hour,
      replaceRegexpOne(toString(source_address), '^::ffff:([0-9]+[.])', '\\1') AS address,
      occurred_at,
      account
    FROM {{database}}.logins
    WHERE action = 'login' AND outcome IN ('success', 'unknown')
  )
  GROUP BY hour, address
) AS success ON success.hour = attack.hour AND success.address = attack.address
GROUP BY hour, kind, subject, service_name, environment
COMMENT 'Who tries to break in, and did one succeed: one row an hour, service, and address (or account, where several addresses tried it) in which ten failed logins or more had come within an hour, which may have begun in the hour before (counted by five minutes, so up to 65). failures is the most within such an hour: those of two rows may be the same. A login from one of these addresses into one of the accounts within an hour of the last failure is in succeeded_at and succeeded_as.';

CREATE VIEW IF NOT EXISTS {{database}}.new_origins AS
SELECT
  month,
  tenant_id,
  actor_type,
  actor_id,
  actor_name,
  kind,
  origin,
  first_at,
  last_at,
  records,
  known_since,
  service_name,
  environment,
  record_id
FROM
(
  SELECT *, min(first_at) OVER (PARTITION BY month, tenant_id, actor_type, actor_id, kind) AS known_since
  FROM
  (
    SELECT
      month,
      tenant_id,
      actor_type,
      actor_id,
      seen.1 AS kind,
      seen.2 AS origin,
      argMax(named.actor_name, named.occurred_at) AS actor_name,
      min(named.occurred_at) AS first_at,
      max(named.occurred_at) AS last_at,
      count() AS records,
      argMin(named.service_name, named.occurred_at) AS service_name,
      argMin(named.environment, named.occurred_at) AS environment,
      argMin(named.record_id, named.occurred_at) AS record_id
    FROM
    (
      -- A record counts for its own month and the three after: so far is looked back, and a filter by the month is one of time.
      SELECT toStartOfMonth(occurred_at) AS month, occurred_at, tenant_id, actor_type, actor_id, actor_name, source_address, user_agent, service_name, environment, record_id
      FROM {{database}}.unique_records
      WHERE category IN ('http', 'auth') AND actor_assurance IN ('verified', 'trusted') AND actor_id != ''
      UNION ALL
      SELECT toStartOfMonth(occurred_at + INTERVAL 1 MONTH) AS month, occurred_at, tenant_id, actor_type, actor_id, actor_name, source_address, user_agent, service_name, environment, record_id
      FROM {{database}}.unique_records
      WHERE category IN ('http', 'auth') AND actor_assurance IN ('verified', 'trusted') AND actor_id != ''
      UNION ALL
      SELECT toStartOfMonth(occurred_at + INTERVAL 2 MONTH) AS month, occurred_at, tenant_id, actor_type, actor_id, actor_name, source_address, user_agent, service_name, environment, record_id
      FROM {{database}}.unique_records
      WHERE category IN ('http', 'auth') AND actor_assurance IN ('verified', 'trusted') AND actor_id != ''
      UNION ALL
      SELECT toStartOfMonth(occurred_at + INTERVAL 3 MONTH) AS month, occurred_at, tenant_id, actor_type, actor_id, actor_name, source_address, user_agent, service_name, environment, record_id
      FROM {{database}}.unique_records
      WHERE category IN ('http', 'auth') AND actor_assurance IN ('verified', 'trusted') AND actor_id != ''
    ) AS named
    ARRAY JOIN [
      ('address', if(source_address = toIPv6('::'), '', replaceRegexpOne(toString(source_address), '^::ffff:([0-9]+[.])', '\\1'))),
      ('user agent', toString(user_agent))] AS seen
    WHERE origin != ''
    GROUP BY month, tenant_id, actor_type, actor_id, kind, origin
  )
)
WHERE first_at > known_since AND toStartOfMonth(first_at) = month
COMMENT 'Does somebody known come from a new address, or with a new user agent: one row a month, actor and origin that the actor did not have before in that month nor in the three months before it, of whom others are known from then. Names that nobody vouches for are left out. known_since tells since when, within these months, the actor had been known. Filter by month.';

CREATE VIEW IF NOT EXISTS {{database}}.process_health AS
SELECT
  chain_id,
  service_name,
  service_version,
  service_instance,
  environment,
  host_name,
  process_id,
  multiIf(
    -- Imported history has no process that could fall silent.
    process_id = 0, 'history',
    last_kind = 'closing', 'closed',
    last_kind = 'abandoned', 'died',
    silent_seconds <= 180, 'alive',
    'silent') AS state,
  -- By the clock of the store; a record of a clock that is ahead says nothing.
  if(last_record_at > now64(9), last_delivered_at, greatest(last_record_at, last_delivered_at)) AS last_heard_at,
  greatest(dateDiff('second', last_heard_at, now64(9)), 0) AS silent_seconds,
  started_at,
  last_seen_at AS last_entry_at,
  stored.last_record_at AS last_record_at,
  records,
  stored.records AS stored_records,
  missing_segments,
  dropped,
  dead,
  faults,
  short_segments,
  last_delay,
  longest_delay
FROM {{database}}.chains
LEFT JOIN
(
  -- From the projection `runs`, like `repeated_runs`.
  SELECT chain_id, groupBitmap(sequence) AS records, max(occurred_at) AS last_record_at
  FROM {{database}}.records
  GROUP BY chain_id
) AS stored USING (chain_id)
COMMENT 'Which processes are audited, and is one silent: one row a start of a process. A process says something every minute (AUDIT_REGISTER_HEARTBEAT_INTERVAL_MS): whoever has not closed its chain and was not heard of for three minutes is silent.';

CREATE VIEW IF NOT EXISTS {{database}}.uncertified_segments AS
SELECT
  chain_id,
  segment_id,
  any(stray.service_name) AS service_name,
  any(stray.environment) AS environment,
  any(stray.host_name) AS host_name,
  any(stray.process_id) AS process_id,
  count() AS records,
  min(stray.occurred_at) AS first_at,
  max(stray.occurred_at) AS last_at,
  max(stray.ingested_at) AS arrived_at
FROM {{database}}.unique_records AS stray
WHERE (chain_id, segment_id) NOT IN (SELECT chain_id, segment_id FROM {{database}}.segments)
GROUP BY chain_id, segment_id
COMMENT 'Which records does nobody vouch for: one row a segment without an entry in segments. An entry follows its records within seconds; one that has not come after ten minutes waits in a spool, or the records were added by somebody else.';

CREATE VIEW IF NOT EXISTS {{database}}.losses AS
SELECT
  sealed_at,
  service_name,
  environment,
  host_name,
  process_id,
  dropped_count - lagInFrame(dropped_count, 1, 0) OVER in_chain AS dropped,
  dead_count - lagInFrame(dead_count, 1, 0) OVER in_chain AS dead,
  fault_count - lagInFrame(fault_count, 1, 0) OVER in_chain AS faults,
  ingested_at,
  chain_id,
  number
FROM
(
  SELECT
    chain_id,
    number,
    sealed_at,
    service_name,
    environment,
    host_name,
    process_id,
    toInt64(dropped_count) AS dropped_count,
    toInt64(dead_count) AS dead_count,
    toInt64(fault_count) AS fault_count,
    ingested_at
  FROM {{database}}.segments
  -- Counts only grow: before the first of these entries they were zero. An heir's end repeats those before it.
  WHERE (segments.dropped_count > 0 OR segments.dead_count > 0 OR segments.fault_count > 0) AND kind != 'abandoned'
  ORDER BY chain_id, number, ingested_at
  LIMIT 1 BY chain_id, number
)
WINDOW in_chain AS (PARTITION BY chain_id ORDER BY number ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
QUALIFY dropped > 0 OR dead > 0 OR faults > 0
COMMENT 'What was given up, by the own account of the processes: one row an entry since the one before which records were dropped, refused by the store (dead letters), or faults of audit-register were kept from the application.';
