import { createHistogram } from 'node:perf_hooks';
import autocannon from 'autocannon';
import { MIXES } from './mixes.ts';
import type { MixName } from './mixes.ts';

export interface Load {
  readonly url: string;
  /** Who asks: a token, or whatever the application knows its users by. */
  readonly headers: Readonly<Record<string, string>>;
  readonly mix: MixName;
  readonly connections: number;
  /** Requests altogether; each connection makes whole cycles of the mix. */
  readonly requests: number;
}

export interface LoadResult {
  readonly requests: number;
  /** From the first connection to the last response. */
  readonly seconds: number;
  /** Of the second half, when everything is warm. */
  readonly laterRequestsPerSecond: number;
  readonly p50Millis: number;
  readonly p99Millis: number;
  readonly statuses: Readonly<Record<string, number>>;
  readonly errors: number;
}

/** Often enough that the end of the load is seen at once. */
const LOOK_MILLIS = 20;

/** As fast as the server answers: every connection asks again as soon as it has its response. */
export async function runLoad({ url, headers, mix, connections, requests }: Load): Promise<LoadResult> {
  const progress = createProgress(requests);
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    autocannon(
      {
        url,
        connections,
        amount: requests,
        headers,
        requests: MIXES[mix].requests,
        sampleInt: LOOK_MILLIS,
      },
      (error, result) => (error === null ? resolve(result) : reject(error)),
    ).on('response', progress.response);
  });
  const statuses = Object.entries(result.statusCodeStats).map(([status, { count }]) => [status, count]);
  return { ...progress.figures(), statuses: Object.fromEntries(statuses), errors: result.errors };
}

/** autocannon counts latency in whole milliseconds and time in whole samples; this counts both in microseconds. */
function createProgress(requests: number) {
  const latencyMicros = createHistogram();
  const beganAt = performance.now();
  let halfwayAt = beganAt;
  let endedAt = beganAt;
  let responses = 0;
  return {
    response(_client: unknown, _status: number, _bytes: number, millis: number): void {
      latencyMicros.record(Math.max(1, Math.round(millis * 1000)));
      responses += 1;
      endedAt = performance.now();
      if (responses === Math.floor(requests / 2)) halfwayAt = endedAt;
    },
    figures: () => ({
      requests: responses,
      seconds: (endedAt - beganAt) / 1000,
      laterRequestsPerSecond: (responses - Math.floor(requests / 2)) / ((endedAt - halfwayAt) / 1000),
      p50Millis: latencyMicros.percentile(50) / 1000,
      p99Millis: latencyMicros.percentile(99) / 1000,
    }),
  };
}
