import { describe, expect, test } from 'vitest';
import { turnForCluster } from '../../src/store/cluster-statements.ts';
import { MigrationError } from '../../src/store/errors.ts';
import { loadMigrations } from '../../src/store/migrations.ts';
import { splitStatements } from '../../src/store/statements.ts';

const CLUSTER = { name: 'prod-eu', database: 'audit' };
const turn = (statement: string): string[] => turnForCluster(statement, CLUSTER);

describe('a table', () => {
  const [local = '', all = ''] = turn(
    `-- Why.\nCREATE TABLE IF NOT EXISTS {{database}}.purges (segment_id UUID)\nENGINE = MergeTree\nORDER BY segment_id\nSETTINGS non_replicated_deduplication_window = 7, fsync_after_insert = 1\nCOMMENT 'What it''s for.'`,
  );

  test('is replicated within a shard, and its tokens are remembered by number and by age', () => {
    expect(local).toContain(
      'CREATE TABLE IF NOT EXISTS {{database}}.purges_local ON CLUSTER `prod-eu` (segment_id UUID)',
    );
    expect(local).toContain(
      "ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')",
    );
    expect(local).toContain(
      'SETTINGS replicated_deduplication_window = 7, replicated_deduplication_window_seconds = 2592000, fsync_after_insert = 1',
    );
  });

  test('has its own name for all shards together', () => {
    expect(all).toContain(
      'CREATE TABLE IF NOT EXISTS {{database}}.purges ON CLUSTER `prod-eu` AS {{database}}.purges_local',
    );
    expect(all).toContain("ENGINE = Distributed('prod-eu', 'audit', 'purges_local', sipHash64(segment_id))");
  });

  test('of which nobody has said where a row goes is refused', () => {
    expect(() =>
      turn('CREATE TABLE IF NOT EXISTS {{database}}.new (a UInt8) ENGINE = MergeTree ORDER BY a'),
    ).toThrow(MigrationError);
  });
});

describe('a change of a table', () => {
  test('that is about how it is stored is made where it is stored', () => {
    expect(turn('ALTER TABLE {{database}}.records\n  ADD INDEX IF NOT EXISTS i a TYPE minmax')).toEqual([
      'ALTER TABLE {{database}}.records_local ON CLUSTER `prod-eu`\n  ADD INDEX IF NOT EXISTS i a TYPE minmax',
    ]);
  });

  test('that is about how columns are compressed is made where they are stored', () => {
    expect(
      turn(
        'ALTER TABLE {{database}}.records\n  MODIFY COLUMN a CODEC(ZSTD(3)),\n  MODIFY COLUMN b CODEC(LZ4)',
      ),
    ).toEqual([
      'ALTER TABLE {{database}}.records_local ON CLUSTER `prod-eu`\n  MODIFY COLUMN a CODEC(ZSTD(3)),\n  MODIFY COLUMN b CODEC(LZ4)',
    ]);
    expect(turn('ALTER TABLE {{database}}.records MODIFY COLUMN a String')).toHaveLength(2);
  });

  test('of a column is made where it is stored, and then in what is all shards together', () => {
    expect(turn('ALTER TABLE {{database}}.records ADD COLUMN IF NOT EXISTS a String')).toEqual([
      'ALTER TABLE {{database}}.records_local ON CLUSTER `prod-eu` ADD COLUMN IF NOT EXISTS a String',
      'ALTER TABLE {{database}}.records ON CLUSTER `prod-eu` ADD COLUMN IF NOT EXISTS a String',
    ]);
  });
});

describe('a view', () => {
  test('that asks once by itself stays as it is', () => {
    const view =
      'CREATE VIEW IF NOT EXISTS {{database}}.v AS SELECT * FROM {{database}}.records WHERE a GLOBAL IN (SELECT b FROM {{database}}.segments) AND c GLOBAL NOT IN (SELECT 1)';
    expect(turn(view)).toEqual([view.replace(' AS SELECT', ' ON CLUSTER `prod-eu` AS SELECT')]);
  });

  test('asks for the list of a condition once, and not on each shard again', () => {
    const [view = ''] = turn(
      'CREATE VIEW IF NOT EXISTS {{database}}.v AS SELECT * FROM {{database}}.records WHERE a IN (SELECT b FROM {{database}}.segments) AND c NOT IN\n(\n -- Why.\n SELECT d) AND e IN (1, 2)',
    );
    expect(view).toContain('a GLOBAL IN (SELECT b');
    expect(view).toContain('c GLOBAL NOT IN\n(');
    expect(view).toContain('e IN (1, 2)');
    expect(view).toContain('{{database}}.v ON CLUSTER `prod-eu` AS SELECT * FROM {{database}}.records ');
  });

  test('that tells rows by their place is asked on each shard, about its rows', () => {
    const statements = splitStatements(loadMigrations()[1]?.text ?? '');
    const [local = '', all = ''] = turn(statements.find((text) => text.includes('.unique_records AS')) ?? '');
    expect(local).toContain('FROM {{database}}.records_local');
    expect(local).toContain('FROM {{database}}.later_copies_local');
    expect(local).toContain('(SELECT count() FROM {{database}}.repeated_runs) = 0');
    expect(all).toContain("ENGINE = Distributed('prod-eu', 'audit', 'unique_records_local')");
  });

  test('behind a landing table works within a shard', () => {
    const landing = turn(
      'CREATE TABLE IF NOT EXISTS {{database}}.otel_traces (TraceId String) ENGINE = Null',
    );
    expect(landing[0]).toContain(
      '{{database}}.otel_traces_local ON CLUSTER `prod-eu` (TraceId String) ENGINE = Null',
    );
    expect(landing[1]).toContain(
      "ENGINE = Distributed('prod-eu', 'audit', 'otel_traces_local', sipHash64(TraceId))",
    );
    expect(
      turn(
        'CREATE MATERIALIZED VIEW IF NOT EXISTS {{database}}.v TO {{database}}.records AS SELECT 1 FROM {{database}}.otel_traces',
      ),
    ).toEqual([
      'CREATE MATERIALIZED VIEW IF NOT EXISTS {{database}}.v ON CLUSTER `prod-eu` TO {{database}}.records_local AS SELECT 1 FROM {{database}}.otel_traces_local',
    ]);
  });
});

test('every statement of every migration has a form for a cluster, and runs on all of its servers', () => {
  for (const { text } of loadMigrations())
    for (const statement of splitStatements(text))
      for (const turned of turn(statement)) expect(turned).toContain(' ON CLUSTER `prod-eu`');
});
