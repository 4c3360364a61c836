import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { decodeRecords } from '../../src/record/decode.ts';
import { digestOf } from '../../src/integrity/seal.ts';
import type { Certificate } from '../../src/integrity/certificate.ts';
import type { Segment } from '../../src/delivery/segment.ts';
import { Shipper } from '../../src/delivery/shipper.ts';
import type { RowCounts, ShipperOptions } from '../../src/delivery/shipper.ts';
import type { SendOptions, Sink, SinkResult } from '../../src/delivery/sinks/sink.ts';
import { ACCEPTED, createLines, NOT_NOW } from './fake-sink.ts';
import { adopted, itemOf, segmentOf } from './shipments.ts';

vi.mock('../../src/timers.ts', async () => (await import('../support/live-timers.ts')).liveTimers);

const NEVER = 600_000;

interface Sent {
  readonly segment: Segment;
  readonly options: SendOptions;
}

interface TestSink extends Sink {
  readonly sent: Sent[];
  readonly certificates: (Certificate & { segmentId: string })[];
  answer: (segment: Segment, options: SendOptions) => SinkResult | Promise<SinkResult>;
  certified: () => SinkResult | Promise<SinkResult>;
}

function createTestSink(answer: TestSink['answer'] = () => ACCEPTED): TestSink {
  const sink: TestSink = {
    name: 'the fake sink',
    mendOfRefusal: 'run `audit-register migrate`',
    sent: [],
    certificates: [],
    answer,
    certified: () => ACCEPTED,
    async send(segment, options) {
      sink.sent.push({ segment, options });
      return sink.answer(segment, options);
    },
    async certify(certificate, segmentId) {
      const result = await sink.certified();
      if (result.status === 'accepted') sink.certificates.push({ ...certificate, segmentId });
      return result;
    },
    close: async () => {},
  };
  return sink;
}

function ship(sink: Sink, options: Partial<ShipperOptions> = {}) {
  const { log, lines } = createLines();
  const ended: RowCounts[] = [];
  const shipper = new Shipper({ sink, log, onDelivered: (counts) => void ended.push(counts), ...options });
  const said = (): string[] => lines.filter((line) => !/attempt \d+:/.test(line));
  return { shipper, lines, said, ended };
}

/** Refuses every insert that holds one of these sequences; an insert without rows is taken. */
function refuses(bad: readonly number[]): TestSink['answer'] {
  return (segment) => {
    const found = [...decodeRecords(segment.rows)].filter(({ sequence }) => bad.includes(sequence));
    return found.length === 0 ? ACCEPTED : { status: 'refused', reason: `row ${found[0]?.sequence}` };
  };
}

function sequencesOf(segment: Segment): number[] {
  return [...decodeRecords(segment.rows)].map(({ sequence }) => sequence);
}

test('A segment is sent, certified and done, in this order', async () => {
  const steps: string[] = [];
  const sink = createTestSink(() => {
    steps.push('sent');
    return ACCEPTED;
  });
  sink.certified = () => {
    steps.push('certified');
    return ACCEPTED;
  };
  const { shipper, said, ended } = ship(sink);
  const segment = segmentOf(3);
  const item = itemOf(segment, { done: async () => void steps.push('done') });
  shipper.add(item);
  expect(shipper.waiting()).toBe(3);
  expect(await shipper.settled(5_000)).toBe(true);
  expect(steps).toEqual(['sent', 'certified', 'done']);
  expect(sink.certificates).toEqual([
    { seal: item.seal.text, shortfall: '', signature: '', keyId: '', segmentId: segment.id },
  ]);
  expect(sink.sent[0]!.options).toMatchObject({ mayBeOld: false });
  expect(ended).toEqual([{ delivered: 3, dead: 0, lost: 0 }]);
  expect(shipper.waiting()).toBe(0);
  expect(said()).toEqual([]);
});

