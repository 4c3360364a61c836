-- Who caused what inner services did, that know no user or only claim one. The service at the edge has verified somebody; inner records
-- are in the same trace. NOTE: whoever sends a request chooses its trace id and the id of its parent, so a trace alone proves nothing:
-- these views say on what each answer stands, say nothing where there are two answers, and overwrite no actor.
CREATE VIEW IF NOT EXISTS {{database}}.trace_actors AS
SELECT
  trace_id,
  if(is_known, actors[1].2, '') AS actor_id,
  if(is_known, a_name, '') AS actor_name,
  if(is_known, actors[1].1, '') AS actor_type,
  if(is_known, actors[1].3, '') AS impersonator_id,
  if(is_known AND length(tenants) = 1, tenants[1], '') AS tenant_id,
  if(is_known, if(has(assurances, 'trusted'), 'trusted', 'verified'), '') AS actor_assurance,
  -- Zero where there were several requests of theirs.
  if(is_known AND length(request_ids) = 1, request_ids[1], toUUID('00000000-0000-0000-0000-000000000000')) AS request_id,
  services,
  is_known,
  length(actors) AS actor_count,
  length(arrayIntersect(services, services_unnamed)) AS unnamed_services
FROM
(
  SELECT
    trace_id,
    groupUniqArrayIf(16)((toString(actor_type), actor_id, impersonator_id), is_vouched) AS actors,
    maxIf(actor_name, is_vouched) AS a_name,
    groupUniqArrayIf(2)(toString(tenant_id), is_vouched) AS tenants,
    -- The same id by another issuer is somebody else.
    groupUniqArrayIf(2)(toString(auth_issuer), is_vouched AND auth_issuer != '') AS issuers,
    groupUniqArrayIf(16)(toString(service_name), is_vouched) AS services,
    groupUniqArrayIf(2)(toString(actor_assurance), is_vouched) AS assurances,
    groupUniqArrayIf(2)(record_id, is_vouched) AS request_ids,
    groupUniqArrayIf(1000)(toString(service_name), NOT is_vouched) AS services_unnamed,
    -- Where somebody who showed nothing asked a service of the edge in the same trace, it is open what was done for whom.
    length(actors) = 1 AND length(issuers) < 2 AND length(services) < 16 AND length(services_unnamed) < 1000
      AND NOT hasAny(services, services_unnamed) AS is_known
  FROM
  (
    SELECT
      *,
      actor_assurance IN ('verified', 'trusted') AND actor_id != '' AND chain_id != toUUID('00000000-0000-0000-0000-000000000000') AS is_vouched
    FROM {{database}}.unique_records
    WHERE category = 'http' AND trace_id != ''
  )
  GROUP BY trace_id
  HAVING notEmpty(actors)
)
COMMENT 'Who made the requests of a trace, where services of the edge verified it: one row a trace. Nobody, where there were several, or somebody without a name beside them.';

-- Up from each span, as far as the spans above it are recorded, to the first request that a service vouches for.
CREATE VIEW IF NOT EXISTS {{database}}.span_actors AS
WITH
  -- (place of the next span, services of the requests on the way, place of the request that is vouched for, the way goes on unrecorded)
  (spans, parents, state) -> multiIf(
    state.1 = 0, state,
    NOT tupleElement(spans[state.1], 'is_single'), (toUInt64(0), state.2, toUInt64(0), toUInt8(0)),
    tupleElement(spans[state.1], 'is_vouched'),
      -- A service that was asked again on the way saw no user then, or another one.
      (toUInt64(0), state.2, if(has(state.2, tupleElement(spans[state.1], 'service')), toUInt64(0), state.1), toUInt8(0)),
    (
      parents[state.1],
      if(tupleElement(spans[state.1], 'is_request'), arrayPushBack(state.2, tupleElement(spans[state.1], 'service')), state.2),
      toUInt64(0),
      toUInt8(parents[state.1] = 0 AND tupleElement(spans[state.1], 'parent') != ''))) AS step
SELECT
  trace_id,
  tupleElement(place, 'id') AS span_id,
  spans[found.3] AS carrier,
  found.2 AS services,
  found.3 != 0 AS is_known,
  found.4 = 1 AS is_open
