import { expect, test } from 'vitest';
import { useClickHouse } from '../support/clickhouse.ts';
import { WrittenChain, deliver } from './written-chain.ts';

const store = useClickHouse();

async function seen(chain: WrittenChain): Promise<Record<string, unknown>[]> {
  return store().query('SELECT * FROM audit.chains WHERE chain_id = {chain:UUID}', { chain: chain.id });
}

test('audit.chains says of a chain what it did and how it ended, and counts an entry once', async () => {
  const chain = new WrittenChain({ service: 'seen' });
  await chain.add(3);
  await chain.add(2);
  const counts = { appended: 5, delivered: 5, dropped: 4, dead: 1 };
  await chain.add(0, 'closing', { seal: { counts } });
  await deliver(store(), chain.written);
  const once = await seen(chain);
  expect(once).toMatchObject([
    {
      service_name: 'seen',
      host_name: 'web-1',
      process_id: 42,
      last_kind: 'closing',
      closed: true,
      last_number: 3,
      segments: 3,
      missing_segments: 0,
      records: 5,
      dropped: 4,
      dead: 1,
      short_segments: 0,
    },
  ]);
  await deliver(store(), chain.written);
  expect(await seen(chain)).toEqual(once);
});

test('audit.chains says that a chain goes on, and how many of its entries are not there', async () => {
  const chain = new WrittenChain();
  for (const rows of [1, 1, 0]) await chain.add(rows, rows === 0 ? 'heartbeat' : 'records');
  await deliver(store(), [chain.written[0], chain.written[2]] as typeof chain.written);
  expect(await seen(chain)).toMatchObject([{ last_kind: 'heartbeat', closed: false, missing_segments: 1 }]);
});

test('audit.chains sets an end aside that an heir put where the process had gone on, and counts what is there', async () => {
  const chain = new WrittenChain();
  await chain.add(2);
  const early = await chain.add(0, 'abandoned');
  chain.written.pop();
  await chain.add(3);
  await deliver(store(), [early, ...chain.written] as typeof chain.written);
  const state = { closed: false, last_kind: 'records', segments: 2, records: 5, missing_segments: 0 };
  expect(await seen(chain)).toMatchObject([state]);
  await chain.add(1);
  await deliver(store(), chain.written.slice(-1));
  expect(await seen(chain)).toMatchObject([{ ...state, segments: 3, records: 6, last_number: 3 }]);
  await chain.add(0, 'abandoned');
  await deliver(store(), chain.written.slice(-1));
  expect(await seen(chain)).toMatchObject([{ closed: true, last_kind: 'abandoned', last_number: 4 }]);
});

test('audit.chains takes the whole segment rather than the part that an heir recovered of it', async () => {
  const chain = new WrittenChain();
  await chain.add(1);
  const part = await chain.add(1);
  chain.written.pop();
  await deliver(store(), [part, ...chain.written]);
  const whole = await chain.add(4, 'records', { seal: { number: 2 } });
  await deliver(store(), [whole]);
  expect(await seen(chain)).toMatchObject([{ segments: 2, records: 5, missing_segments: 0 }]);
});
