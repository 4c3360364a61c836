import { afterEach, expect, test } from 'vitest';
import { createOtlpSink } from '../../src/delivery/sinks/otlp.ts';
import { Shipper } from '../../src/delivery/shipper.ts';
import type { RowCounts } from '../../src/delivery/shipper.ts';
import { decodeRecords } from '../../src/record/decode.ts';
import type { Segment } from '../../src/delivery/segment.ts';
import { createLines } from './fake-sink.ts';
import { partialSuccess } from './otlp-protobuf.ts';
import type { ReadLog } from './otlp-protobuf.ts';
import { PROTOBUF, answering, startReceiver, taking } from './otlp-receiver.ts';
import type { Answering, OtlpReceiver, ReceivedRequest } from './otlp-receiver.ts';
import { itemOf, segmentOf } from './shipments.ts';

const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A shipper that brings segments to a receiver that answers so. */
async function shipTo(answer: Answering, timeoutMillis = 5_000) {
  const receiver = await startReceiver();
  receiver.answer = answer;
  const { log, lines } = createLines();
  const sink = createOtlpSink({ url: receiver.url, headers: {}, timeoutMillis, compression: 'gzip' }, log);
  const ended: RowCounts[] = [];
  const shipper = new Shipper({ sink, log, onDelivered: (counts) => void ended.push(counts) });
  closing.push(
    () => receiver.close(),
    () => sink.close(),
    () => shipper.stop(),
  );
  return { receiver, shipper, ended, lines };
}

function sequenceOf(log: ReadLog): number {
  return Number(log.attributes.get('audit.sequence'));
}

function sequencesIn(segment: Segment): number[] {
  return [...decodeRecords(segment.rows)].map(({ sequence }) => sequence);
}

/** Records taken, each once by its chain and sequence. NOTE: two of the same number that differ would be two. */
function onceEach(receiver: OtlpReceiver): number[] {
  const records = receiver.taken().filter(({ eventName }) => eventName === 'audit.record');
  const texts = new Map(
    records.map((log) => [
      JSON.stringify([...log.attributes, String(log.timeUnixNano)], (_, value: unknown) =>
        typeof value === 'bigint' ? String(value) : value,
      ),
      sequenceOf(log),
    ]),
  );
  return [...texts.values()].sort((a, b) => a - b);
}

function certificatesIn(receiver: OtlpReceiver): unknown[] {
  return receiver
    .taken()
    .filter(({ eventName }) => eventName === 'audit.segment')
    .map(({ attributes }) => Object.fromEntries(attributes));
}

/** Takes all but these, and says so, as the specification has it. */
function rejecting(bad: readonly number[], reason: string): (receiver: () => OtlpReceiver) => Answering {
  return () => (request, response) => {
    const rejected = request.logs.filter((log) => bad.includes(sequenceOf(log)));
    if (rejected.length === 0) return taking(request, response);
    response.writeHead(200, { 'content-type': PROTOBUF });
    response.end(partialSuccess(rejected.length, reason));
    return true;
  };
}

test('Records that a receiver rejects become dead letters, all others are there, and the certificate says so', async () => {
  const { receiver, shipper, ended } = await shipTo(taking);
  receiver.answer = rejecting([3, 700], 'no such tenant')(() => receiver);
  const item = itemOf(segmentOf(1_000));
  shipper.add(item);
  expect(await shipper.settled(30_000)).toBe(true);
  expect(item.isDone()).toBe(true);
  expect(item.buried.map(({ rows, reason }) => [sequencesIn(rows), reason])).toEqual([
    [[3], '1 of the records rejected: no such tenant'],
    [[700], '1 of the records rejected: no such tenant'],
  ]);
  expect(ended).toEqual([{ delivered: 998, dead: 2, lost: 0 }]);
  expect(onceEach(receiver).filter((sequence) => ![3, 700].includes(sequence))).toHaveLength(998);
  expect(certificatesIn(receiver)).toEqual([
    {
      'audit.seal': item.seal.text,
      'audit.shortfall': expect.stringMatching(/"first":3,"last":3.*"first":700,"last":700/),
    },
  ]);
});

