import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

/** Every configuration of vitest has it for `globalSetup`: what one file of a run makes, others may need. */
export default async function makeRunDirectory({ provide }: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'audit-register-run-'));
  // As root PostgreSQL runs as another user, who has to get to its data.
  await chmod(directory, 0o755);
  provide('runDirectory', directory);
  return () => rm(directory, { recursive: true, force: true });
}
