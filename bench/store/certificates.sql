-- The certificates of a part of the history. The seals are not chained (`previous` is as random as a hash is) and not signed, as without
-- a key; their digests are true where somebody will look at them, and as random as others elsewhere.
--
-- Parameters, in microseconds: from and to (when the records began, so that no more than these are in memory at once), and asked (from
-- when on the digests are true).
INSERT INTO audit.segments (seal, shortfall, signature, key_id, ingested_at)
SELECT
  concat(
    '{"chain":"', toString(chain_id), '","counts":{"appended":', toString(last), ',"dead":0,"delivered":', toString(first - 1), ',"dropped":0,"faults":0},"digest":"',
    digest, '","first":', toString(first), ',"format":1,"kind":"records","last":', toString(last), ',"number":', toString(intDiv(first - 1, 20) + 1),
    ',"occurredFrom":"', toString(from_nanos), '","occurredTo":"', toString(to_nanos), '","openedAt":"', toString(intDiv(from_nanos, 1000) + 900), '","predecessors":[],"previous":"',
    lower(hex(SHA256(concat(digest, 'previous')))), '","process":{"environment":"production","host":"', instance, '","instance":"', instance, '","pid":1,"service":"shop","version":"',
    version, '"},"rows":', toString(rows), ',"schema":1,"sealedAt":"', toString(intDiv(to_nanos, 1000) + 50000), '","segment":"', toString(segment_id), '"}') AS seal,
  '',
  '',
  '',
  arrived
FROM
(
  SELECT
    chain_id,
    segment_id,
    count() AS rows,
    min(sequence) AS first,
    max(sequence) AS last,
    toUnixTimestamp64Nano(min(occurred_at)) AS from_nanos,
    toUnixTimestamp64Nano(max(occurred_at)) AS to_nanos,
    toString(any(service_instance)) AS instance,
    toString(any(service_version)) AS version,
    max(ingested_at) + INTERVAL 20 MILLISECOND AS arrived,
    lower(hex(SHA256(arrayStringConcat(arrayMap(row -> row.2, arraySort(row -> row.1, groupArray((sequence, bytes)))))))) AS digest
  FROM
  (
    SELECT chain_id, segment_id, sequence, occurred_at, ingested_at, service_instance, service_version, 
      if(occurred_at >= fromUnixTimestamp64Micro({asked:Int64}, 'UTC'), formatRow('RowBinary', * EXCEPT ingested_at), toString(record_id)) AS bytes
    FROM audit.records
    WHERE occurred_at >= fromUnixTimestamp64Micro({from:Int64}, 'UTC') AND occurred_at < fromUnixTimestamp64Micro({to:Int64}, 'UTC')
  )
  GROUP BY chain_id, segment_id
)
-- Without it every row would be formatted.
SETTINGS short_circuit_function_evaluation = 'force_enable'