test('A segment without rows is only certified', async () => {
  const sink = createTestSink();
  const { shipper } = ship(sink);
  const load = vi.fn();
  const item = itemOf(segmentOf(0), { load });
  shipper.add(item);
  expect(await shipper.settled(5_000)).toBe(true);
  expect(load).not.toHaveBeenCalled();
  expect(sink.sent).toEqual([]);
  expect(sink.certificates).toHaveLength(1);
  expect(item.isDone()).toBe(true);
});

test('Where a sink has no place for certificates, a delivered segment is done', async () => {
  const { certify: _, ...sink } = createTestSink();
  const { shipper } = ship(sink);
  const item = itemOf(segmentOf(1));
  shipper.add(item);
  expect(await shipper.settled(5_000)).toBe(true);
  expect(item.isDone()).toBe(true);
});

test('A certificate is signed together with its shortfall', async () => {
  const sink = createTestSink(refuses([2]));
  const signed: string[] = [];
  const signer = async (text: string) => {
    signed.push(text);
    return { signature: 'header..signature', keyId: 'key' };
  };
  const { shipper } = ship(sink, { signer });
  const item = itemOf(segmentOf(2));
  shipper.add(item);
  expect(await shipper.settled(5_000)).toBe(true);
  const [certificate] = sink.certificates;
  expect(certificate).toMatchObject({ signature: 'header..signature', keyId: 'key' });
  expect(signed).toEqual([`${item.seal.text}\n${certificate!.shortfall}`]);
});

test('The same segment is sent until it is taken; it is said once that it breaks, and once that it heals', async () => {
  const sink = createTestSink(() => (sink.sent.length < 4 ? NOT_NOW : ACCEPTED));
  const { shipper, said } = ship(sink, { place: () => 'in the spool at /spool' });
  shipper.add(itemOf(segmentOf(5)));
  expect(await shipper.settled(5_000)).toBe(true);
  expect(sink.sent).toHaveLength(4);
  expect(new Set(sink.sent.map(({ segment }) => segment.id)).size).toBe(1);
  expect(said()).toEqual([
    'audit-register: records wait in the spool at /spool: the fake sink does not take them: it is away',
    expect.stringMatching(
      /^audit-register: the fake sink takes records again after 3 failed attempts in \d+\.\d s; 5 records waited$/,
    ),
  ]);
});

test('Two segments are on their way at once, and one while the sink does not take them', async () => {
  const open: (() => void)[] = [];
  const sink = createTestSink(async () => {
    await new Promise<void>((resolve) => open.push(resolve));
    return { status: 'retry', reason: 'away', retryAfterMillis: NEVER };
  });
  const { shipper } = ship(sink);
  for (let index = 0; index < 6; index++) shipper.add(itemOf(segmentOf(1)));
  await vi.waitUntil(() => open.length === 2);
  for (const release of open.splice(0)) release();
  await vi.waitUntil(() => shipper.isFailing);
  await new Promise((resolve) => setImmediate(resolve));
  shipper.wake();
  await vi.waitUntil(() => open.length > 0);
  expect(sink.sent).toHaveLength(3);
  sink.answer = () => ACCEPTED;
  open[0]!();
  await vi.waitUntil(() => sink.sent.length > 3 || void shipper.wake());
  expect(await shipper.settled(5_000)).toBe(true);
});

test('The rows of others do not wait for a certificate that is on its way', async () => {
  const open: (() => void)[] = [];
  const sink = createTestSink(() => ACCEPTED);
  sink.certified = async () => {
    await new Promise<void>((resolve) => open.push(resolve));
    return ACCEPTED;
  };
  const { shipper } = ship(sink);
  for (let index = 0; index < 6; index++) shipper.add(itemOf(segmentOf(1)));
  await vi.waitUntil(() => open.length === 4);
  expect(sink.sent).toHaveLength(4);
  await vi.waitUntil(() => {
    for (const release of open.splice(0)) release();
    return shipper.waitingSegments() === 0;
  });
  expect(sink.certificates).toHaveLength(6);
});

