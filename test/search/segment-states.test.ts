import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { createSigner } from '../../src/integrity/signature.ts';
import { createRegisterReader } from '../../src/search/register-reader.ts';
import type { RegisterReader, SegmentState } from '../../src/search/register-reader.ts';
import { createStoreClient } from '../../src/store/client.ts';
import { WrittenChain, deliver, insertCertificates, insertRows } from '../integrity/written-chain.ts';
import type { WrittenSegment } from '../integrity/written-chain.ts';
import { addRecords } from '../store/records.ts';
import { useClickHouse } from '../support/clickhouse.ts';

const store = useClickHouse();
let reader: RegisterReader;

beforeAll(() => {
  reader = createRegisterReader(createStoreClient(store().config('audit_reader')), 'audit');
});

/** What readers are told of a segment, by its records as they find them. */
async function stateOf({ segment }: WrittenSegment): Promise<SegmentState | undefined> {
  const search = { text: `segment:${segment.id}`, from: '', to: '' };
  const { records } = await reader.page(search, { limit: 100 });
  return (await reader.integrity(records))[segment.id];
}

async function change(statement: string, chain: WrittenChain): Promise<void> {
  await store().client.command({
    query: statement,
    query_params: { chain: chain.id },
    clickhouse_settings: { mutations_sync: '2' },
  });
}

/** A chain with one segment of five records that has been delivered. */
async function delivered(
  chain = new WrittenChain(),
): Promise<{ chain: WrittenChain; written: WrittenSegment }> {
  const written = await chain.add(5);
  await deliver(store(), [written]);
  return { chain, written };
}

test('records that are what was sealed are intact', async () => {
  const { written } = await delivered();

  expect(await stateOf(written)).toEqual({
    segmentId: written.segment.id,
    state: 'intact',
    isCertified: true,
    isSigned: false,
    keyId: '',
    number: 1,
    sealedAt: expect.stringMatching(/^\d{4}-.*Z$/) as string,
    promised: 5,
    stored: 5,
  });
});

test('a signature is told with its key', async () => {
  const { privateKey } = generateKeyPairSync('ed25519');
  const signer = createSigner(privateKey.export({ format: 'pem', type: 'pkcs8' }).toString());
  const { written } = await delivered(new WrittenChain({ signer }));

  expect(await stateOf(written)).toMatchObject({
    state: 'intact',
    isSigned: true,
    keyId: written.certificate.keyId,
  });
});

describe('records are altered', () => {
  test('that were edited', async () => {
    const { chain, written } = await delivered();
    await change(
      "ALTER TABLE audit.records UPDATE actor_id = 'eve' WHERE chain_id = {chain:UUID} AND sequence = 2",
      chain,
    );

    expect(await stateOf(written)).toMatchObject({ state: 'altered', promised: 5, stored: 5 });
  });

  test('of which one is gone', async () => {
    const { chain, written } = await delivered();
    await change('ALTER TABLE audit.records DELETE WHERE chain_id = {chain:UUID} AND sequence = 2', chain);

    expect(await stateOf(written)).toMatchObject({ state: 'altered', promised: 5, stored: 4 });
  });

  test('beside which one was added that only says it is of the segment, at another time', async () => {
    const { chain, written } = await delivered();
    const place = { segment_id: written.segment.id, chain_id: chain.id, sequence: 3 };
    await addRecords(store(), [{ ...place, occurred_at: '2026-01-01 00:00:00' }]);

    expect(await stateOf(written)).toMatchObject({ state: 'altered' });
  });

  test('of which two certificates say different things', async () => {
    const { written } = await delivered();
    const other = new WrittenChain();
    const forged = await other.add(1, 'records', { seal: { ...written.sealed.seal, rows: 4 } });
    await insertCertificates(store(), [forged.certificate]);

    expect(await stateOf(written)).toMatchObject({ state: 'altered' });
  });
});

test('records that nobody has certified are unsealed', async () => {
  const written = await new WrittenChain().add(3);
  await insertRows(store(), written.segment);

  expect(await stateOf(written)).toMatchObject({ state: 'unsealed', isCertified: false, stored: 3 });
});

test.each([
  ['ten minutes after they arrived', -11 * 60_000],
  ['that say to have arrived in the future', 24 * 3_600_000],
])('nobody vouches for records without a certificate %s', async (_, millis) => {
  const segment = randomUUID();
  const place = {
    segment_id: segment,
    occurred_at: '2026-11-18 12:00:00',
    ingested_at: new Date(Date.now() + millis).toISOString().replace('T', ' ').replace('Z', ''),
  };
  await addRecords(store(), [place as Parameters<typeof addRecords>[1][number]]);

  const { records } = await reader.page({ text: `segment:${segment}`, from: '', to: '' }, { limit: 1 });
  expect(await reader.integrity(records)).toMatchObject({
    [segment]: { state: 'unvouched', isCertified: false, stored: 1 },
  });
});

test('a certificate that was delivered twice promises no more than one', async () => {
  const { written } = await delivered();
  await insertCertificates(store(), [written.certificate]);

  expect(await stateOf(written)).toMatchObject({ state: 'intact' });
});

test('records that a purge has left are unverified: only the whole check can tell whether the purge is real', async () => {
  const { chain, written } = await delivered();
  await change('ALTER TABLE audit.records DELETE WHERE chain_id = {chain:UUID} AND sequence = 5', chain);
  const left = `lower(hex(SHA256((SELECT arrayStringConcat(arrayMap(pair -> pair.2, arraySort(groupArray((sequence, formatRow('RowBinary', * EXCEPT ingested_at)))))) FROM audit.records WHERE chain_id = {chain:UUID}))))`;
  await change(
    `INSERT INTO audit.purges (purge_id, segment_id, rows_left, digest_left) SELECT generateUUIDv4(), '${written.segment.id}', 4, ${left}`,
    chain,
  );

  expect(await stateOf(written)).toMatchObject({ state: 'unverified', promised: 5, stored: 4 });
});

test('nothing is asked of no records', async () => {
  expect(await reader.integrity([])).toEqual({});
});
