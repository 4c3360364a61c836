import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { relative } from 'node:path';
import { promisify } from 'node:util';
import { Traffic } from '../client/traffic.ts';
import { AppProcess } from '../life/app-process.ts';
import type { Run } from '../life/run.ts';
import type { Stage } from '../stage/stage.ts';
import { waitingFiles } from '../verdict/spool-state.ts';
import { readFrames } from './segment-frames.ts';
import type { Frame } from './segment-frames.ts';

const copy = promisify(execFile);

/** What a killed process left: a spool with one segment, a frame for each request, one after the other. */
export interface Donor {
  /** Of that segment, within the spool. */
  readonly file: string;
  readonly bytes: Buffer;
  readonly frames: readonly Frame[];
  /** All that was acknowledged. */
  readonly numbers: readonly number[];
  /** Puts the spool of the run back as it was left. */
  restore(): Promise<void>;
}

/** @throws Error where the process left something else, so that nothing could be shown with it */
export async function makeDonor(stage: Stage, run: Run, requests: number): Promise<Donor> {
  stage.register.proxy.become('refuses');
  const app = new AppProcess({ env: run.env });
  const port = await app.requirePort();
  const { promise, resolve } = Promise.withResolvers<void>();
  const onAcknowledged = (): void => {
    if (run.ledger.acknowledged < requests) return;
    // NOTE: before the next request goes out.
    traffic.close();
    resolve();
  };
  const traffic = new Traffic({ port, ledger: run.ledger, life: 1, connections: 1, onAcknowledged });
  await promise;
  await app.end('SIGKILL');
  stage.register.proxy.become('passes');
  const original = `${run.spoolDirectory}.original`;
  await copy('cp', ['-a', run.spoolDirectory, original]);
  const [path, ...others] = await waitingFiles(original);
  if (path === undefined || others.length > 0)
    throw new Error(`${others.length + 1} segments, not one, were left`);
  const bytes = await readFile(path);
  const frames = readFrames(bytes);
  return {
    file: relative(original, path),
    bytes,
    frames,
    numbers: frames.flatMap(({ numbers }) => numbers),
    async restore() {
      await rm(run.spoolDirectory, { recursive: true, force: true });
      await copy('cp', ['-a', original, run.spoolDirectory]);
    },
  };
}
