import { request } from 'node:http';
import type { AppProcess } from './app-process.ts';

/** How a life ends. */
export type Ending = 'SIGKILL' | 'SIGTERM' | 'SIGTERM, listened to' | 'process.exit' | 'uncaught exception';

export async function endLife(app: AppProcess, ending: Ending): Promise<string> {
  if (ending === 'SIGKILL') return app.end('SIGKILL');
  if (ending === 'SIGTERM' || ending === 'SIGTERM, listened to') return app.end('SIGTERM');
  const port = await app.port();
  if (port !== undefined) await visit(port, ending === 'process.exit' ? '/exit' : '/throw');
  return app.endsByItself();
}

export function environmentOf(ending: Ending): Record<string, string> {
  return { CHAOS_CLOSES_ON_SIGTERM: String(ending === 'SIGTERM, listened to') };
}

/** Whether it answers is no matter: it dies of it. */
function visit(port: number, path: string): Promise<void> {
  return new Promise((resolve) => {
    const visit = request({ port, path, host: '127.0.0.1', agent: false }, (response) => {
      response.on('error', () => {}).resume();
      resolve();
    });
    visit.on('error', () => resolve()).end();
  });
}
