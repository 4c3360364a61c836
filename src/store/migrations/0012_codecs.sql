-- What most of a row was on disk, in less room. Types and values stay: parts that are there keep their form until their next merge.
-- Times of one register are near each other and seldom finer than microseconds; names and paths are worth a longer look.
ALTER TABLE {{database}}.records
  MODIFY COLUMN record_id CODEC(ZSTD(3)),
  MODIFY COLUMN occurred_at CODEC(GCD, Delta(8), T64, ZSTD(1)),
  MODIFY COLUMN recorded_at CODEC(Delta(8), T64('bit'), ZSTD(1)),
  MODIFY COLUMN actor_id CODEC(ZSTD(3)),
  MODIFY COLUMN actor_name CODEC(ZSTD(3)),
  MODIFY COLUMN actor_roles CODEC(ZSTD(3)),
  MODIFY COLUMN session_id CODEC(ZSTD(3)),
  MODIFY COLUMN correlation_id CODEC(ZSTD(3)),
  MODIFY COLUMN url_path CODEC(ZSTD(3)),
  MODIFY COLUMN sequence CODEC(DoubleDelta, ZSTD(1)),
  MODIFY COLUMN segment_id CODEC(ZSTD(3)),
  MODIFY COLUMN ingested_at CODEC(Delta(8), T64, ZSTD(1));

-- These three stand in the text of the seal, and were nearly half of a certificate: read from there when somebody asks.
ALTER TABLE {{database}}.segments
  MODIFY COLUMN digest String ALIAS JSONExtractString(seal, 'digest'),
  MODIFY COLUMN previous String ALIAS JSONExtractString(seal, 'previous'),
  MODIFY COLUMN seal_hash String ALIAS lower(hex(SHA256(seal)));
