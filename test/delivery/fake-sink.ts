import type { Certificate } from '../../src/integrity/certificate.ts';
import type { Seal } from '../../src/integrity/seal.ts';
import type { Segment } from '../../src/delivery/segment.ts';
import type { Sink, SinkResult } from '../../src/delivery/sinks/sink.ts';
import { decodeRecords } from '../../src/record/decode.ts';
import { createLog } from '../../src/log.ts';
import type { Log } from '../../src/log.ts';

export const ACCEPTED: SinkResult = { status: 'accepted' };
/** At once: tests do not wait out a backoff. */
export const NOT_NOW: SinkResult = { status: 'retry', reason: 'it is away', retryAfterMillis: 1 };

/** A sink that answers as it is told, and keeps what it was sent. */
export interface FakeSink extends Sink {
  readonly sent: readonly Segment[];
  readonly isClosed: () => boolean;
  /** Correlation ids of the records of accepted segments, in order. */
  readonly accepted: () => string[];
  answer: (segment: Segment) => SinkResult | Promise<SinkResult>;
  readonly certificates: readonly Certificate[];
  /** Seals that were certified, in order. */
  readonly seals: () => Seal[];
}

export function createFakeSink(answer: FakeSink['answer'] = () => ACCEPTED): FakeSink {
  const sent: Segment[] = [];
  const accepted: string[] = [];
  const certificates: Certificate[] = [];
  let isClosed = false;
  const sink: FakeSink = {
    name: 'the fake sink',
    mendOfRefusal: 'run `audit-register migrate`',
    answer,
    sent,
    isClosed: () => isClosed,
    accepted: () => accepted,
    async send(segment) {
      sent.push(segment);
      const result = await sink.answer(segment);
      if (result.status === 'accepted') {
        for (const record of decodeRecords(segment.rows)) accepted.push(record.correlation_id);
      }
      return result;
    },
    certificates,
    seals: () => certificates.map(({ seal }) => JSON.parse(seal) as Seal),
    certify: async (certificate) => {
      certificates.push(certificate);
      return ACCEPTED;
    },
    close: async () => void (isClosed = true),
  };
  return sink;
}

/** A log that keeps its lines. */
export function createLines(): { log: Log; lines: string[] } {
  const lines: string[] = [];
  return { log: createLog('debug', (line) => void lines.push(line.trimEnd())), lines };
}