test('A receiver that rejects even what has no records is at fault itself: nothing becomes a dead letter', async () => {
  const refuseAll = answering(200, {
    headers: { 'content-type': PROTOBUF },
    body: partialSuccess(1, 'closed'),
  });
  const { receiver, shipper, lines } = await shipTo(refuseAll);
  const item = itemOf(segmentOf(10));
  shipper.add(item);
  expect(await shipper.settled(10_000, true)).toBe(false);
  expect(lines[0]).toMatch(
    /records wait in memory: the OTLP receiver at .*closed .*AUDIT_REGISTER_OTLP_ENDPOINT/,
  );
  expect(lines[0]).not.toContain('migrate');
  receiver.answer = taking;
  shipper.wake();
  expect(await shipper.settled(10_000)).toBe(true);
  expect(item.buried).toEqual([]);
  expect(onceEach(receiver)).toHaveLength(10);
});

test('A segment that is too large for the receiver is taken in parts', async () => {
  const most = 300;
  const { receiver, shipper, ended } = await shipTo((request, response) =>
    request.logs.length > most ? answering(413)(request, response) : taking(request, response),
  );
  const item = itemOf(segmentOf(1_000));
  shipper.add(item);
  expect(await shipper.settled(30_000)).toBe(true);
  expect(item.buried).toEqual([]);
  expect(ended).toEqual([{ delivered: 1_000, dead: 0, lost: 0 }]);
  expect(onceEach(receiver)).toHaveLength(1_000);
});

/** Fails so for the first request, and takes what comes after it. */
function onceThen(first: Answering): Answering {
  let isFirst = true;
  return (request, response) => {
    const answer = isFirst ? first : taking;
    isFirst = false;
    return answer(request, response);
  };
}

/** Has taken everything, and the answer is lost on its way. */
const takenThenReset: Answering = ({ socket }) => {
  socket.destroy();
  return true;
};
const resetInTheAnswer: Answering = ({ socket }, response) => {
  response.writeHead(200, { 'content-type': PROTOBUF, 'content-length': '100' });
  response.write('x', () => socket.destroy());
  return true;
};
const neverAnswers: Answering = () => true;

test.each<[string, Answering]>([
  ['is too busy', answering(429, { headers: { 'retry-after': '0' } })],
  ['is away', answering(503, { headers: { 'retry-after': '0' } })],
  [
    'is a friendly page for a while',
    answering(200, { headers: { 'content-type': 'text/html' }, body: 'hi' }),
  ],
  ['resets the connection after it has taken the segment', takenThenReset],
  ['resets the connection in the middle of its answer', resetInTheAnswer],
  ['hangs after it has taken the segment', neverAnswers],
])('Where the receiver %s, each record is there once by chain and sequence', async (_, first) => {
  const { receiver, shipper, ended, lines } = await shipTo(onceThen(first), 500);
  const item = itemOf(segmentOf(200));
  shipper.add(item);
  expect(await shipper.settled(60_000)).toBe(true);
  expect(onceEach(receiver)).toEqual(sequencesIn(item.segment));
  expect(ended).toEqual([{ delivered: 200, dead: 0, lost: 0 }]);
  expect(certificatesIn(receiver)).toEqual([{ 'audit.seal': item.seal.text }]);
  const [one, other] = receiver.requests as readonly [ReceivedRequest, ReceivedRequest];
  expect(one.bytes.equals(other.bytes)).toBe(true);
  expect(lines[0]).toMatch(/records wait in memory: the OTLP receiver at http:\S+ does not take them: /);
  expect(lines.at(-1)).toMatch(/takes records again after 1 failed attempt/);
});