test('A segment that is never taken holds up no other, and is said once', async () => {
  const stuck = segmentOf(1);
  const sink = createTestSink((segment) => (segment.id === stuck.id ? NOT_NOW : ACCEPTED));
  const { shipper, said } = ship(sink);
  shipper.add(itemOf(stuck));
  const others = Array.from({ length: 20 }, () => itemOf(segmentOf(1)));
  for (const item of others) {
    shipper.add(item);
    await vi.waitUntil(() => item.isDone());
  }
  expect(said()).toHaveLength(1);
  expect(shipper.waiting()).toBe(1);
  await shipper.stop();
});

test('While no certificate is taken, records are, and each of them once', async () => {
  const sink = createTestSink();
  sink.certified = () => ({ status: 'retry', reason: 'no such table', retryAfterMillis: 20 });
  const { shipper, said } = ship(sink);
  const items = Array.from({ length: 30 }, () => itemOf(segmentOf(2)));
  for (const item of items) shipper.add(item);
  await vi.waitUntil(() => sink.sent.length === 30);
  await vi.waitUntil(() => said().length === 1);
  expect(said()[0]).toBe(
    'audit-register: certificates wait in memory: the fake sink does not take them: no such table',
  );
  sink.certified = () => ACCEPTED;
  expect(await shipper.settled(10_000)).toBe(true);
  expect(sink.sent).toHaveLength(30);
  expect(sink.certificates).toHaveLength(30);
  expect(said()[1]).toMatch(/takes certificates again after \d+ failed attempts/);
});

test('That its rows are with the sink is said once, before it is certified; its rows are not loaded again', async () => {
  const sink = createTestSink((segment, options) =>
    sink.sent.length === 1 ? NOT_NOW : refuses([3])(segment, options),
  );
  sink.certified = () => ({ status: 'retry', reason: 'no grant', retryAfterMillis: 1 });
  const { shipper } = ship(sink);
  const segment = segmentOf(4);
  const loaded = vi.fn(async () => ({ segment, missing: [] }));
  const accepted = vi.fn();
  const item = itemOf(segment, { load: loaded, accepted });
  const empty = itemOf(segmentOf(0), { accepted });
  const certified = vi.spyOn(sink, 'certified');
  shipper.add(item);
  shipper.add(empty);
  await wakeUntil(shipper, () => accepted.mock.calls.length > 0);
  expect(item.buried).toHaveLength(1);
  const loads = loaded.mock.calls.length;
  const before = certified.mock.calls.length;
  await wakeUntil(shipper, () => certified.mock.calls.length >= before + 10);
  expect(item.isDone()).toBe(false);
  certified.mockImplementation(() => ACCEPTED);
  await wakeUntil(shipper, () => item.isDone() && empty.isDone());
  expect(accepted).toHaveBeenCalledTimes(1);
  expect(loaded).toHaveBeenCalledTimes(loads);
});

test('What is told that rows are with the sink may throw: nothing is sent twice, and it is certified', async () => {
  const sink = createTestSink();
  const { shipper, said } = ship(sink);
  const accepted = (): never => {
    throw new Error('broken page');
  };
  const item = itemOf(segmentOf(1), { accepted });
  shipper.add(item);
  expect(await shipper.settled(5_000)).toBe(true);
  expect(sink.sent).toHaveLength(1);
  expect(item.isDone()).toBe(true);
  expect(said()).toEqual([expect.stringContaining('broken page')]);
});

