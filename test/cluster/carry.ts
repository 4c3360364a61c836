import type { TestClickHouse } from '../support/clickhouse.ts';
import type { Cluster } from './cluster.ts';

/** Carries a table of one server over to a cluster, as it is stored. */
export async function carry(from: TestClickHouse, to: Cluster, table: 'records' | 'segments'): Promise<void> {
  const columns =
    table === 'segments' ? 'seal, shortfall, signature, key_id, ingested_at' : await columnsOf(from, table);
  const read = await fetch(from.url, {
    method: 'POST',
    body: `SELECT ${columns} FROM audit.${table} FORMAT Native`,
  });
  const url = new URL(to.nodes[0]?.url ?? '');
  url.searchParams.set('query', `INSERT INTO audit.${table} (${columns}) FORMAT Native`);
  url.searchParams.set('distributed_foreground_insert', '1');
  const written = await fetch(url, { method: 'POST', body: await read.arrayBuffer() });
  if (!written.ok) throw new Error(await written.text());
}

async function columnsOf(store: TestClickHouse, table: string): Promise<string> {
  const columns = await store.query<{ name: string }>(
    "SELECT name FROM system.columns WHERE database = 'audit' AND table = {table: String}",
    { table },
  );
  return columns.map(({ name }) => name).join(', ');
}
