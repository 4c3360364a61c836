import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { Client } from 'pg';

/** What the hand-written middleware would have in a migration: enough to ask who did what, and when. */
const AUDIT_EVENTS = `
  CREATE TABLE audit_events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    occurred_at timestamptz NOT NULL,
    request_id uuid NOT NULL,
    kind text NOT NULL,
    actor_id text NOT NULL,
    actor_name text NOT NULL,
    actor_roles text[] NOT NULL,
    tenant text NOT NULL,
    method text NOT NULL,
    path text NOT NULL,
    status smallint NOT NULL,
    duration_ms integer NOT NULL,
    client_address inet,
    user_agent text NOT NULL,
    target text NOT NULL,
    statement text NOT NULL,
    changes jsonb,
    request_body text,
    response_body text
  );
  CREATE INDEX ON audit_events (occurred_at);
  CREATE INDEX ON audit_events (actor_id, occurred_at)`;

/** The table that the documentation of evlog's adapter has one make. */
const EVLOG_EVENTS = `
  CREATE TABLE evlog.evlog_events (
    timestamp DateTime64(3),
    level LowCardinality(String),
    service LowCardinality(String),
    environment LowCardinality(String),
    request_id String,
    trace_id String,
    span_id String,
    method LowCardinality(String),
    path String,
    status Nullable(UInt16),
    duration String,
    duration_ms Nullable(UInt32),
    error_name LowCardinality(String),
    error_message String,
    data String
  ) ENGINE = MergeTree PARTITION BY toDate(timestamp) ORDER BY (service, timestamp)`;

/** Where the rivals that keep events of their own put them. */
export interface EventTables {
  /** Empties PostgreSQL's, which only one process at a time writes to. */
  clearEvents(): Promise<void>;
  /** Rows in PostgreSQL, and those of them that have bodies. */
  events(): Promise<EventCounts>;
  /** Rows in ClickHouse of one process. */
  wideEvents(instance: string): Promise<EventCounts>;
  /** Events of django-easy-audit, with their user. */
  easyAuditEvents(): Promise<{ readonly requests: number; readonly changes: number }>;
  stop(): Promise<void>;
}

export interface EventCounts {
  readonly rows: number;
  /** Rows with the actor of the token. */
  readonly named: number;
  readonly withBodies: number;
}

const COUNT_EVENTS = `
  SELECT count(*)::integer AS rows, count(*) FILTER (WHERE actor_id = 'user-1')::integer AS named,
    count(*) FILTER (WHERE request_body <> '' AND response_body <> '')::integer AS "withBodies"
  FROM audit_events`;

const COUNT_EASY_AUDIT = `
  SELECT (SELECT count(*)::integer FROM easyaudit_requestevent WHERE user_id IS NOT NULL) AS requests,
    (SELECT count(*)::integer FROM easyaudit_crudevent WHERE user_id IS NOT NULL AND event_type = 2) AS changes`;

const COUNT_WIDE_EVENTS = `
  SELECT toUInt32(count()) AS rows, toUInt32(countIf(JSONExtractString(data, 'actor', 'id') = 'user-1')) AS named,
    toUInt32(countIf(JSONExtractString(data, 'bodies', 'response') != '')) AS withBodies
  FROM evlog.evlog_events WHERE environment = {instance: String}`;

export async function makeEventTables(databaseUrl: string, clickhouseUrl: string): Promise<EventTables> {
  const postgres = new Client({ connectionString: databaseUrl });
  // The server may be gone before us when the run is interrupted.
  postgres.on('error', () => {});
  await postgres.connect();
  const clickhouse = createClient({ url: clickhouseUrl, log: { level: ClickHouseLogLevel.OFF } });
  await postgres.query(AUDIT_EVENTS);
  await clickhouse.command({ query: 'CREATE DATABASE evlog' });
  await clickhouse.command({ query: EVLOG_EVENTS });
  return {
    clearEvents: async () => void (await postgres.query('TRUNCATE audit_events')),
    events: async () => (await postgres.query<EventCounts>(COUNT_EVENTS)).rows[0] as EventCounts,
    async wideEvents(instance) {
      const result = await clickhouse.query({
        query: COUNT_WIDE_EVENTS,
        query_params: { instance },
        format: 'JSONEachRow',
      });
      return (await result.json<EventCounts>())[0] as EventCounts;
    },
    easyAuditEvents: async () => (await postgres.query(COUNT_EASY_AUDIT)).rows[0],
    async stop() {
      await clickhouse.close();
      await postgres.end();
    },
  };
}
