-- Users and grants of the production shape. Run once by an administrator after `audit-register migrate`:
-- change the passwords first. The embedded server takes the grants and the profile from this very file.

CREATE SETTINGS PROFILE IF NOT EXISTS audit_reader SETTINGS
  readonly = 1,
  max_execution_time = 60 CHANGEABLE_IN_READONLY,
  -- Whoever goes away does not leave a query behind that nobody waits for.
  cancel_http_readonly_queries_on_client_close = 1,
  enable_http_compression = 0 CHANGEABLE_IN_READONLY;

CREATE USER IF NOT EXISTS audit_writer IDENTIFIED WITH sha256_password BY 'change me';
CREATE USER IF NOT EXISTS audit_collector IDENTIFIED WITH sha256_password BY 'change me';
CREATE USER IF NOT EXISTS audit_reader IDENTIFIED WITH sha256_password BY 'change me' SETTINGS PROFILE audit_reader;

-- The applications: may add records and the entries that certify them, and ask which records of a segment have arrived.
-- Nothing else. The columns of an entry that are read out of its text cannot be given by hand.
GRANT INSERT ON {{database}}.records TO audit_writer;
GRANT SELECT(chain_id, segment_id, sequence, occurred_at) ON {{database}}.records TO audit_writer;
GRANT INSERT(seal, shortfall, signature, key_id) ON {{database}}.segments TO audit_writer;

-- The collector, where there is one: may only insert into tables that keep nothing. The views behind them write what is audit, with
-- the rights of whoever ran the migration: that user needs INSERT on records and segments.
GRANT INSERT ON {{database}}.otel_logs TO audit_collector;
GRANT INSERT ON {{database}}.otel_traces TO audit_collector;

-- People, Grafana and the explorer: may read. The profile keeps them from changing anything.
GRANT SELECT ON {{database}}.* TO audit_reader;
-- But not through the views that write: they read records with the rights of whoever ran the migration, so that a row policy for this
-- user would not hold there.
REVOKE SELECT ON {{database}}.otel_logs_records FROM audit_reader;
REVOKE SELECT ON {{database}}.otel_logs_segments FROM audit_reader;
REVOKE SELECT ON {{database}}.otel_traces_records FROM audit_reader;
