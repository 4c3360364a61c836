import { Agent, request as sendRequest } from 'node:http';
import { createHistogram } from 'node:perf_hooks';
import { MIXES } from './mixes.ts';
import type { MixName } from './mixes.ts';

export interface PacedLoad {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** One whose requests do not depend on each other. */
  readonly mix: MixName;
  readonly requestsPerSecond: number;
  readonly requests: number;
}

export interface PacedResult {
  readonly requests: number;
  /** From the first request to the last response. */
  readonly seconds: number;
  readonly p50Millis: number;
  readonly p99Millis: number;
  /** How late the client was with a request, by its own fault: it is not part of the latency. */
  readonly lateP99Millis: number;
  readonly statuses: Readonly<Record<string, number>>;
  readonly errors: number;
}

const CONNECTIONS = 256;
const TICK_MILLIS = 1;
const LEAD_MILLIS = 20;

/**
 * A request is sent when its time has come, whether or not earlier ones are answered: a server that is slow for a
 * moment meets the same load as any other, and its requests wait as those of real users would.
 */
export async function runPacedLoad(load: PacedLoad): Promise<PacedResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const latencyMicros = createHistogram();
  const lateMicros = createHistogram();
  const outcome = { statuses: {} as Record<string, number>, errors: 0 };
  const beginsAt = performance.now() + LEAD_MILLIS;
  const answers: Promise<void>[] = [];
  const micros = (millis: number): number => Math.max(1, Math.round(millis * 1000));

  const send = (now: number, dueAt: number): void => {
    lateMicros.record(micros(now - dueAt));
    const answer = requestOnce(agent, load, answers.length).then(
      (status) => {
        latencyMicros.record(micros(performance.now() - now));
        outcome.statuses[status] = (outcome.statuses[status] ?? 0) + 1;
      },
      () => {
        outcome.errors += 1;
      },
    );
    answers.push(answer);
  };
  await new Promise<void>((resolve) => {
    const tick = (): void => {
      for (;;) {
        if (answers.length === load.requests) return resolve();
        const now = performance.now();
        const dueAt = beginsAt + (answers.length * 1000) / load.requestsPerSecond;
        if (now < dueAt) break;
        send(now, dueAt);
      }
      setTimeout(tick, TICK_MILLIS);
    };
    tick();
  });
  await Promise.all(answers);
  const seconds = (performance.now() - beginsAt) / 1000;
  agent.destroy();
  return {
    requests: answers.length,
    seconds,
    p50Millis: latencyMicros.percentile(50) / 1000,
    p99Millis: latencyMicros.percentile(99) / 1000,
    lateP99Millis: lateMicros.percentile(99) / 1000,
    ...outcome,
  };
}

function requestOnce(agent: Agent, { url, headers: own, mix }: PacedLoad, index: number): Promise<number> {
  const { requests } = MIXES[mix];
  const { method, path, headers, body } = requests[index % requests.length] as (typeof requests)[number];
  return new Promise((resolve, reject) => {
    const outgoing = sendRequest(`${url}${path}`, {
      agent,
      method,
      headers: { ...headers, ...own },
    });
    outgoing.once('error', reject);
    outgoing.once('response', (response) => {
      response.once('error', reject);
      response.once('end', () => resolve(response.statusCode ?? 0)).resume();
    });
    outgoing.end(body);
  });
}
