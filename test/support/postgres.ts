import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres as startOnDirectory } from '../../examples/demo/postgres.ts';
import type { Postgres, PostgresOptions } from '../../examples/demo/postgres.ts';
import { placeCopy } from './made-once.ts';

export type { Postgres };

/**
 * Starts a real PostgreSQL 18 on loopback, by default with new data on a free port; data made here is removed
 * by `stop()`. It ends with the process that started it, even by `kill -9`.
 */
export async function startPostgres(options: Partial<PostgresOptions> = {}): Promise<Postgres> {
  if (options.dataDirectory !== undefined) {
    return startOnDirectory({ ...options, dataDirectory: options.dataDirectory });
  }
  const directory = await mkdtemp(join(tmpdir(), 'audit-register-postgres-'));
  const remove = (): Promise<void> => rm(directory, { recursive: true, force: true });
  // As root the server runs as another user, who has to get to its data.
  await chmod(directory, 0o755);
  try {
    const dataDirectory = join(directory, 'data');
    await placeCopy('postgres', dataDirectory, makeEmpty);
    const postgres = await startOnDirectory({ ...options, dataDirectory });
    return { ...postgres, stop: () => postgres.stop().then(remove) };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function makeEmpty(dataDirectory: string): Promise<void> {
  const postgres = await startOnDirectory({ dataDirectory });
  await postgres.stop();
}