test('A refused row is a dead letter, all others are stored, and the certificate says which', async () => {
  const bad = [1, 700, 701, 1000];
  const sink = createTestSink(refuses(bad));
  const { shipper, said, ended } = ship(sink);
  const segment = segmentOf(1000);
  const item = itemOf(segment);
  shipper.add(item);
  expect(await shipper.settled(10_000)).toBe(true);
  expect(item.buried.map(({ rows, reason }) => [sequencesOf(rows), reason])).toEqual(
    bad.map((sequence) => [[sequence], `row ${sequence}`]),
  );
  const taken = sink.sent.filter(({ segment: part }) => refuses(bad)(part, { mayBeOld: false }) === ACCEPTED);
  const stored = taken.flatMap(({ segment: part }) => sequencesOf(part)).sort((a, b) => a - b);
  expect(stored).toEqual(sequencesOf(segment).filter((sequence) => !bad.includes(sequence)));
  const { missing, digest } = JSON.parse(sink.certificates[0]!.shortfall);
  expect(missing).toEqual([
    { first: 1, last: 1, reason: 'refused' },
    { first: 700, last: 701, reason: 'refused' },
    { first: 1000, last: 1000, reason: 'refused' },
  ]);
  const rest = taken
    .map(({ segment: part }) => part)
    .filter((part) => part.rowCount > 0)
    .sort((a, b) => a.firstSequence - b.firstSequence);
  expect(digest).toBe(digestOf(Buffer.concat(rest.map((part) => part.rows))));
  expect(ended).toEqual([{ delivered: 996, dead: 4, lost: 0 }]);
  expect(sink.sent.length).toBeLessThan(2 + bad.length * 2 * Math.ceil(Math.log2(1000)));
  expect(said()).toEqual([
    expect.stringMatching(/^audit-register: 4 records of 1 segment kept as dead letters/),
  ]);
});

test('Each part of a refused segment has a token of its own, the same whoever divides it', async () => {
  const segment = segmentOf(16);
  const tokens = async (): Promise<(string | undefined)[]> => {
    const sink = createTestSink(refuses([5]));
    const { shipper } = ship(sink);
    shipper.add(itemOf(segment));
    await shipper.settled(5_000);
    return sink.sent.map(({ options }) => options.token);
  };
  const first = await tokens();
  expect(first.slice(0, 4)).toEqual([undefined, undefined, `${segment.id}/1-8`, `${segment.id}/9-16`]);
  expect(new Set(first.slice(2)).size).toBe(first.length - 2);
  expect(await tokens()).toEqual(first);
});

test('A division that the sink interrupts goes on where it was', async () => {
  const refuse = refuses([9]);
  const sink = createTestSink((segment, options) =>
    sink.sent.length % 3 === 0 ? NOT_NOW : refuse(segment, options),
  );
  const { shipper } = ship(sink);
  const item = itemOf(segmentOf(64));
  shipper.add(item);
  await vi.waitUntil(() => item.isDone() || void shipper.wake(), { interval: 1, timeout: 10_000 });
  expect(item.buried.map(({ rows }) => sequencesOf(rows))).toEqual([[9]]);
  const answered = sink.sent.filter(
    ({ options }, index) => options.token !== undefined && (index + 1) % 3 !== 0,
  );
  const tokens = answered.map(({ options }) => options.token);
  expect(new Set(tokens).size).toBe(tokens.length);
});

test('Whatever rows are refused and whenever the sink goes away: each row is stored once or a dead letter once', async () => {
  const cases = fc.record({
    rows: fc.integer({ min: 1, max: 200 }),
    bad: fc.uniqueArray(fc.integer({ min: 1, max: 200 }), { maxLength: 12 }),
    away: fc.array(fc.boolean(), { maxLength: 30 }),
  });
  await fc.assert(
    fc.asyncProperty(cases, async ({ rows, bad, away }) => {
      const refuse = refuses(bad);
      const stored = new Map<string, number[]>();
      const sink = createTestSink((segment, options) => {
        if (away[sink.sent.length - 1] === true) return { status: 'retry', reason: '', retryAfterMillis: 0 };
        const result = refuse(segment, options) as SinkResult;
        // As ClickHouse does: what comes again by its token adds nothing.
        if (result.status === 'accepted') stored.set(options.token ?? segment.id, sequencesOf(segment));
        return result;
      });
      const { shipper } = ship(sink);
      const item = itemOf(segmentOf(rows));
      shipper.add(item);
      while (!item.isDone()) {
        shipper.wake();
        await new Promise((resolve) => setImmediate(resolve));
      }
      const dead = item.buried.flatMap((each) => sequencesOf(each.rows));
      expect(dead).toEqual(bad.filter((sequence) => sequence <= rows).sort((a, b) => a - b));
      const all = [...[...stored.values()].flat(), ...dead].sort((a, b) => a - b);
      expect(all).toEqual(sequencesOf(item.segment));
    }),
    { numRuns: 60 },
  );
});

