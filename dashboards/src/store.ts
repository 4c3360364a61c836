/** The store as Grafana sees it: one data source, and the tables and views of `src/store/migrations`. */
export const DATA_SOURCE = { type: 'grafana-clickhouse-datasource', uid: 'audit-register' } as const;

/** Addresses of dashboards, which links and bookmarks rely on. */
export const OVERVIEW_UID = 'audit-register-overview';

/** Version of the data source that the queries are written for, as docker-compose.yml installs it. */
export const PLUGIN_VERSION = '4.20.0';

/** Every record once, however often it arrived. */
export const RECORDS = 'audit.unique_records';
export const CHANGES = 'audit.changes';
export const TRANSACTIONS = 'audit.transactions';
