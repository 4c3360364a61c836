import { cpSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { loadConfig } from '../../src/config/load.ts';
import { destinationOf } from '../../src/delivery/create-delivery.ts';

const FIXTURE = join(import.meta.dirname, '../fixtures/spool-0.1.0');

/** What version 0.1.0 had recorded, as that version itself read it. */
export function releasedRecords(): Record<string, unknown>[] {
  return readFileSync(join(FIXTURE, 'records.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/**
 * Puts the files that a killed process of version 0.1.0 left where the settings say.
 *
 * NOTE: the directory's name is made of the store's address, which was another one then. The files themselves are as they were.
 */
export async function placeReleasedSpool(env: Readonly<Record<string, string>>): Promise<void> {
  const root = env['AUDIT_REGISTER_SPOOL_DIR'] as string;
  const destination = join(root, destinationOf(loadConfig({ ...env }, root)));
  await mkdir(destination, { recursive: true, mode: 0o700 });
  cpSync(join(FIXTURE, 'owner'), destination, { recursive: true });
}