test('Where even an insert without rows is refused, the table is at fault: nothing is a dead letter', async () => {
  const sink = createTestSink(() => ({ status: 'refused', reason: "column 'actor_id' is another" }));
  const { shipper, said } = ship(sink);
  const item = itemOf(segmentOf(10));
  shipper.add(item);
  await vi.waitUntil(() => sink.sent.length >= 6 || void shipper.wake());
  expect(item.buried).toEqual([]);
  expect(said()).toEqual([
    expect.stringMatching(
      /records wait in memory: .*column 'actor_id' is another \(.*`audit-register migrate`\)$/,
    ),
  ]);
  sink.answer = () => ACCEPTED;
  shipper.wake();
  expect(await shipper.settled(5_000)).toBe(true);
  expect(item.isDone()).toBe(true);
});

test('Where nearly every row is refused, the number of inserts is bounded, and no row is lost', async () => {
  const sink = createTestSink((segment) =>
    segment.rowCount === 0 ? ACCEPTED : { status: 'refused', reason: 'no' },
  );
  const { shipper, ended } = ship(sink);
  const item = itemOf(segmentOf(10_000));
  shipper.add(item);
  expect(await shipper.settled(30_000)).toBe(true);
  expect(sink.sent.length).toBeLessThan(2_100);
  expect(item.buried.flatMap(({ rows }) => sequencesOf(rows))).toEqual(sequencesOf(item.segment));
  expect(ended).toEqual([{ delivered: 0, dead: 10_000, lost: 0 }]);
});

test('Refused rows that cannot be kept as dead letters are tried again, and are not lost', async () => {
  const sink = createTestSink(refuses([1]));
  const { shipper, said } = ship(sink);
  const buried: number[][] = [];
  let isFull = true;
  const item = itemOf(segmentOf(2), {
    bury: async (rows) => {
      if (isFull) throw new Error('no space left');
      buried.push(sequencesOf(rows));
    },
  });
  shipper.add(item);
  await vi.waitUntil(() => said().length === 1);
  expect(said()[0]).toMatch(/cannot be kept as dead letters: no space left/);
  isFull = false;
  shipper.wake();
  expect(await shipper.settled(10_000)).toBe(true);
  expect(buried).toEqual([[1]]);
});

test('Rows that could not be read are said to be damaged, beside those that were refused', async () => {
  const sink = createTestSink(refuses([7]));
  const { shipper, ended } = ship(sink);
  const segment = segmentOf(10);
  const damaged = [{ first: 3, last: 4, reason: 'damaged' }];
  const { partOf } = await import('../../src/delivery/segment-part.ts');
  const { rowBounds } = await import('../../src/record/row-bounds.ts');
  const rest = partOf(
    segment,
    rowBounds(segment.rows, segment.columns)!.filter(({ sequence }) => sequence !== 3 && sequence !== 4),
  );
  shipper.add(itemOf(segment, { load: async () => ({ segment: rest, missing: damaged }) }));
  expect(await shipper.settled(5_000)).toBe(true);
  expect(JSON.parse(sink.certificates[0]!.shortfall).missing).toEqual([
    { first: 3, last: 4, reason: 'damaged' },
    { first: 7, last: 7, reason: 'refused' },
  ]);
  expect(ended).toEqual([{ delivered: 7, dead: 1, lost: 2 }]);
});

/** A file that cannot be read. */
function unreadable(code: () => string) {
  return vi.fn(async (): Promise<never> => {
    throw Object.assign(new Error(`${code()}: a fault`), { code: code() });
  });
}

