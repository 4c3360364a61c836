import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { NO_ROWS } from '../../src/integrity/evidence.ts';
import type { Report } from '../../src/integrity/report.ts';
import { verify } from '../../src/integrity/verify.ts';
import { Held, MINUTE, NOW } from './held.ts';
import { WrittenChain } from './written-chain.ts';

const HOUR = 60 * MINUTE;
const FRESH = NOW - MINUTE;
const OLD = NOW - HOUR;
const WHEN_MILLIS_1970 = 1_000;
const WHEN_MILLIS_2100 = Date.parse('2100-06-01T00:00:00Z');

let held: Held;
beforeEach(() => {
  held = new Held();
});

function verified(heartbeatIntervalMillis = MINUTE): Promise<Report> {
  return verify(held, {
    period: { from: '', to: '', service: '' },
    keys: [],
    retentionDays: undefined,
    known: [],
    heartbeatIntervalMillis,
  });
}

async function written(startMillis = NOW - 5 * HOUR): Promise<WrittenChain> {
  const chain = new WrittenChain({ startMillis });
  for (let number = 1; number < 4; number++) await chain.add(2);
  await chain.add(0, 'closing');
  return chain;
}

function hold(chain: WrittenChain, ingestedAt: Readonly<Record<number, number>>): void {
  for (const { sealed, certificate } of chain.written) {
    const at = ingestedAt[sealed.seal.number];
    if (at !== undefined) held.add(certificate, at);
  }
}

describe('what arrived a minute ago may wait for what belongs to it, what arrived an hour ago may not:', () => {
  test.each([
    ['fresh', FRESH, { underway: 1 }],
    ['old', OLD, { 'missing-head': 1 }],
  ])('the first segment, %s', async (_what, at, counts) => {
    hold(await written(), { 2: at, 3: at, 4: at });
    expect((await verified()).counts).toEqual(counts);
  });

  test.each([
    ['fresh', FRESH, { underway: 1 }],
    ['old', OLD, { 'missing-segment': 1 }],
  ])('one in the middle, %s', async (_what, at, counts) => {
    hold(await written(), { 1: OLD, 3: at, 4: at });
    expect((await verified()).counts).toEqual(counts);
  });

  test('one in the middle is missed although the chain goes on', async () => {
    hold(await written(), { 1: OLD, 3: OLD, 4: FRESH });
    expect((await verified()).counts).toEqual({ 'missing-segment': 1 });
  });

  test.each([
    ['fresh', FRESH, { underway: 1 }],
    ['old', OLD, { unfinished: 1 }],
  ])('the end of a chain that is delivered hours after it was sealed, %s', async (_what, at, counts) => {
    hold(await written(), { 1: OLD, 2: at });
    expect((await verified()).counts).toEqual(counts);
  });

  test.each([
    ['fresh', FRESH, { underway: 2 }],
    ['old', OLD, { unfinished: 1, 'missing-chain': 1 }],
  ])('the end of a chain that its successor names, %s', async (_what, at, counts) => {
    const before = await written();
    const after = new WrittenChain({ startMillis: NOW - 2 * HOUR, predecessors: [before.end] });
    await after.add(1, 'closing');
    hold(before, { 1: at, 2: at });
    hold(after, { 1: at });
    expect((await verified()).counts).toEqual(counts);
  });

  test.each([
    ['fresh', FRESH, { underway: 1 }],
    ['old', OLD, { 'missing-chain': 1 }],
  ])('a whole chain that its successor names, %s', async (_what, at, counts) => {
    const after = new WrittenChain({
      startMillis: NOW - 2 * HOUR,
      predecessors: [(await written()).end],
    });
    await after.add(1, 'closing');
    hold(after, { 1: at });
    expect((await verified()).counts).toEqual(counts);
  });

  test.each([
    ['fresh', NOW - 9 * MINUTE, { underway: 1 }],
    ['old', NOW - 11 * MINUTE, { inserted: 1 }],
  ])('the certificate of records, %s', async (_what, ingestedAtMillis, counts) => {
    const where = { chain: randomUUID(), segment: randomUUID(), service: 'shop', host: 'web-1', pid: 1 };
    const time = { occurredFrom: '0', occurredTo: '0', ingestedAtMillis };
    held.held.push({ ...where, ...time, isSealed: false, rows: 2, first: 1, last: 2 });
    expect((await verified()).counts).toEqual(counts);
  });

  test.each([
    ['fresh', FRESH, { 'closed-early': 1, underway: 1 }],
    ['old', OLD, { 'closed-early': 1, 'missing-segment': 1 }],
  ])('a segment in whose place an heir has put an end, %s', async (_what, at, counts) => {
    const chain = new WrittenChain({ startMillis: NOW - 5 * HOUR });
    await chain.add(2);
    const heir = await chain.add(0, 'abandoned');
    await chain.add(2, 'closing', { seal: { previous: 'a'.repeat(64), number: 3, first: 5, last: 6 } });
    held.add((chain.written[0] as typeof heir).certificate, OLD);
    held.add(heir.certificate, OLD);
    held.add((chain.written[2] as typeof heir).certificate, at);
    expect((await verified()).counts).toEqual(counts);
  });

  test('a chain that was delivered in time and then fell silent has no excuse', async () => {
    const chain = new WrittenChain({ startMillis: NOW - 5 * MINUTE });
    await chain.add(2);
    hold(chain, { 1: NOW - 5 * MINUTE });
    expect((await verified()).counts).toEqual({ unfinished: 1 });
  });

  test('a time in the future is no excuse', async () => {
    hold(await written(), { 1: OLD, 2: NOW + HOUR });
    expect((await verified()).counts).toEqual({ unfinished: 1 });
  });
});

