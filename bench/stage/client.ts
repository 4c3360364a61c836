import { fileURLToPath } from 'node:url';
import type { PacedLoad, PacedResult } from '../load/paced-load.ts';
import type { Load, LoadResult } from '../load/run-load.ts';
import { cleanEnvironment } from './environment.ts';
import { startPeer } from './peer.ts';

const PROCESS = fileURLToPath(new URL('../load-process.ts', import.meta.url));

export type ClientQuestion = { readonly full: Load } | { readonly paced: PacedLoad };

export interface Client {
  /** As much as the server can serve. */
  run(load: Load): Promise<LoadResult>;
  /** So many requests a second, whatever the server does. */
  pace(load: PacedLoad): Promise<PacedResult>;
  stop(): Promise<unknown>;
}

/** One client for the whole run: it is as warm for the last variant as for the first. */
export async function startClient(cores: string): Promise<Client> {
  const peer = startPeer({ name: 'The client', args: [PROCESS], env: cleanEnvironment(), cores });
  await peer.next();
  const ask = <T>(question: ClientQuestion): Promise<T> => peer.ask<T>(question);
  return {
    run: (full) => ask({ full }),
    pace: (paced) => ask({ paced }),
    stop: () => peer.end(),
  };
}
