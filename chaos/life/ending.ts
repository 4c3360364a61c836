import { request } from 'node:http';
import type { AppProcess } from './app-process.ts';

/** How a life ends. */
export type Ending = 'SIGKILL' | 'SIGTERM' | 'SIGTERM, listened to' | 'process.exit' | 'uncaught exception';

export async function endLife(app: AppProcess, ending: Ending): Promise<string> {
  if (ending === 'SIGKILL') return app.end('SIGKILL');
  if (ending === 'SIGTERM' || ending === 'SIGTERM, listened to') return app.end('SIGTERM');
  // NOTE: first, because a process that hangs neither listens nor answers.
  const ended = app.endsByItself();
  const port = await app.port();
  if (port !== undefined) visit(port, ending === 'process.exit' ? '/exit' : '/throw');
  return ended;
}

export function environmentOf(ending: Ending): Record<string, string> {
  return { CHAOS_CLOSES_ON_SIGTERM: String(ending === 'SIGTERM, listened to') };
}

/** Whether it answers is no matter: it dies of it. */
function visit(port: number, path: string): void {
  request({ port, path, host: '127.0.0.1', agent: false }, (response) => {
    response.on('error', () => {}).resume();
  })
    .on('error', () => {})
    .end();
}