describe('a process that was suspended for hours', () => {
  async function slept(): Promise<WrittenChain> {
    const chain = new WrittenChain({ startMillis: NOW - 6 * HOUR });
    await chain.add(2);
    await chain.add(0, 'heartbeat');
    return chain;
  }

  test('is unfinished while it is silent, and not once it went on', async () => {
    const chain = await slept();
    hold(chain, { 1: NOW - 6 * HOUR, 2: NOW - 6 * HOUR });
    expect((await verified()).counts).toEqual({ unfinished: 1 });
    chain.wait(6 * HOUR - MINUTE);
    const { certificate } = await chain.add(1);
    held.add(certificate, FRESH);
    expect(await verified()).toMatchObject({ verdict: 'good', counts: {} });
  });

  test('is not unfinished when it goes on with what it had sealed before', async () => {
    const chain = await slept();
    hold(chain, { 1: NOW - 6 * HOUR, 2: FRESH });
    expect(await verified()).toMatchObject({ verdict: 'good', counts: { underway: 1 } });
  });

  test('is not unfinished where an heir took it for dead', async () => {
    const chain = await slept();
    const heir = await chain.add(0, 'abandoned');
    chain.written.pop();
    chain.wait(6 * HOUR - MINUTE);
    await chain.add(1);
    hold(chain, { 1: OLD, 2: OLD, 3: FRESH });
    held.add(heir.certificate, NOW - 3 * HOUR);
    expect(await verified()).toMatchObject({ verdict: 'good', counts: { 'closed-early': 1 } });
  });
});

describe('a clock that jumps', () => {
  test('backwards by hours changes nothing', async () => {
    const chain = new WrittenChain({ startMillis: NOW - 2 * HOUR });
    await chain.add(2);
    chain.wait(-5 * HOUR);
    await chain.add(2);
    await chain.add(0, 'closing', { seal: { openedAt: String(NOW * 1_000), sealedAt: '0' } });
    hold(chain, { 1: OLD, 2: OLD, 3: OLD });
    expect(await verified()).toMatchObject({ verdict: 'good', counts: {} });
  });

  test.each([
    ['hours behind', NOW - 5 * HOUR],
    ['in 1970', WHEN_MILLIS_1970],
    ['in 2100', WHEN_MILLIS_2100],
  ])('and stands %s does not end a chain of which something arrives', async (_what, startMillis) => {
    const chain = new WrittenChain({ startMillis });
    await chain.add(2);
    await chain.add(0, 'heartbeat');
    hold(chain, { 1: OLD, 2: FRESH });
    expect(await verified()).toMatchObject({ verdict: 'good', counts: { underway: 1 } });
    held.certificates.splice(0);
    hold(chain, { 1: OLD, 2: NOW - 25 * MINUTE });
    expect(await verified(10 * MINUTE)).toMatchObject({ verdict: 'good' });
    expect((await verified()).counts).toEqual({ unfinished: 1 });
  });

  test.each([
    ['1970', WHEN_MILLIS_1970],
    ['2100', WHEN_MILLIS_2100],
  ])('to %s within a segment expires none of its records that are there', async (_what, millis) => {
    const chain = new WrittenChain({ startMillis: NOW - 2 * HOUR });
    const nanos = String(millis * 1_000_000);
    const seal = millis < NOW ? { occurredFrom: nanos } : { occurredTo: nanos };
    await chain.add(3, 'closing', { seal });
    hold(chain, { 1: OLD });
    expect(await verified()).toMatchObject({ verdict: 'good', totals: { checked: 3, expired: 0 } });
  });

  test.each([
    ['1970, all of them', WHEN_MILLIS_1970, 0],
    ['1970, a young one', WHEN_MILLIS_1970, 2],
    ['2100, all of them', WHEN_MILLIS_2100, 0],
    ['2100, some', WHEN_MILLIS_2100, 2],
  ])('excuses no deletion: %s', async (_what, millis, left) => {
    const chain = new WrittenChain({ startMillis: NOW - 2 * HOUR });
    const nanos = String(millis * 1_000_000);
    const { segment } = await chain.add(3, 'closing', {
      seal: millis < NOW ? { occurredFrom: nanos } : { occurredTo: nanos },
    });
    held.rowsOf.set(segment.id, {
      ...NO_ROWS,
      rows: left,
      distinct: left,
      sequences: left,
      ...(left > 0 && { digest: 'd'.repeat(64), occurredFrom: nanos }),
    });
    held.sequencesOf.set(segment.id, left === 0 ? [] : [1, 2]);
    hold(chain, { 1: OLD });
    expect((await verified()).counts).toEqual({ deleted: 1 });
  });
});
