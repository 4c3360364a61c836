import { Traffic } from '../client/traffic.ts';
import { AppProcess } from './app-process.ts';
import type { Run } from './run.ts';

export interface UnderLoad {
  readonly connections: number;
  /** What stands before the path of Node.js. */
  readonly wrapper?: readonly string[];
  /** @default SIGTERM */
  readonly ending?: 'SIGTERM' | 'SIGKILL';
}

/** One life, asked as fast as it answers for as long as something is done to it. */
export async function underLoad(
  run: Run,
  { connections, wrapper = [], ending = 'SIGTERM' }: UnderLoad,
  doing: (app: AppProcess) => Promise<void>,
): Promise<void> {
  const life = run.lives.length + 1;
  run.lives.push({ endedAt: Infinity, how: 'runs', wasReady: true, peakBytes: 0, stderr: '' });
  const app = new AppProcess({ env: run.env, wrapper });
  const port = await app.requirePort();
  const traffic = new Traffic({ port, ledger: run.ledger, life, connections });
  try {
    await Promise.race([
      doing(app),
      app.ended.then((how) => Promise.reject(new Error(`it ended: ${how}: ${app.stderr}`))),
    ]);
  } catch (error) {
    throw new Error(`${(error as Error).message}; it said: ${app.stderr}`, { cause: error });
  } finally {
    await traffic.stop();
    const peakBytes = app.peakMemory();
    const endedAt = performance.now();
    const how = await app.end(ending);
    run.lives[life - 1] = { endedAt, how, wasReady: true, peakBytes, stderr: app.stderr };
  }
}

/** Waits for a condition of the harness. @throws Error naming what did not come */
export async function until(what: string, isSo: () => boolean, mostMillis: number): Promise<void> {
  const deadline = performance.now() + mostMillis;
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error(`${what} did not come within ${mostMillis} ms`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MILLIS));
  }
}

const LOOK_MILLIS = 5;
