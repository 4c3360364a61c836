import { MigrationError } from './errors.js';
import { quoteName } from './migrations.js';

/** A cluster of ClickHouse servers, as their `remote_servers` names it, and the database of the register on it. */
export interface StoreCluster {
  readonly name: string;
  readonly database: string;
}

/** What a table of one server is called on each server of a cluster; its own name is that of all shards together. */
export const LOCAL = '_local';

/** One path a shard: `{database}` and `{table}` are ClickHouse's own, the others are macros of each server. */
const REPLICATED = "ReplicatedMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')";
/** As long as a spool may wait for the store: a token is forgotten by whichever of window and age comes first. */
const TOKEN_SECONDS = 30 * 24 * 60 * 60;
const NOBODY = "toUUID('00000000-0000-0000-0000-000000000000')";

/**
 * Where a row goes. It depends on nothing but the row, so that a segment that is sent again is divided as before.
 * A trace stays together; what has none stays with its segment, and what has neither stands alone.
 */
const SHARDING: Readonly<Record<string, string>> = {
  records: `sipHash64(multiIf(trace_id != '', trace_id, segment_id != ${NOBODY}, toString(segment_id), toString(record_id)))`,
  segments: "sipHash64(JSONExtractString(seal, 'chain'))",
  purges: 'sipHash64(segment_id)',
  // What a collector writes to, of engine Null: divided before the views behind it, each of which works within its shard. A view
  // that wrote to all shards would not take the same block once.
  otel_logs: `sipHash64(multiIf(
    TraceId != '', TraceId,
    LogAttributes['audit.trace.id'] != '', LogAttributes['audit.trace.id'],
    LogAttributes['audit.segment.id'] != '', LogAttributes['audit.segment.id'],
    concat(toString(Timestamp), Body)))`,
  otel_traces: 'sipHash64(TraceId)',
};

/**
 * Views that tell rows by their place on a server: asked on each shard, and put together. Copies of a row are on one shard.
 *
 * NOTE: a scalar subquery of theirs must ask all shards: ClickHouse sends what it is for the first shard to the others.
 */
const BY_PLACE: ReadonlySet<string> = new Set(['repeated_runs', 'later_copies', 'unique_records']);
/** Of a shard: what those views read of its own. */
const READ_BY_PLACE: ReadonlySet<string> = new Set(['records', 'later_copies']);
const TABLES: ReadonlySet<string> = new Set(Object.keys(SHARDING));

const HEAD =
  /^((?:\s|--[^\n]*\n)*(CREATE TABLE|CREATE VIEW|CREATE MATERIALIZED VIEW|DROP VIEW|ALTER TABLE)(?: IF (?:NOT )?EXISTS)?\s+\{\{database\}\}\.(\w+))/;
const ENGINE = /\bENGINE = MergeTree\b/;
const HAS_ENGINE = /\bENGINE = (?:MergeTree|Null)\b/;
const COMMENT = /\bCOMMENT '(?:[^'\\]|\\.)*'$/;
/** How a column is compressed is no matter of what is all shards together. */
const OF_COLUMNS = /^\s*(?:(?:ADD|DROP|RENAME|COMMENT|CLEAR) COLUMN\b|MODIFY COLUMN \w+\s+(?!CODEC\b))/i;

/**
 * Turns a statement for one server, with `{{database}}` still in it, into those for a cluster: its tables are replicated within a
 * shard, and the name that everybody knows is all shards together.
 *
 * @throws MigrationError of what nobody has thought of for a cluster.
 */
export function turnForCluster(statement: string, cluster: StoreCluster): string[] {
  const [, head = '', kind = '', name = ''] = HEAD.exec(statement) ?? [];
  const onCluster = `ON CLUSTER ${quoteName(cluster.name)}`;
  const rest = statement.slice(head.length);
  if (kind === 'CREATE TABLE' && HAS_ENGINE.test(rest)) return turnTable(head, name, rest, cluster);
  if (kind === 'CREATE VIEW' && BY_PLACE.has(name)) {
    const local = `${head}${LOCAL} ${onCluster}${ofThisShard(rest, READ_BY_PLACE)}`;
    return [local, distributed(head, name, rest, cluster)];
  }
  if (kind === 'CREATE MATERIALIZED VIEW') return [`${head} ${onCluster}${ofThisShard(rest, TABLES)}`];
  const everywhere = `${head} ${onCluster}${askedOnce(rest)}`;
  if (kind === 'ALTER TABLE' && TABLES.has(name)) {
    const local = `${head}${LOCAL} ${onCluster}${rest}`;
    return OF_COLUMNS.test(rest) ? [local, everywhere] : [local];
  }
  if (kind === 'CREATE VIEW' || (kind === 'DROP VIEW' && !BY_PLACE.has(name))) return [everywhere];
  throw new MigrationError(`There is no form for a cluster of: ${statement.slice(0, 100)}`);
}

/** The note of what was applied: one table for all servers, whichever is asked. */
export function turnMigrationsTable(statement: string, cluster: StoreCluster): string {
  const engine = "ReplicatedMergeTree('/clickhouse/tables/all/{database}/{table}', '{shard}-{replica}')";
  return replicated(statement, engine).replace(
    '{{database}}.migrations',
    (table) => `${table} ON CLUSTER ${quoteName(cluster.name)}`,
  );
}

function turnTable(head: string, name: string, rest: string, cluster: StoreCluster): string[] {
  const local = `${head}${LOCAL} ON CLUSTER ${quoteName(cluster.name)}${replicated(rest, REPLICATED)}`;
  return [local, distributed(head, name, rest, cluster)];
}

/** NOTE: what is queued instead of sent, because somebody inserts without the setting for that, shall outlive a crash. */
function distributed(
  head: string,
  name: string,
  rest: string,
  { name: cluster, database }: StoreCluster,
): string {
  const key = SHARDING[name];
  if (key === undefined && !BY_PLACE.has(name)) {
    throw new MigrationError(`Which shard a row of table ${name} goes to is not said.`);
  }
  const target = [cluster, database, `${name}${LOCAL}`].map((word) => `'${word}'`);
  return [
    `${head.replace('CREATE VIEW', 'CREATE TABLE')} ON CLUSTER ${quoteName(cluster)} AS {{database}}.${name}${LOCAL}`,
    `ENGINE = Distributed(${[...target, ...(key === undefined ? [] : [key])].join(', ')})`,
    'SETTINGS fsync_after_insert = 1, fsync_directories = 1',
    COMMENT.exec(rest.trim())?.[0] ?? '',
  ].join('\n');
}

function replicated(text: string, engine: string): string {
  return text
    .replace(ENGINE, () => `ENGINE = ${engine}`)
    .replace(
      /\bnon_replicated_deduplication_window = (\d+)/,
      `replicated_deduplication_window = $1, replicated_deduplication_window_seconds = ${TOKEN_SECONDS}`,
    );
}

/** A list that is asked for in a condition is asked for once, and not by each shard again. */
function askedOnce(body: string): string {
  return body.replace(
    /(?<!GLOBAL (?:NOT )?)\b(NOT )?IN(?=\s*\(\s*(?:--[^\n]*\n\s*)*SELECT\b)/g,
    'GLOBAL $1IN',
  );
}

function ofThisShard(body: string, names: ReadonlySet<string>): string {
  return body.replace(/(\{\{database\}\}\.)(\w+)/g, (all, database: string, name: string) =>
    names.has(name) ? `${database}${name}${LOCAL}` : all,
  );
}