async function wakeUntil(shipper: Shipper, isThere: () => boolean): Promise<void> {
  while (!isThere()) {
    shipper.wake();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('A segment whose file is gone is lost with a word after 8 attempts, and certified as damaged', async () => {
  const sink = createTestSink();
  const { shipper, said, ended } = ship(sink);
  const load = unreadable(() => 'ENOENT');
  shipper.add(itemOf(segmentOf(4), { load }));
  await wakeUntil(shipper, () => load.mock.calls.length >= 8);
  expect(await shipper.settled(5_000)).toBe(true);
  expect(load).toHaveBeenCalledTimes(8);
  expect(sink.sent).toEqual([]);
  expect(JSON.parse(sink.certificates[0]!.shortfall)).toEqual({
    missing: [{ first: 1, last: 4, reason: 'damaged' }],
    digest: digestOf(Buffer.alloc(0)),
  });
  expect(ended).toEqual([{ delivered: 0, dead: 0, lost: 4 }]);
  expect(said()).toEqual([
    expect.stringMatching('cannot be read: ENOENT'),
    expect.stringMatching(String.raw`4 records of 1 segment lost: segment \S+ cannot be read: ENOENT`),
  ]);
});

test.each(['EMFILE', 'EACCES', 'EIO'])(
  'A segment whose file is there and cannot be read (%s) is kept and tried for ever, said once, until it can',
  async (code) => {
    const sink = createTestSink();
    const { shipper, said, ended } = ship(sink);
    const segment = segmentOf(4);
    let current = code;
    let isMended = false;
    const failing = unreadable(() => current);
    const item = itemOf(segment, {
      load: async () => (isMended ? { segment, missing: [] } : await failing()),
    });
    shipper.add(item);
    await wakeUntil(shipper, () => failing.mock.calls.length >= 500);
    // A directory that comes and goes is not a file that is gone.
    for (const next of ['ENOENT', code]) {
      current = next;
      const before = failing.mock.calls.length;
      await wakeUntil(shipper, () => failing.mock.calls.length >= before + 4);
    }
    expect(item.isDone()).toBe(false);
    expect(sink.certificates).toEqual([]);
    expect(said()).toEqual([expect.stringMatching(`cannot be read: ${code}`)]);
    isMended = true;
    await wakeUntil(shipper, () => item.isDone());
    await vi.waitUntil(() => ended.length > 0);
    expect(ended).toEqual([{ delivered: 4, dead: 0, lost: 0 }]);
    expect(sink.certificates[0]!.shortfall).toBe('');
  },
);

test('A segment that cannot be removed is delivered all the same', async () => {
  const sink = createTestSink();
  const { shipper, ended } = ship(sink);
  const done = vi.fn(async () => {
    throw new Error('EROFS');
  });
  shipper.add(itemOf(segmentOf(1), { done }));
  while (done.mock.calls.length < 5) {
    shipper.wake();
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await shipper.settled(5_000)).toBe(true);
  expect(sink.sent).toHaveLength(1);
  expect(ended).toEqual([{ delivered: 1, dead: 0, lost: 0 }]);
});

test.each(['send', 'load', 'certify', 'sign'] as const)(
  'What hangs in %s does not hang for ever',
  async (where) => {
    const sink = createTestSink();
    const hang = new Promise<never>(() => {});
    let calls = 0;
    const once = <T>(value: T): T | Promise<never> => ((calls += 1) === 1 ? hang : value);
    if (where === 'send') sink.answer = () => once(ACCEPTED);
    if (where === 'certify') sink.certified = () => once(ACCEPTED);
    const signer = where === 'sign' ? async () => once({ signature: '', keyId: '' }) : undefined;
    const { shipper, lines } = ship(sink, { timeoutMillis: 30, fileTimeoutMillis: 30, signer });
    const segment = segmentOf(1);
    const load = where === 'load' ? async () => once({ segment, missing: [] }) : undefined;
    const item = itemOf(segment, load === undefined ? {} : { load });
    shipper.add(item);
    expect(await shipper.settled(10_000)).toBe(true);
    expect(item.isDone()).toBe(true);
    expect(lines[0]).toContain('did not end within 0.03 s');
  },
);

test('What throws is tried again, and nothing is thrown at the application', async () => {
  const sink = createTestSink(() => {
    if (sink.sent.length === 1) throw new Error('broken sink');
    return ACCEPTED;
  });
  const { shipper, said } = ship(sink, {
    onProgress: () => {
      throw new Error('broken listener');
    },
  });
  shipper.add(itemOf(segmentOf(1)));
  expect(await shipper.settled(5_000)).toBe(true);
  expect(said()[0]).toContain('broken sink');
});

test('What another process began is sent as what may be old; what is new is not', async () => {
  const sink = createTestSink();
  const { shipper } = ship(sink);
  shipper.add(adopted(segmentOf(1)));
  shipper.add(itemOf(segmentOf(1)));
  expect(await shipper.settled(5_000)).toBe(true);
  expect(sink.sent.map(({ options }) => options.mayBeOld)).toEqual([true, false]);
});

test('What was first sent more than five minutes ago may be old', async () => {
  const sink = createTestSink(() => ({ status: 'retry', reason: 'away', retryAfterMillis: NEVER }));
  const { shipper } = ship(sink);
  shipper.add(itemOf(segmentOf(1)));
  await vi.waitUntil(() => sink.sent.length === 1);
  shipper.wake();
  await vi.waitUntil(() => sink.sent.length === 2);
  const now = performance.now();
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now + 300_001);
  try {
    shipper.wake();
    await vi.waitUntil(() => sink.sent.length === 3);
  } finally {
    clock.mockRestore();
  }
  expect(sink.sent.map(({ options }) => options.mayBeOld)).toEqual([false, false, true]);
  await shipper.stop();
});

test('A flush does not wait out a backoff', async () => {
  const sink = createTestSink(() =>
    sink.sent.length === 1 ? { status: 'retry', reason: 'busy', retryAfterMillis: NEVER } : ACCEPTED,
  );
  const { shipper } = ship(sink);
  shipper.add(itemOf(segmentOf(1)));
  await vi.waitUntil(() => shipper.isFailing);
  shipper.wake();
  expect(await shipper.settled(5_000)).toBe(true);
  expect(shipper.isFailing).toBe(false);
});

test('A flush gives up with the first failure where it is asked to, and with its time otherwise', async () => {
  const sink = createTestSink(() => NOT_NOW);
  const { shipper } = ship(sink);
  shipper.add(itemOf(segmentOf(1)));
  expect(await shipper.settled(NEVER, true)).toBe(false);
  expect(await shipper.settled(20)).toBe(false);
  sink.answer = () => ACCEPTED;
  shipper.wake();
  expect(await shipper.settled(5_000)).toBe(true);
});

test('A flush waits for what was there when it was called, not for what comes meanwhile', async () => {
  const late = new Promise<SinkResult>(() => {});
  const sink = createTestSink(() => (sink.sent.length === 1 ? ACCEPTED : late));
  const { shipper } = ship(sink);
  shipper.add(itemOf(segmentOf(1)));
  const settled = shipper.settled(5_000);
  shipper.add(itemOf(segmentOf(1)));
  expect(await settled).toBe(true);
});

test('After a stop nothing begins, what is under way ends, and a flush knows that the rest stays', async () => {
  let answer = (): void => {};
  const answered = new Promise<void>((resolve) => (answer = resolve));
  const sink = createTestSink(async () => {
    await answered;
    return ACCEPTED;
  });
  const { shipper } = ship(sink);
  const items = [1, 2, 3].map((rows) => itemOf(segmentOf(rows)));
  for (const item of items) shipper.add(item);
  const settled = shipper.settled(NEVER);
  const stopped = shipper.stop();
  answer();
  await stopped;
  expect(await settled).toBe(false);
  expect(items.map((item) => item.isDone())).toEqual([true, true, false]);
  expect(shipper.waiting()).toBe(3);
  shipper.wake();
  expect(sink.sent).toHaveLength(2);
});

test('However long a server asks to be left alone, it is asked again after five minutes', async () => {
  const { Lane } = await import('../../src/delivery/lane.ts');
  const { log } = createLines();
  const lane = new Lane({
    what: 'records',
    sinkName: 'x',
    log,
    place: () => '',
    waiting: () => 0,
    failuresBeforeWord: 1,
  });
  expect(lane.failed({} as never, 'busy', 3_600_000)).toBe(300_000);
  expect(lane.failed({} as never, 'busy', 1_000)).toBe(1_000);
});
