import { setTimeout as sleep } from 'node:timers/promises';
import { Traffic } from '../client/traffic.ts';
import { AppProcess } from './app-process.ts';
import { endLife, environmentOf } from './ending.ts';
import type { Ending } from './ending.ts';
import type { Run } from './run.ts';

/** When a life ends. */
export type Moment =
  /** While it starts, or soon after. */
  | { readonly kind: 'after start'; readonly millis: number }
  /** While it serves. */
  | { readonly kind: 'after requests'; readonly requests: number; readonly millis: number };

export interface LifeOptions {
  readonly moment: Moment;
  readonly ending: Ending;
  readonly connections: number;
  /** A life that gets no further is ended all the same. */
  readonly mostMillis: number;
}

/** Starts the application, asks as fast as it answers, and ends it at the moment. */
export async function liveOnce(run: Run, options: LifeOptions): Promise<void> {
  const { moment, ending, connections, mostMillis } = options;
  const life = run.lives.length + 1;
  run.lives.push({ endedAt: Infinity, how: 'runs', wasReady: false, peakBytes: 0, stderr: '' });
  const app = new AppProcess({ env: { ...run.env, ...environmentOf(ending) } });
  const reached = Promise.withResolvers<void>();
  const traffic = startTraffic(run, app, life, connections, countDown(moment, reached.resolve));
  await Promise.race([
    waitFor(moment, reached.promise),
    sleep(mostMillis, undefined, { ref: false }),
    app.ended,
  ]);
  const peakBytes = app.peakMemory();
  const endedAt = performance.now();
  const how = await endLife(app, ending);
  const served = await traffic;
  await served?.ended;
  run.lives[life - 1] = { endedAt, how, wasReady: served !== undefined, peakBytes, stderr: app.stderr };
}

async function startTraffic(
  run: Run,
  app: AppProcess,
  life: number,
  connections: number,
  onAcknowledged: () => void,
): Promise<Traffic | undefined> {
  const port = await app.port();
  if (port === undefined) return undefined;
  return new Traffic({ port, ledger: run.ledger, life, connections, onAcknowledged });
}

function countDown(moment: Moment, reach: () => void): () => void {
  let left = moment.kind === 'after requests' ? moment.requests : Infinity;
  return () => {
    left -= 1;
    if (left <= 0) reach();
  };
}

async function waitFor(moment: Moment, reached: Promise<void>): Promise<void> {
  if (moment.kind === 'after requests') await reached;
  await sleep(moment.millis);
}
