-- Who watches asks every second for what has arrived since: old parts are left out without reading them. Parts that are there
-- already get the index with their next merge.
ALTER TABLE {{database}}.records
  ADD INDEX IF NOT EXISTS ingested_at_index ingested_at TYPE minmax GRANULARITY 1;
