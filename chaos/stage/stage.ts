import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killAllApps } from '../life/app-process.ts';
import { startDatabase } from './database.ts';
import type { Database } from './database.ts';
import { makeKeys } from './keys.ts';
import type { Keys } from './keys.ts';
import { startRegister } from './register.ts';
import type { Register } from './register.ts';

/** Everything around the processes that are killed, started once for all scenarios. */
export interface Stage {
  readonly directory: string;
  readonly database: Database;
  readonly register: Register;
  readonly keys: Keys;
  stop(): Promise<void>;
}

type Cleanup = () => Promise<unknown>;

export async function startStage(): Promise<Stage> {
  const cleanups: Cleanup[] = [];
  const stop = async (): Promise<void> => {
    await killAllApps();
    for (const cleanup of cleanups.splice(0)) await cleanup();
  };
  const keep = <T extends { stop: Cleanup }>(part: T): T => {
    cleanups.unshift(() => part.stop());
    return part;
  };
  try {
    const directory = await mkdtemp(join(tmpdir(), 'audit-register-chaos-'));
    cleanups.push(() => rm(directory, { recursive: true, force: true }));
    // As root PostgreSQL runs as another user, who has to get to its data.
    await chmod(directory, 0o755);
    const keys = await makeKeys(directory);
    const database = keep(await startDatabase(directory));
    const register = keep(await startRegister(directory));
    return { directory, database, register, keys, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
