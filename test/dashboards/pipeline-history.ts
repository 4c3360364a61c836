import type { Seal } from '../../src/integrity/seal.ts';
import { WrittenChain, deliver, insertCertificates, insertRows } from '../integrity/written-chain.ts';
import type { WrittenSegment } from '../integrity/written-chain.ts';
import type { TestClickHouse } from '../support/clickhouse.ts';

const MINUTE = 60_000;

/** The hour until now: who is alive is told by the clock. */
export function lastHour(): { readonly from: Date; readonly to: Date } {
  const now = Date.now();
  return { from: new Date(now - 60 * MINUTE), to: new Date(now + MINUTE) };
}

/** One service for each thing that can become of a process. */
export async function addPipelineHistory(store: TestClickHouse): Promise<void> {
  await addAlive(store);
  await addSilent(store);
  await addEnded(store);
  await addImported(store);
  await addIncomplete(store);
  await addTampered(store);
}

async function addAlive(store: TestClickHouse): Promise<void> {
  const alive = chainOf('alive', 5);
  await alive.add(3);
  await alive.add(0, 'heartbeat');
  await deliver(store, alive.written);
  // Its heir thought that it had died; it went on.
  const believedDead = chainOf('believed-dead', 5);
  await believedDead.add(2);
  const end = await believedDead.add(0, 'abandoned');
  believedDead.written.pop();
  await believedDead.add(1);
  await deliver(store, [...believedDead.written, end]);
}

async function addSilent(store: TestClickHouse): Promise<void> {
  const silent = chainOf('silent', 40);
  await silent.add(4);
  await deliverAgo(store, silent.written, 39);
}

async function addEnded(store: TestClickHouse): Promise<void> {
  const closed = chainOf('closed', 50);
  await closed.add(2);
  await closed.add(0, 'closing', { seal: { counts: counts({ dropped: 4, dead: 1 }) } });
  await deliverAgo(store, closed.written, 48);
  const died = chainOf('died', 50);
  await died.add(2);
  await died.add(0, 'abandoned');
  await deliverAgo(store, died.written, 45);
}

/** Of process 0, and closed by nobody. */
async function addImported(store: TestClickHouse): Promise<void> {
  const imported = chainOf('imported', 30, 0);
  await imported.add(2);
  await deliverAgo(store, imported.written, 29);
}

async function addIncomplete(store: TestClickHouse): Promise<void> {
  const holed = chainOf('holed', 30);
  for (const rows of [2, 3, 1]) await holed.add(rows);
  await holed.add(0, 'closing');
  const [first, , ...others] = holed.written as [WrittenSegment, WrittenSegment, ...WrittenSegment[]];
  await deliverAgo(store, [first, ...others], 29);
  const uncertified = chainOf('uncertified', 20);
  const { segment } = await uncertified.add(2);
  await insertRows(store, segment);
  const doubled = chainOf('doubled', 20);
  await doubled.add(2);
  await doubled.add(0, 'closing');
  await deliver(store, doubled.written);
  await deliver(store, doubled.written);
}

async function addTampered(store: TestClickHouse): Promise<void> {
  const tampered = chainOf('tampered', 25);
  await tampered.add(3);
  await tampered.add(2);
  await tampered.add(0, 'closing');
  await deliver(store, tampered.written);
  await store.client.command({
    query:
      "ALTER TABLE audit.records UPDATE actor_id = 'x' WHERE service_name = 'tampered' AND sequence = 2, DELETE WHERE service_name = 'tampered' AND sequence = 5",
    clickhouse_settings: { mutations_sync: '2' },
  });
}

/** Begun so many minutes ago. */
export function chainOf(service: string, minutesAgo: number, pid = 42): WrittenChain {
  return new WrittenChain({
    service,
    environment: 'pipeline',
    pid,
    startMillis: Date.now() - minutesAgo * MINUTE,
  });
}

export async function deliverAgo(
  store: TestClickHouse,
  written: readonly WrittenSegment[],
  minutes: number,
): Promise<void> {
  for (const { segment } of written) await insertRows(store, segment);
  const arrivedAt = new Date(Date.now() - minutes * MINUTE);
  await insertCertificates(
    store,
    written.map(({ certificate }) => certificate),
    arrivedAt.toISOString().replace('T', ' ').replace('Z', ''),
  );
}

export function counts(change: Partial<Seal['counts']>): Seal['counts'] {
  return { appended: 2, delivered: 2, dropped: 0, dead: 0, ...change };
}
