import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { EngineStartError } from './errors.js';

const SCRIPT = 'server-process.js';

/**
 * The compiled script of the server's process. Tests import this module as TypeScript, from `src`; plain Node
 * cannot run that, so they take the one in `dist`, which `npm test` builds first.
 */
export function serverScript(): string {
  const candidates = [join(__dirname, SCRIPT), join(__dirname, '../../dist/embedded', SCRIPT)];
  const script = candidates.find((path) => existsSync(path));
  if (script !== undefined) return script;
  throw new EngineStartError(
    `${SCRIPT} is missing. In a checkout, run \`npm run build\`; else install audit-register again.`,
  );
}
