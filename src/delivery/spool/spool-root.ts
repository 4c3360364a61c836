import { accessSync, constants, statSync } from 'node:fs';
import { homedir, tmpdir, userInfo } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { hasCode } from './fs-error.js';

const OWN_PLACE = join('audit-register', 'spool');

/**
 * Where the spool stands. Makes nothing.
 *
 * @param setting Of `AUDIT_REGISTER_SPOOL_DIR`, or empty for the user's directory for what programs keep, and where that
 * cannot be made, for one among the temporary files.
 * Source: XDG Base Directory Specification 0.8, `$XDG_STATE_HOME`.
 */
export function spoolRoot(setting: string, env: NodeJS.ProcessEnv = process.env): string {
  if (setting !== '') return resolve(setting);
  const state = stateDirectory(env);
  const usual = state === undefined ? undefined : join(state, OWN_PLACE);
  return usual !== undefined && canBeMade(usual) ? usual : temporaryRoot();
}

/** Where anybody may have made something before. */
export function temporaryRoot(): string {
  return join(tmpdir(), `audit-register-${userName()}`, 'spool');
}

function stateDirectory(env: NodeJS.ProcessEnv): string | undefined {
  const state = env['XDG_STATE_HOME'];
  if (state !== undefined && isAbsolute(state)) return state;
  const home = env['HOME'] || homeDirectory();
  return home !== undefined && isAbsolute(home) ? join(home, '.local', 'state') : undefined;
}

/** @returns undefined for a user whom the system does not know, as in containers */
function homeDirectory(): string | undefined {
  try {
    return homedir();
  } catch {
    return undefined;
  }
}

function userName(): string {
  return String(process.getuid?.() ?? userInfo().username);
}

/** Whether the nearest directory that is there can be written to. */
function canBeMade(path: string): boolean {
  try {
    if (!statSync(path).isDirectory()) return false;
    accessSync(path, constants.W_OK | constants.X_OK);
    return true;
  } catch (error) {
    const parent = dirname(path);
    return hasCode(error, 'ENOENT') && parent !== path && canBeMade(parent);
  }
}
