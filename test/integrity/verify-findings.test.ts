import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Certificate, Shortfall } from '../../src/integrity/certificate.ts';
import { NO_ROWS } from '../../src/integrity/evidence.ts';
import { parsePublicKeys } from '../../src/integrity/keys.ts';
import { PurgeDigest } from '../../src/integrity/purge.ts';
import type { Report } from '../../src/integrity/report.ts';
import { describeReport } from '../../src/integrity/report-text.ts';
import { createSigner } from '../../src/integrity/signature.ts';
import { verify } from '../../src/integrity/verify.ts';
import { generateKeyPairSync } from 'node:crypto';
import { Held, MINUTE, NOW } from './held.ts';
import { WrittenChain, certify } from './written-chain.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const signer = createSigner(privateKey.export({ format: 'pem', type: 'pkcs8' }) as string);
const keys = parsePublicKeys(publicKey.export({ format: 'pem', type: 'spki' }) as string, 'key');

let held: Held;
beforeEach(() => {
  held = new Held();
});

function verified(given: Partial<Parameters<typeof verify>[1]> = {}): Promise<Report> {
  return verify(held, {
    period: { from: '', to: '', service: '' },
    keys: [],
    retentionDays: undefined,
    known: [],
    heartbeatIntervalMillis: MINUTE,
    ...given,
  });
}

function chain(options: ConstructorParameters<typeof WrittenChain>[0] = {}): WrittenChain {
  return new WrittenChain({ startMillis: NOW - 90 * MINUTE, ...options });
}

/** Whole and closed, but for what the test does. */
async function hold(written: WrittenChain, ingestedAtMillis?: number): Promise<void> {
  for (const { certificate } of written.written) held.add(certificate, ingestedAtMillis);
}

describe('a chain', () => {
  test('with a hole in its sequence has lost records', async () => {
    const written = chain();
    await written.add(3);
    await written.add(2, 'records', { seal: { first: 6, last: 7 } });
    await written.add(0, 'closing', { seal: { first: 8, last: 7 } });
    await hold(written);
    const { findings } = await verified();
    expect(findings).toMatchObject([{ kind: 'lost', number: 2 }]);
    expect(findings[0]?.text).toContain('records 4 to 5 stand in no segment');
  });

  test('whose sequences go backwards is out of order', async () => {
    const written = chain();
    await written.add(3);
    await written.add(2, 'closing', { seal: { first: 2, last: 3 } });
    await hold(written);
    expect((await verified()).findings).toMatchObject([{ kind: 'reordered', number: 2 }]);
  });

  test('that goes on after its end is out of order', async () => {
    const written = chain();
    await written.add(1, 'closing');
    await written.add(1, 'closing');
    await hold(written);
    expect((await verified()).findings).toMatchObject([{ kind: 'reordered', number: 2 }]);
  });

  test('that does not begin with its first record has lost its head', async () => {
    const written = chain();
    await written.add(2, 'closing', { seal: { first: 5, last: 6 } });
    await hold(written);
    expect((await verified()).findings).toMatchObject([{ kind: 'missing-head', number: 1 }]);
  });

  test.each([
    ['silent for longer than three heartbeats', 5 * MINUTE, ['unfinished']],
    ['silent for a minute', MINUTE, []],
  ])('that was not closed and is %s', async (_what, silentMillis, kinds) => {
    const written = chain({ startMillis: NOW - silentMillis });
    await written.add(0, 'heartbeat');
    await hold(written);
    expect((await verified()).findings.map(({ kind }) => kind)).toEqual(kinds);
  });

  test('says what its process dropped and what the store refused', async () => {
    const written = chain();
    await written.add(1);
    const counts = { appended: 1, delivered: 1, dropped: 7, dead: 2 };
    await written.add(0, 'closing', { seal: { counts } });
    await hold(written);
    const { verdict, notes } = await verified();
    expect(verdict).toBe('good');
    expect(notes.map(({ kind, text }) => [kind, text])).toEqual([
      ['dropped', 'the process dropped 7 records, by its own account'],
      ['dead-letters', 'the store refused 2 records; they are dead letters'],
    ]);
  });

  test.each([
    ['came just now', -1 * MINUTE, { underway: 1 }],
    ['came long ago', -60 * MINUTE, { 'missing-segment': 1 }],
    ['claims to come from the future', 60 * MINUTE, { 'missing-segment': 1 }],
  ])('with a hole in its numbers, behind which an entry %s', async (_what, age, counts) => {
    const written = chain();
    for (const rows of [1, 1]) await written.add(rows);
    await written.add(0, 'closing');
    const [first, , last] = written.written;
    for (const { certificate } of [first, last] as typeof written.written) held.add(certificate, NOW + age);
    expect((await verified()).counts).toEqual(counts);
  });

  test('whose beginning may be on its way is let be for some minutes', async () => {
    const written = chain();
    await written.add(1);
    await written.add(0, 'closing');
    held.add((written.written[1] as (typeof written.written)[0]).certificate, NOW - MINUTE);
    expect(await verified()).toMatchObject({ verdict: 'good', counts: { underway: 1 } });
  });

  test('that names one which is there with another end', async () => {
    const before = chain();
    await before.add(1, 'closing');
    const after = chain({ predecessors: [{ ...before.end, hash: '0'.repeat(64) }] });
    await after.add(1, 'closing');
    await hold(before);
    await hold(after);
    const { findings } = await verified();
    expect(findings).toMatchObject([{ kind: 'missing-chain', chain: before.id, number: 1 }]);
    expect(findings[0]?.text).toContain('another end of it is stored');
  });

  test('that names one which may be on its way is let be for some minutes', async () => {
    const after = chain({ predecessors: [{ chain: randomUUID(), number: 1, hash: '0'.repeat(64) }] });
    await after.add(1, 'closing');
    await hold(after, NOW - MINUTE);
    expect(await verified()).toMatchObject({ verdict: 'good', counts: { underway: 1 } });
  });
});

