import { Buffer } from 'node:buffer';
import { describe, expect, test, vi } from 'vitest';
import type { ChainedDelivery } from '../../src/delivery/chained-delivery.ts';
import type { Segment } from '../../src/delivery/segment.ts';
import type { Sink, SinkResult } from '../../src/delivery/sinks/sink.ts';
import { decodeRecords } from '../../src/record/decode.ts';
import type { AuditRecord } from '../../src/record/record.ts';
import { uuidV7 } from '../../src/record/uuid.ts';
import { blank, deliverIn } from './deliver-in.ts';
import { ACCEPTED, NOT_NOW } from './fake-sink.ts';

/** Enough for some buffers. */
const ROWS = 400;
const SEGMENTS = 6;
const QUEUE_BYTES = 2 ** 26;

/** Buffers that a sink was given, and what stood in them then. */
interface Sent {
  readonly pieces: readonly Buffer[];
  readonly copy: Buffer;
}

interface PiecesSink extends Sink {
  readonly sent: Sent[];
  answer: (segment: Segment) => SinkResult | Promise<SinkResult>;
}

/** Takes the buffers themselves, as the one of ClickHouse does. */
function piecesSink(answer: PiecesSink['answer']): PiecesSink {
  const sent: Sent[] = [];
  const sink: PiecesSink = {
    name: 'the sink of pieces',
    sent,
    answer,
    async send(segment) {
      const answered = await sink.answer(segment);
      const pieces = segment.pieces ?? [];
      sent.push({ pieces, copy: Buffer.concat(pieces) });
      return answered;
    },
    certify: async () => ACCEPTED,
    close: async () => {},
  };
  return sink;
}

function record(name: string): AuditRecord {
  return { ...blank(), record_id: uuidV7(), correlation_id: name, error_message: name.padEnd(1_000, '.') };
}

async function deliverSegments(delivery: ChainedDelivery, prefix: string): Promise<void> {
  for (let segment = 0; segment < SEGMENTS; segment++) {
    for (let row = 0; row < ROWS; row++) delivery.append(record(`${prefix}-${segment}-${row}`));
    // NOTE: in mode `spool` it does not wait where an attempt has failed.
    await delivery.flush(10_000);
    await vi.waitFor(() => expect(delivery.counts().waiting).toBe(0), { timeout: 10_000 });
  }
}

function namesIn({ copy }: Sent): string[] {
  return [...decodeRecords(copy)].map(({ correlation_id }) => correlation_id);
}

describe.each(['memory', 'spool'] as const)('the memory of rows, in mode %s', (mode) => {
  test('is used again once they are delivered, and they are what they were', async () => {
    const sink = piecesSink(() => ACCEPTED);
    await deliverSegments(deliverIn(mode, sink, { queueMaxBytes: QUEUE_BYTES }), 'once');
    const all = sink.sent.flatMap(({ pieces }) => pieces.map(({ buffer }) => buffer));
    expect(new Set(all).size).toBeLessThan(all.length / 2);
    const expected = Array.from({ length: SEGMENTS * ROWS }, (_, at) => {
      return `once-${Math.floor(at / ROWS)}-${at % ROWS}`;
    });
    expect(sink.sent.flatMap(namesIn)).toEqual(expected);
  });

  test('stays what it is where an attempt has failed, for the system may still be sending it', async () => {
    const tried = new Set<string>();
    const sink = piecesSink(({ id }) => {
      const isFirst = !tried.has(id);
      tried.add(id);
      return isFirst ? NOT_NOW : ACCEPTED;
    });
    const delivery = deliverIn(mode, sink, { queueMaxBytes: QUEUE_BYTES });
    await deliverSegments(delivery, 'twice');
    const before = [...sink.sent];
    sink.answer = () => ACCEPTED;
    await deliverSegments(delivery, 'later');
    expect(before.length).toBe(2 * SEGMENTS);
    for (const { pieces, copy } of before) expect(Buffer.concat(pieces).equals(copy)).toBe(true);
  });

  test('is not shown to an attempt that was given up, when it comes back', async () => {
    let letGo: (() => void) | undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    const late = vi.fn<(error: unknown) => void>();
    let attempts = 0;
    const sink = piecesSink(() => ACCEPTED);
    const send = sink.send.bind(sink);
    sink.send = async (segment, options) => {
      attempts += 1;
      if (attempts > 1) return send(segment, options);
      await held;
      return send(segment, options).catch((error: unknown) => {
        late(error);
        return NOT_NOW;
      });
    };
    const delivery = deliverIn(mode, sink, { queueMaxBytes: QUEUE_BYTES, sinkTimeoutMillis: 100 });
    delivery.append(record('the first'));
    await vi.waitFor(async () => expect(await delivery.flush(1_000)).toBe(true), { timeout: 30_000 });
    letGo?.();
    await vi.waitFor(() => expect(late).toHaveBeenCalledOnce());
    expect(String(late.mock.calls[0]?.[0])).toContain('the segment is delivered');
    expect(sink.sent.flatMap(namesIn)).toEqual(['the first']);
  });
});
