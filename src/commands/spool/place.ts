import { lstatSync } from 'node:fs';
import type { Config } from '../../config/config.js';
import { loadConfig } from '../../config/load.js';
import { destinationOf } from '../../delivery/create-delivery.js';
import { listSpool } from '../../delivery/spool/list-spool.js';
import type { ListedDestination } from '../../delivery/spool/list-spool.js';
import { OccupiedBytes } from '../../delivery/spool/occupied-bytes.js';
import { spoolRoot } from '../../delivery/spool/spool-root.js';
import { ConfigurationError, messageOf } from '../../errors.js';
import type { CommandContext } from '../command.js';
import { createProgress } from '../progress.js';

/** The spool that the configuration names. */
export interface SpoolPlace {
  readonly config: Config;
  readonly root: string;
  /** Name of the directory for the configured sink. */
  readonly destination: string;
}

/** @returns undefined, said, where there is no spool. @throws ConfigurationError where it is somebody else's */
export function findSpool({ env, cwd, say }: CommandContext): SpoolPlace | undefined {
  const config = loadConfig(env, cwd);
  const root = spoolRoot(config.delivery.spoolDirectory, env);
  const stat = lstatOf(root);
  if (stat === undefined) {
    say(`There is no spool at ${root}: nothing waits there (AUDIT_REGISTER_SPOOL_DIR).`);
    return undefined;
  }
  return { config, root, destination: destinationOf(config) };
}

function lstatOf(root: string): ReturnType<typeof lstatSync> | undefined {
  try {
    return lstatSync(root);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw notReadable(root, error);
  }
}

/** What is in it. @throws ConfigurationError where this user may not read it */
export async function readSpool(root: string): Promise<ListedDestination[]> {
  const progress = createProgress('reading the spool', () => {});
  let read = 0;
  try {
    const occupied = new OccupiedBytes();
    await occupied.look(root);
    const all = occupied.total;
    return await listSpool(root, (bytes) => progress.update((read += bytes), Math.max(all, read)));
  } catch (error) {
    throw notReadable(root, error);
  } finally {
    progress.end();
  }
}

/**
 * Whoever brings away what is in the spool must be the user of the applications: what another one writes there, they could
 * not read.
 *
 * @throws ConfigurationError
 */
export function requireOwnSpool(root: string): void {
  const own = process.getuid?.();
  const owner = Number(lstatOf(root)?.uid ?? own);
  if (own === undefined || owner === own) return;
  throw new ConfigurationError(
    `The spool ${root} belongs to user ${owner}, and this is user ${own}; run it as that user (sudo -u '#${owner}' …), or set AUDIT_REGISTER_SPOOL_DIR.`,
  );
}

function notReadable(root: string, error: unknown): ConfigurationError {
  const code = (error as NodeJS.ErrnoException).code;
  const mend =
    code === 'EACCES' || code === 'EPERM'
      ? 'it is for the user of the applications alone; run this as that user'
      : 'see AUDIT_REGISTER_SPOOL_DIR';
  return new ConfigurationError(`The spool ${root} cannot be read (${messageOf(error)}): ${mend}.`, {
    cause: error,
  });
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}
