import type { Seal } from '../../src/integrity/seal.ts';
import type { Run } from '../life/run.ts';
import type { Stage } from '../stage/stage.ts';

const TABLES = ['records', 'segments', 'purges', 'migrations'];

/** A copy of what a run left in the register, for somebody to tamper with. */
export interface CrimeScene {
  readonly database: string;
  readonly stage: Stage;
  /** Seals of the chain that is tampered with, in order. */
  readonly seals: readonly Seal[];
  command(sql: string): Promise<void>;
  insert(table: string, row: object): Promise<void>;
  /** SHA-256 over the rows of a segment as they are now, as the register makes it. */
  digestOf(segment: string): Promise<string>;
  remove(): Promise<void>;
}

/** NOTE: `CLONE AS` takes the parts as they are, so that nothing but the crime differs. */
export async function copyScene(
  stage: Stage,
  run: Run,
  database: string,
  seals: readonly Seal[],
): Promise<CrimeScene> {
  const { register } = stage;
  await register.command(`CREATE DATABASE ${database}`);
  for (const table of TABLES)
    await register.command(`CREATE TABLE ${database}.${table} CLONE AS ${run.database}.${table}`);
  return {
    database,
    stage,
    seals,
    command: (sql) => register.command(sql),
    insert: (table, row) =>
      register.command(`INSERT INTO ${database}.${table} FORMAT JSONEachRow ${JSON.stringify(row)}`),
    digestOf: (segment) => digestOf(stage, database, segment),
    remove: () => register.command(`DROP DATABASE ${database}`),
  };
}

/** A chain that has ended and that another one names, if there is any; else one that has ended; the longest. */
export async function chainToTamperWith(stage: Stage, run: Run): Promise<readonly Seal[]> {
  const rows = await stage.register.rows<{ seal: string }>(`SELECT seal FROM ${run.database}.segments`);
  const seals = rows.map(({ seal }) => JSON.parse(seal) as Seal).sort((a, b) => a.number - b.number);
  const named = new Set(seals.flatMap(({ predecessors }) => predecessors.map(({ chain }) => chain)));
  const chains = [...Map.groupBy(seals, ({ chain }) => chain).values()].filter((chain) =>
    ['closing', 'abandoned'].includes(chain.at(-1)?.kind ?? ''),
  );
  const rank = (chain: readonly Seal[]): number =>
    (named.has(chain[0]?.chain ?? '') ? 1e6 : 0) + chain.length;
  return chains.toSorted((a, b) => rank(b) - rank(a))[0] ?? [];
}

async function digestOf(stage: Stage, database: string, segment: string): Promise<string> {
  const columns = await stage.register.rows<{ name: string }>(
    `SELECT name FROM system.columns WHERE database = '${database}' AND table = 'records' AND name != 'ingested_at' ORDER BY position`,
  );
  const row = `formatRow('RowBinary', ${columns.map(({ name }) => name).join(', ')})`;
  const [result] = await stage.register.rows<{ digest: string }>(
    `SELECT lower(hex(SHA256(arrayStringConcat(arrayMap(pair -> pair.2, arraySort(groupArray((sequence, ${row})))))))) AS digest
     FROM ${database}.records WHERE segment_id = '${segment}'`,
  );
  return result?.digest ?? '';
}
