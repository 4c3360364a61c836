import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startApp } from '../http/audited-app.ts';
import type { AppOptions, AuditedApp } from '../http/audited-app.ts';
import { JWT_SECRET } from '../process/launch.ts';
import { NODES, ROOT } from '../process/nodes.ts';
import { CAPTURE_ENV } from '../support/capture-mode.ts';

const APP = join(ROOT, 'test/external/next');
const NEXT = 'node_modules/next/dist/bin/next';

/** As its users set it; Next.js hands it on to the processes that it starts. */
const PRELOADED = {
  NODE_OPTIONS: `--require ${join(ROOT, 'dist/register.js')}`,
  NEXT_TELEMETRY_DISABLED: '1',
};

/** Runs `next build` under the preload. @throws Error with what it printed. */
export async function buildNext(env: Readonly<Record<string, string>>): Promise<void> {
  if (!existsSync(join(APP, NEXT)))
    throw new Error('Next.js is not installed: npm ci --prefix test/external/next');
  const child = spawn(NODES[24], [NEXT, 'build'], {
    cwd: APP,
    env: { PATH: process.env['PATH'] ?? '', ...CAPTURE_ENV, ...PRELOADED, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`next build ended with ${code}: ${output}`);
}

/** @param command `start`, of what was built, or `dev`. */
export function startNext(command: 'start' | 'dev', options: AppOptions = {}): Promise<AuditedApp> {
  return startApp(`../external/next/${NEXT}`, {
    ...options,
    isBare: true,
    args: [command, '-p', '0', '-H', 'localhost'],
    cwd: APP,
    listening: /Local:\s+http:\/\/localhost:(\d+)/,
    env: { AUDIT_REGISTER_JWT_SECRET: JWT_SECRET, ...(options.isBare !== true && PRELOADED), ...options.env },
  });
}

/** The id by which a browser calls the one server action. */
export function actionId(): string {
  const manifest = JSON.parse(
    readFileSync(join(APP, '.next/server/server-reference-manifest.json'), 'utf8'),
  ) as { node: object };
  return Object.keys(manifest.node)[0] as string;
}
