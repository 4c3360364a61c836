/** The store as Grafana sees it: one data source, and the tables and views of `src/store/migrations`. */
export const DATA_SOURCE = { type: 'grafana-clickhouse-datasource', uid: 'audit-register' } as const;

/** Addresses of dashboards, which links and bookmarks rely on. */
export const OVERVIEW_UID = 'audit-register-overview';
export const ACTOR_UID = 'audit-register-actor';
export const OBJECT_HISTORY_UID = 'audit-register-object-history';
export const SECURITY_UID = 'audit-register-security';
export const CHANGES_UID = 'audit-register-changes';
export const TRACE_UID = 'audit-register-trace';
export const PIPELINE_UID = 'audit-register-pipeline';

/** Version of the data source that the queries are written for, as docker-compose.yml installs it. */
export const PLUGIN_VERSION = '4.20.0';

/** Every record once, however often it arrived. */
export const RECORDS = 'audit.unique_records';
export const CHANGES = 'audit.changes';
export const TRANSACTIONS = 'audit.transactions';
/** Records with the actor as it was known later. */
export const NAMED = 'audit.named_records';
/** The same with the end of the transaction, which costs a join. */
export const ACTIVITY = 'audit.activity';
export const OBJECT_CHANGES = 'audit.object_changes';
export const IMPERSONATIONS = 'audit.impersonations';
export const BACKGROUND_CHANGES = 'audit.background_changes';
export const ROLLBACKS = 'audit.rollbacks';
export const READS = 'audit.reads';
export const ATTACKS = 'audit.brute_force';
export const NEW_ORIGINS = 'audit.new_origins';
export const PROCESSES = 'audit.process_health';
export const GAPS = 'audit.gaps';
export const CHAINS = 'audit.chains';
export const LOSSES = 'audit.losses';
export const UNCERTIFIED = 'audit.uncertified_segments';
export const SEGMENTS = 'audit.segments';
