import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { cleanEnvironment } from './environment.ts';
import { startPeer } from './peer.ts';
import type { SpanCounts } from './span-count.ts';

const PROCESS = fileURLToPath(new URL('../otlp-sink-process.ts', import.meta.url));
const ARRIVAL_MILLIS = 10_000;
const LOOK_MILLIS = 50;

export interface OtlpSink {
  readonly url: string;
  /** Counts what arrived since the last time, and waits a while for what is still missing. */
  take(expected: SpanCounts): Promise<SpanCounts>;
  stop(): Promise<unknown>;
}

export async function startOtlpSink(cores: string): Promise<OtlpSink> {
  const peer = startPeer({ name: 'The sink of the spans', args: [PROCESS], env: cleanEnvironment(), cores });
  const { port } = await peer.next<{ port: number }>();
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () => peer.end(),
    async take(expected) {
      const deadline = Date.now() + ARRIVAL_MILLIS;
      let counts: SpanCounts = { http: 0, pg: 0 };
      for (;;) {
        const more = await peer.ask<SpanCounts>('what arrived since the last time');
        counts = { http: counts.http + more.http, pg: counts.pg + more.pg };
        const isComplete = counts.http >= expected.http && counts.pg >= expected.pg;
        if (isComplete || Date.now() > deadline) return counts;
        await sleep(LOOK_MILLIS);
      }
    },
  };
}
