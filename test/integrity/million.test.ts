import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { openClickHouseSource } from '../../src/integrity/clickhouse-source.ts';
import { parsePublicKeys } from '../../src/integrity/keys.ts';
import { createSigner } from '../../src/integrity/signature.ts';
import { verify } from '../../src/integrity/verify.ts';
import { useClickHouse } from '../support/clickhouse.ts';
import { WrittenChain, insertCertificates, insertRows } from './written-chain.ts';

const store = useClickHouse();
const SEGMENTS = 100;
const SEGMENT_ROWS = 10_000;

test('a million records in a hundred segments are verified, and one changed record among them is found', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const signer = createSigner(privateKey.export({ format: 'pem', type: 'pkcs8' }) as string);
  const keys = parsePublicKeys(publicKey.export({ format: 'pem', type: 'spki' }) as string, 'key');
  const chain = new WrittenChain({ signer, startMillis: Date.now() - 3_600_000 });
  for (let number = 1; number <= SEGMENTS; number++) {
    const { segment, certificate } = await chain.add(
      SEGMENT_ROWS,
      number === SEGMENTS ? 'closing' : 'records',
    );
    await insertRows(store(), segment);
    await insertCertificates(store(), [certificate]);
    // NOTE: their bytes are not needed any more.
    if (number > 1) chain.written.splice(0, chain.written.length - 1);
  }
  const period = { from: '', to: '', service: '' };
  const options = { period, keys, retentionDays: undefined, known: [], heartbeatIntervalMillis: 60_000 };
  const open = () =>
    openClickHouseSource({ client: store().client, database: 'audit', name: 'a million', period });

  const beganAt = performance.now();
  const good = await verify(await open(), options);
  const seconds = (performance.now() - beganAt) / 1000;
  expect(good).toMatchObject({
    verdict: 'good',
    totals: { segments: SEGMENTS, signed: SEGMENTS, checked: SEGMENTS * SEGMENT_ROWS },
  });
  console.log(`1,000,000 records in 100 segments verified in ${seconds.toFixed(1)} s`);

  await store().client.command({
    query: "ALTER TABLE audit.records UPDATE actor_id = 'x' WHERE sequence = 654321",
    clickhouse_settings: { mutations_sync: '2' },
  });
  const { findings } = await verify(await open(), options);
  expect(findings).toMatchObject([
    { kind: 'edited', number: 66, firstSequence: 650_001, lastSequence: 660_000 },
  ]);
}, 180_000);
