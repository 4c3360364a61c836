import { generateKeyPairSync } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Postgres } from '../../examples/demo/postgres.ts';
import { startClient } from './client.ts';
import type { Client } from './client.ts';
import { startRegister } from './clickhouse.ts';
import type { Register } from './clickhouse.ts';
import { divideCores } from './cores.ts';
import type { Cores } from './cores.ts';
import { startDatabase } from './database.ts';
import { makeEventTables } from './event-tables.ts';
import type { EventTables } from './event-tables.ts';
import { startIssuer } from './issuer.ts';
import type { Issuer } from './issuer.ts';
import { startOtlpSink } from './otlp-sink.ts';
import type { OtlpSink } from './otlp-sink.ts';

/** Everything around a measured process, started once and the same for all variants. */
export interface Stage {
  readonly cores: Cores;
  readonly database: Postgres;
  readonly register: Register;
  readonly eventTables: EventTables;
  readonly issuer: Issuer;
  readonly sink: OtlpSink;
  readonly client: Client;
  /** A private Ed25519 key, as PEM. */
  readonly signingKey: string;
  /** Where measured processes may keep what they need on disk. */
  readonly directory: string;
  stop(): Promise<void>;
}

type Cleanup = () => Promise<unknown>;

export async function startStage(): Promise<Stage> {
  const cleanups: Cleanup[] = [];
  const keep = <T extends { stop: Cleanup }>(part: T): T => {
    cleanups.unshift(() => part.stop());
    return part;
  };
  const stop = async (): Promise<void> => {
    for (const cleanup of cleanups.splice(0)) await cleanup();
  };
  try {
    const cores = divideCores();
    const directory = await mkdtemp(join(tmpdir(), 'audit-register-bench-'));
    cleanups.push(() => rm(directory, { recursive: true, force: true }));
    // As root PostgreSQL runs as another user, who has to get to its data.
    await chmod(directory, 0o755);
    const database = keep(await startDatabase(directory));
    const register = keep(await startRegister(directory));
    const eventTables = keep(await makeEventTables(database.url, register.url));
    const issuer = keep(await startIssuer());
    const sink = keep(await startOtlpSink(cores.others));
    const client = keep(await startClient(cores.client));
    const signingKey = makeSigningKey();
    return { cores, database, register, eventTables, issuer, sink, client, signingKey, directory, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function makeSigningKey(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}
