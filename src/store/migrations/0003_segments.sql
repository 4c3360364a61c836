-- The links of the chains. What is inserted is the text of the seal and what is said of it; the other columns are read out of
-- that text, so that no column can say anything else. What verifies reads the text.
CREATE TABLE IF NOT EXISTS {{database}}.segments
(
  seal String COMMENT 'What is promised of the segment: canonical JSON, to the letter as it was hashed and signed.',
  shortfall String COMMENT 'Which of its rows were not delivered and the digest of the others, as JSON; empty where all were.',
  signature String COMMENT 'JWS with detached content over seal and shortfall; empty without a key.',
  key_id LowCardinality(String) COMMENT 'Thumbprint of the key (RFC 7638); empty without a key.',

  -- which
  chain_id UUID MATERIALIZED toUUIDOrZero(JSONExtractString(seal, 'chain')) COMMENT 'One start of one process (or worker thread).',
  number UInt64 MATERIALIZED JSONExtractUInt(seal, 'number') COMMENT '1, 2, 3 … within the chain; a hole is a segment that was removed or is on its way.',
  segment_id UUID MATERIALIZED toUUIDOrZero(JSONExtractString(seal, 'segment')) COMMENT 'The `segment_id` of its records.',
  kind LowCardinality(String) MATERIALIZED JSONExtractString(seal, 'kind') COMMENT '`records`, `heartbeat`, `closing` (the chain ended in order) or `abandoned` (its process died).',

  -- what is in it
  first_sequence UInt64 MATERIALIZED JSONExtractUInt(seal, 'first') COMMENT 'Sequence of the first record.' CODEC(Delta(8), ZSTD(1)),
  last_sequence UInt64 MATERIALIZED JSONExtractUInt(seal, 'last') COMMENT 'Sequence of the last record; one before the first where there is none.' CODEC(Delta(8), ZSTD(1)),
  row_count UInt64 MATERIALIZED JSONExtractUInt(seal, 'rows') COMMENT 'How many records were sealed.' CODEC(T64, ZSTD(1)),
  digest String MATERIALIZED JSONExtractString(seal, 'digest') COMMENT 'SHA-256 over the rows in RowBinary, in hex.',
  previous String MATERIALIZED JSONExtractString(seal, 'previous') COMMENT 'The `seal_hash` of the segment before; empty for the first of a chain.',
  seal_hash String MATERIALIZED lower(hex(SHA256(seal))) COMMENT 'SHA-256 of the seal, in hex.',
  schema_version UInt16 MATERIALIZED JSONExtractUInt(seal, 'schema') COMMENT 'Version of the list of columns that the digest is over.',

  -- when
  occurred_from DateTime64(9, 'UTC') MATERIALIZED fromUnixTimestamp64Nano(toInt64OrZero(JSONExtractString(seal, 'occurredFrom')), 'UTC') COMMENT 'Smallest `occurred_at` of its records; 1970 without records.' CODEC(Delta(8), ZSTD(1)),
  occurred_to DateTime64(9, 'UTC') MATERIALIZED fromUnixTimestamp64Nano(toInt64OrZero(JSONExtractString(seal, 'occurredTo')), 'UTC') COMMENT 'Largest `occurred_at` of its records; 1970 without records.' CODEC(Delta(8), ZSTD(1)),
  opened_at DateTime64(6, 'UTC') MATERIALIZED fromUnixTimestamp64Micro(toInt64OrZero(JSONExtractString(seal, 'openedAt')), 'UTC') COMMENT 'When the segment was begun.' CODEC(Delta(8), ZSTD(1)),
  sealed_at DateTime64(6, 'UTC') MATERIALIZED fromUnixTimestamp64Micro(toInt64OrZero(JSONExtractString(seal, 'sealedAt')), 'UTC') COMMENT 'When it was sealed.' CODEC(Delta(8), ZSTD(1)),

  -- whose
  service_name LowCardinality(String) MATERIALIZED JSONExtractString(seal, 'process', 'service') COMMENT 'OpenTelemetry `service.name`.',
  service_version LowCardinality(String) MATERIALIZED JSONExtractString(seal, 'process', 'version') COMMENT 'OpenTelemetry `service.version`.',
  service_instance LowCardinality(String) MATERIALIZED JSONExtractString(seal, 'process', 'instance') COMMENT 'OpenTelemetry `service.instance.id`.',
  environment LowCardinality(String) MATERIALIZED JSONExtractString(seal, 'process', 'environment') COMMENT 'OpenTelemetry `deployment.environment.name`.',
  host_name LowCardinality(String) MATERIALIZED JSONExtractString(seal, 'process', 'host') COMMENT 'Host of the process.',
  process_id UInt32 MATERIALIZED JSONExtractUInt(seal, 'process', 'pid') COMMENT 'Process that sealed it.',

  -- what the chain had done by then
  appended_count UInt64 MATERIALIZED JSONExtractUInt(seal, 'counts', 'appended') COMMENT 'Records of the chain when the segment was sealed.' CODEC(T64, ZSTD(1)),
  delivered_count UInt64 MATERIALIZED JSONExtractUInt(seal, 'counts', 'delivered') COMMENT 'Of those, the ones that the store had acknowledged.' CODEC(T64, ZSTD(1)),
  dropped_count UInt64 MATERIALIZED JSONExtractUInt(seal, 'counts', 'dropped') COMMENT 'Records that were given up until then, for example because the spool was full.' CODEC(T64, ZSTD(1)),
  dead_count UInt64 MATERIALIZED JSONExtractUInt(seal, 'counts', 'dead') COMMENT 'Records that the store had refused until then and that are kept as dead letters.' CODEC(T64, ZSTD(1)),
  fault_count UInt64 MATERIALIZED JSONExtractUInt(seal, 'counts', 'faults') COMMENT 'Faults of audit-register in the process until then, which were kept from the application.' CODEC(T64, ZSTD(1)),

  -- set by the store
  ingested_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the store took the entry in.' CODEC(Delta(8), ZSTD(1)),

  INDEX sealed_at_index sealed_at TYPE minmax GRANULARITY 1,
  INDEX occurred_to_index occurred_to TYPE minmax GRANULARITY 1,
  INDEX segment_id_index segment_id TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toYear(sealed_at)
-- Verification walks the chains, each in its order.
ORDER BY (chain_id, number)
-- No TTL: an entry outlives its records, so that what has expired can be told from what was deleted.
SETTINGS
  non_replicated_deduplication_window = 100000,
  fsync_after_insert = 1,
  fsync_part_directory = 1,
  default_compression_codec = 'ZSTD(1)'
COMMENT 'What was promised of each segment when it was delivered: one row a segment, chained and signed. Checked by audit-register verify.';

CREATE TABLE IF NOT EXISTS {{database}}.purges
(
  purge_id UUID COMMENT 'The `record_id` of the record that says who purged what; it holds the digest of these rows.',
  segment_id UUID COMMENT 'Segment that lost rows.',
  rows_left UInt64 COMMENT 'How many rows it has since.',
  digest_left String COMMENT 'SHA-256 over those rows in RowBinary, in order, in hex.',
  ingested_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the store took the row in.' CODEC(Delta(8), ZSTD(1))
)
ENGINE = MergeTree
ORDER BY (segment_id, purge_id)
SETTINGS
  non_replicated_deduplication_window = 100000,
  fsync_after_insert = 1,
  fsync_part_directory = 1,
  default_compression_codec = 'ZSTD(1)'
COMMENT 'What audit-register purge left of segments: one row a purge and segment. Verification believes them where the record of the purge itself verifies.';

CREATE VIEW IF NOT EXISTS {{database}}.chains AS
SELECT
  chain_id,
  any(entry.service_name) AS service_name,
  any(entry.service_version) AS service_version,
  any(entry.service_instance) AS service_instance,
  any(entry.environment) AS environment,
  any(entry.host_name) AS host_name,
  any(entry.process_id) AS process_id,
  min(entry.opened_at) AS started_at,
  max(entry.sealed_at) AS last_seen_at,
  argMax(entry.kind, entry.number) AS last_kind,
  toBool(last_kind IN ('closing', 'abandoned')) AS closed,
  max(entry.number) AS last_number,
  count() AS segments,
  -- Entries that are on their way or were removed: the last number says how many there must be.
  greatest(toInt64(last_number) - toInt64(segments), 0) AS missing_segments,
  sum(entry.row_count) AS records,
  max(entry.dropped_count) AS dropped,
  max(entry.dead_count) AS dead,
  max(entry.fault_count) AS faults,
  countIf(entry.is_short) AS short_segments,
  max(entry.delivered_at) AS last_delivered_at,
  -- From the seal to the entry in the store, in seconds. An heir's end has the time of the last seal of the dead.
  argMaxIf(entry.delay, entry.number, NOT entry.is_heirs_end) AS last_delay,
  maxIf(entry.delay, NOT entry.is_heirs_end) AS longest_delay
FROM
(
  SELECT *, max(if(is_heirs_end, 0, number)) OVER (PARTITION BY chain_id) AS last_own_number
  FROM
  (
    -- One entry a number: one that was delivered twice, an heir's end where the process had gone on, an heir's part of a
    -- segment that had arrived whole.
    SELECT
      chain_id,
      number,
      service_name,
      service_version,
      service_instance,
      environment,
      host_name,
      process_id,
      kind,
      kind = 'abandoned' AND row_count = 0 AS is_heirs_end,
      opened_at,
      sealed_at,
      row_count,
      dropped_count,
      dead_count,
      fault_count,
      shortfall != '' AS is_short,
      ingested_at AS delivered_at,
      greatest(dateDiff('millisecond', sealed_at, ingested_at), 0) / 1000 AS delay
    FROM {{database}}.segments
    ORDER BY chain_id, number, is_heirs_end, row_count DESC, is_short, ingested_at
    LIMIT 1 BY chain_id, number
  )
) AS entry
-- An heir cannot know what was delivered from memory: its end does not stand where the process had gone on behind it.
WHERE NOT entry.is_heirs_end OR entry.number > entry.last_own_number
GROUP BY chain_id
COMMENT 'How did each start of a process go: one row a chain, with when it was seen last, how it ended, and what it dropped. Of process 0 is imported history, which nobody closes. Who is silent is told by process_health.';
