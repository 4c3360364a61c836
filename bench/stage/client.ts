import { fileURLToPath } from 'node:url';
import type { Load, LoadResult } from '../load/run-load.ts';
import { cleanEnvironment } from './environment.ts';
import { startPeer } from './peer.ts';

const PROCESS = fileURLToPath(new URL('../load-process.ts', import.meta.url));

export interface Client {
  run(load: Load): Promise<LoadResult>;
  stop(): Promise<unknown>;
}

/** One client for the whole run: it is as warm for the last variant as for the first. */
export async function startClient(cores: string): Promise<Client> {
  const peer = startPeer({ name: 'The client', args: [PROCESS], env: cleanEnvironment(), cores });
  await peer.next();
  return { run: (load) => peer.ask<LoadResult>(load), stop: () => peer.end() };
}