describe('signatures', () => {
  test('a chain without any is told once', async () => {
    const written = chain();
    for (let number = 1; number < 5; number++) await written.add(1);
    await written.add(0, 'closing');
    await hold(written);
    expect((await verified({ keys })).findings).toMatchObject([
      { kind: 'unsigned', chain: written.id, number: 1, lastNumber: 5 },
    ]);
    expect(await verified()).toMatchObject({ verdict: 'good', totals: { signed: 0 } });
  });

  test('one entry without, among signed ones, is forged', async () => {
    const written = chain({ signer });
    for (let number = 1; number < 4; number++) await written.add(1);
    await written.add(0, 'closing');
    written.written.forEach(({ certificate }, index) =>
      held.add(index === 2 ? { ...certificate, signature: '', keyId: '' } : certificate),
    );
    expect((await verified({ keys })).findings).toMatchObject([{ kind: 'forged', number: 3 }]);
  });
});

describe('records', () => {
  const digest = 'd'.repeat(64);

  test('that were damaged before delivery are lost, and the rest verifies', async () => {
    const shortfall: Shortfall = { missing: [{ first: 2, last: 3, reason: 'damaged' }], digest };
    const written = chain({ signer });
    const { segment } = await written.add(5, 'closing', { shortfall });
    held.rowsOf.set(segment.id, { ...NO_ROWS, rows: 3, distinct: 3, sequences: 3, digest });
    await hold(written);
    const { findings } = await verified({ keys });
    expect(findings).toMatchObject([{ kind: 'lost', firstSequence: 2, lastSequence: 3 }]);
  });

  test.each([
    ['and one that says that all arrived', true],
    ['alone', false],
  ])(
    'that were damaged when all had arrived are there, by a certificate of the damage %s',
    async (_what, both) => {
      const shortfall: Shortfall = { missing: [{ first: 2, last: 3, reason: 'damaged' }], digest };
      const written = chain({ signer });
      const { sealed } = await written.add(5, 'closing', { shortfall });
      await hold(written);
      if (both) held.add(await certify(sealed, '', signer));
      expect(await verified({ keys })).toMatchObject({
        verdict: 'good',
        counts: { arrived: 1 },
        notes: [{ kind: 'arrived', firstSequence: 2, lastSequence: 3 }],
      });
    },
  );

  test('that were damaged when all had arrived are deleted where they are gone', async () => {
    const shortfall: Shortfall = { missing: [{ first: 2, last: 3, reason: 'damaged' }], digest };
    const written = chain({ signer });
    const { segment, sealed } = await written.add(5, 'closing', { shortfall });
    held.rowsOf.set(segment.id, { ...NO_ROWS, rows: 3, distinct: 3, sequences: 3, digest });
    held.sequencesOf.set(segment.id, [1, 4, 5]);
    await hold(written);
    held.add(await certify(sealed, '', signer));
    expect((await verified({ keys })).findings).toMatchObject([
      { kind: 'deleted', firstSequence: 2, lastSequence: 3 },
    ]);
  });

  test('of which there are fewer than sequences were lost before the seal', async () => {
    const written = chain();
    await written.add(5, 'closing', { seal: { rows: 4 } });
    await hold(written);
    expect((await verified()).findings).toMatchObject([{ kind: 'lost', number: 1 }]);
  });

  test('that a damaged file of a dead process lacks are told once, by their sequences, and nothing was edited', async () => {
    const written = chain({ signer });
    const shortfall: Shortfall = { missing: [{ first: 2, last: 2, reason: 'damaged' }], digest };
    // NOTE: what seals it afterwards counts what it can read.
    const { segment } = await written.add(5, 'closing', { seal: { rows: 4, digest }, shortfall });
    held.rowsOf.set(segment.id, { ...NO_ROWS, rows: 4, distinct: 4, sequences: 4, digest });
    await hold(written);
    expect((await verified({ keys })).findings).toMatchObject([
      { kind: 'lost', firstSequence: 2, lastSequence: 2 },
    ]);
  });

  test('of such a file that became still more damaged are counted by their sequences', async () => {
    const written = chain({ signer });
    const shortfall: Shortfall = { missing: [{ first: 2, last: 4, reason: 'damaged' }], digest };
    const { segment } = await written.add(5, 'closing', { seal: { rows: 4 }, shortfall });
    held.rowsOf.set(segment.id, { ...NO_ROWS, rows: 2, distinct: 2, sequences: 2, digest });
    await hold(written);
    expect((await verified({ keys })).findings).toMatchObject([
      { kind: 'lost', firstSequence: 2, lastSequence: 4 },
    ]);
  });

  test('that were edited in a segment with a hole of its own are edited, not deleted', async () => {
    const written = chain();
    const { segment } = await written.add(5, 'closing', { seal: { rows: 4 } });
    held.rowsOf.set(segment.id, { ...NO_ROWS, rows: 4, distinct: 4, sequences: 4, digest });
    held.sequencesOf.set(segment.id, [1, 3, 4, 5]);
    await hold(written);
    expect((await verified()).findings.map(({ kind }) => kind)).toEqual(['lost', 'edited']);
    held.sequencesOf.set(segment.id, [1, 3, 4]);
    held.rowsOf.set(segment.id, { ...NO_ROWS, rows: 3, distinct: 3, sequences: 3, digest });
    const { findings } = await verified();
    expect(findings.map(({ kind }) => kind)).toEqual(['lost', 'deleted']);
    expect(findings[1]?.text).toBe(
      '1 of 4 records are gone: 2, 5, but 1 of these were lost before the segment was sealed',
    );
  });

  test('are whole where a certificate of a damaged file stands beside the one of all of them', async () => {
    const shortfall: Shortfall = { missing: [{ first: 2, last: 3, reason: 'damaged' }], digest };
    const written = chain({ signer });
    const { segment, sealed, certificate } = await written.add(5, 'closing', { shortfall });
    await hold(written);
    expect((await verified({ keys })).findings).toEqual([]);
    held.add(await certify(sealed, '', signer));
    expect((await verified({ keys })).findings).toEqual([]);
    // It excuses no deletion.
    expect(certificate.shortfall).not.toBe('');
    held.rowsOf.set(segment.id, { ...NO_ROWS, rows: 3, distinct: 3, sequences: 3, digest });
    held.sequencesOf.set(segment.id, [1, 4, 5]);
    expect((await verified({ keys })).findings).toMatchObject([
      { kind: 'deleted', firstSequence: 2, lastSequence: 3 },
    ]);
  });

  test('of a version that is not known are not called good', async () => {
    const written = chain();
    await written.add(5, 'closing', { seal: { schema: 99 } });
    await hold(written);
    expect((await verified()).findings).toMatchObject([{ kind: 'unreadable' }]);
  });

  test.each([
    ['just now', NOW - MINUTE, false, 'underway'],
    ['long ago', NOW - 60 * MINUTE, false, 'inserted'],
    ['in the future', NOW + MINUTE, false, 'inserted'],
    ['just now, into a certified segment', NOW - MINUTE, true, 'inserted'],
  ] as const)('that nobody has certified, taken in %s', async (_what, ingestedAtMillis, isSealed, kind) => {
    const where = { chain: randomUUID(), segment: randomUUID(), service: 'shop', host: 'web-1', pid: 1 };
    const time = { occurredFrom: '0', occurredTo: '0', ingestedAtMillis };
    held.held.push({ ...where, ...time, isSealed, rows: 2, first: 1, last: 2 });
    expect((await verified()).counts).toEqual({ [kind]: 1 });
  });

  describe('that are not there', () => {
    async function gone(age: number, sequences: readonly number[] = []): Promise<Report> {
      const written = chain();
      const { segment } = await written.add(3, 'closing');
      const rows = sequences.length;
      held.rowsOf.set(segment.id, { ...NO_ROWS, rows, distinct: rows, sequences: rows });
      held.sequencesOf.set(segment.id, sequences);
      await hold(written, NOW + age);
      return await verified();
    }

    test('while their entry came just now may follow it, as on a replica', async () => {
      const { verdict, notes } = await gone(-MINUTE);
      expect(verdict).toBe('good');
      expect(notes).toMatchObject([{ kind: 'underway', number: 1, firstSequence: 1, lastSequence: 3 }]);
      expect(notes[0]?.text).toMatch(/^3 of 3 records are gone: 1 to 3; .* may follow it$/);
    });

    test.each([
      ['whose entry came long ago', -60 * MINUTE, [], ['deleted']],
      ['whose entry claims to come from the future', 60 * MINUTE, [], ['deleted']],
      ['while foreign ones are, whose entry came just now', -MINUTE, [1, 9], ['deleted', 'inserted']],
      ['as they were, whose entry came just now', -MINUTE, [1, 2, 3], ['edited']],
    ])('%s, are a finding', async (_what, age, sequences, kinds) => {
      expect((await gone(age, sequences)).findings.map(({ kind }) => kind)).toEqual(kinds);
    });
  });

  describe('of a segment that is older than the retention in part', () => {
    const DAY = 24 * 60 * MINUTE;
    const limit = NOW - 400 * DAY;
    const nanos = (millis: number): string => `${millis}000000`;

    /** Of ten, the first of long before the limit, the last of now: what verification says when so much is left. */
    async function left(oldestMillis: number, rows = 7): Promise<Report> {
      const written = chain();
      const times = { occurredFrom: nanos(limit - 50 * DAY), occurredTo: nanos(NOW - DAY) };
      const { segment } = await written.add(10, 'closing', { seal: times });
      const occurredFrom = nanos(oldestMillis);
      held.rowsOf.set(segment.id, { ...NO_ROWS, rows, distinct: rows, sequences: rows, occurredFrom });
      await hold(written);
      return await verified();
    }

    test('the others must be younger, and it is said how many are not proven', async () => {
      const { verdict, notes, totals } = await left(limit + DAY);
      expect(verdict).toBe('good');
      expect(totals.expired).toBe(1);
      expect(notes).toMatchObject([{ kind: 'expired', number: 1 }]);
      expect(notes[0]?.text).toMatch(/^3 of 10 records are gone; .* the 7 that are left cannot be proven/);
    });

    test('those of a later month may still be there, for the store drops whole months', async () => {
      expect(await left(limit - 3 * DAY)).toMatchObject({ verdict: 'good', totals: { expired: 1 } });
    });

    test.each([
      ['of the same month as the oldest, which only a deletion tells apart', limit - 49 * DAY, 7],
      ['from the oldest on, so that none can have expired', limit - 50 * DAY, 7],
      ['not at all, not even those that are young', limit, 0],
    ])('are deleted where the rest is there %s', async (_what, oldestMillis, rows) => {
      expect((await left(oldestMillis, rows)).counts).toEqual({ deleted: 1 });
    });
  });

  describe('that were purged', () => {
    const left = { ...NO_ROWS, rows: 1, distinct: 1, sequences: 1, digest };

    async function purged(
      change: { digest?: string; record?: Certificate['signature'] } = {},
    ): Promise<void> {
      const written = chain({ signer });
      const { segment } = await written.add(3, 'closing');
      held.rowsOf.set(segment.id, left);
      const amendments = [{ segment: segment.id, rowsLeft: 1, digestLeft: digest }];
      const sum = new PurgeDigest();
      for (const amendment of amendments) sum.add(amendment);
      const own = chain({ signer });
      const { segment: record } = await own.add(1, 'closing');
      held.purges.set(randomUUID(), {
        amendments,
        digest: change.digest ?? sum.digest(),
        chain: own.id,
        segment: record.id,
      });
      await hold(written);
      for (const { certificate } of own.written)
        held.add(change.record === undefined ? certificate : { ...certificate, signature: change.record });
    }

    test('are explained by the record of the purge', async () => {
      await purged();
      expect(await verified({ keys })).toMatchObject({ verdict: 'good', totals: { purged: 1 } });
    });

    test('are deleted where that record holds another digest', async () => {
      await purged({ digest: '0'.repeat(64) });
      expect((await verified({ keys })).counts).toEqual({ deleted: 1 });
    });

    test('are deleted where that record is not signed', async () => {
      await purged({ record: '' });
      expect((await verified({ keys })).counts).toMatchObject({ deleted: 1, unsigned: 1 });
    });
  });
});

test('a report for people cannot be steered by what is stored', async () => {
  const service = 'shop\u001B[2K\rGOOD: nothing';
  const where = { chain: randomUUID(), segment: randomUUID(), service, host: 'web-1', pid: 1 };
  held.held.push({
    ...where,
    occurredFrom: '0',
    occurredTo: '0',
    ingestedAtMillis: 0,
    isSealed: false,
    rows: 1,
    first: 1,
    last: 1,
  });
  const lines = describeReport(await verified());
  expect(lines.join('')).not.toMatch(/\p{Cc}/u);
  expect(lines.at(-1)).toBe('FINDINGS in the register: 1 inserted');
});