FROM
(
  SELECT
    trace_id,
    groupArray(named) AS spans,
    arrayMap(one -> indexOf(arrayMap(other -> tupleElement(other, 'id'), spans), tupleElement(one, 'parent')), spans) AS parents,
    arrayMap(
      at -> arrayFold(
        (state, hop) -> step(spans, parents, state),
        range(16),
        (at, CAST([], 'Array(String)'), toUInt64(0), toUInt8(0))),
      arrayMap(at -> toUInt64(at), arrayEnumerate(spans))) AS ways
  FROM
  (
    SELECT
      trace_id,
      groupUniqArrayIf(2)(fact, fact.is_request) AS requests,
      groupUniqArrayIf(2)(fact, NOT fact.is_request) AS others,
      -- What else is recorded with the span of a request says nothing about it.
      CAST(
        tupleConcat(tuple(span_id, length(if(notEmpty(requests), requests, others)) = 1), if(notEmpty(requests), requests, others)[1]),
        'Tuple(id String, is_single UInt8, parent String, service String, is_request UInt8, is_vouched UInt8, actor_id String, actor_name String, actor_type String, actor_assurance String, impersonator_id String, tenant_id String, record_id UUID)') AS named
    FROM
    (
      SELECT
        trace_id,
        span_id,
        category = 'http' AS is_served,
        CAST(
          (
            parent_span_id,
            service_name,
            is_served,
            is_served AND actor_assurance IN ('verified', 'trusted') AND actor_id != '' AND chain_id != toUUID('00000000-0000-0000-0000-000000000000'),
            if(is_served, actor_id, ''),
            if(is_served, actor_name, ''),
            if(is_served, toString(actor_type), ''),
            if(is_served, toString(actor_assurance), ''),
            if(is_served, impersonator_id, ''),
            if(is_served, toString(tenant_id), ''),
            if(is_served, record_id, toUUID('00000000-0000-0000-0000-000000000000'))),
          'Tuple(parent String, service String, is_request UInt8, is_vouched UInt8, actor_id String, actor_name String, actor_type String, actor_assurance String, impersonator_id String, tenant_id String, record_id UUID)') AS fact
      FROM {{database}}.unique_records
      -- Statements cause no requests.
      WHERE category NOT IN ('db', 'transaction', 'gap', 'auth') AND trace_id != '' AND span_id != ''
    )
    GROUP BY trace_id, span_id
  )
  GROUP BY trace_id
  -- Whoever chooses the trace of a million requests gets no answer, and costs nothing.
  HAVING count() <= 500
)
ARRAY JOIN spans AS place, ways AS found
COMMENT 'Whose request caused a span, told by the spans above it: one row a span of a request or an outgoing call.';

CREATE VIEW IF NOT EXISTS {{database}}.carried_records AS
SELECT
  records.*,
  multiIf(
    is_led AND carrier.service != service_name, 'span',
    -- The way up ends where nothing is recorded, such as at an outgoing call: then the trace must do, where it has one actor.
    (is_open OR (way_span = '' AND parent_span_id != '')) AND is_agreed AND NOT has(edge_services, service_name) AND NOT hasAny(edge_services, way_services), 'trace',
    '') AS carried_by,
  multiIf(carried_by = 'span', carrier.actor_id, carried_by = 'trace', trace_actor_id, '') AS carried_actor_id,
  multiIf(carried_by = 'span', carrier.actor_name, carried_by = 'trace', trace_actor_name, '') AS carried_actor_name,
  multiIf(carried_by = 'span', carrier.actor_type, carried_by = 'trace', trace_actor_type, '') AS carried_actor_type,
  multiIf(carried_by = 'span', carrier.actor_assurance, carried_by = 'trace', trace_assurance, '') AS carried_assurance,
  multiIf(carried_by = 'span', carrier.impersonator_id, carried_by = 'trace', trace_impersonator_id, '') AS carried_impersonator_id,
  multiIf(carried_by = 'span', carrier.tenant_id, carried_by = 'trace', trace_tenant_id, '') AS carried_tenant_id,
  multiIf(carried_by = 'span', carrier.record_id, carried_by = 'trace', trace_request_id, toUUID('00000000-0000-0000-0000-000000000000')) AS carried_from
FROM {{database}}.unique_records AS records
LEFT ANY JOIN
(
  SELECT trace_id AS way_trace, span_id AS way_span, carrier, services AS way_services, is_known AS is_led, is_open
  FROM {{database}}.span_actors
) AS ways ON records.trace_id = ways.way_trace AND records.parent_span_id = ways.way_span
LEFT ANY JOIN
(
  SELECT
    trace_id AS agreed_trace,
    services AS edge_services,
    is_known AS is_agreed,
    actor_id AS trace_actor_id,
    actor_name AS trace_actor_name,
    actor_type AS trace_actor_type,
    actor_assurance AS trace_assurance,
    impersonator_id AS trace_impersonator_id,
    tenant_id AS trace_tenant_id,
    request_id AS trace_request_id
  FROM {{database}}.trace_actors
) AS agreed ON records.trace_id = agreed.agreed_trace
-- Who is vouched for where it was done needs nobody else.
WHERE records.actor_assurance NOT IN ('verified', 'trusted') AND records.trace_id != '' AND records.category != 'gap'
COMMENT 'What was done in services that do not know by whom, with the actor that the service at the edge verified in columns of their own: carried_by says whether spans lead there (span), or only the trace does (trace).';
