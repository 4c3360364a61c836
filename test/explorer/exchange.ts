import { request } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** Whether the answer came to its end; one that was broken off did not. */
  readonly isWhole: boolean;
}

export interface AskOptions {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
}

/** A request as it is written, path and `Host` included, which `fetch` would put right. */
export async function ask(origin: string, path: string, options: AskOptions = {}): Promise<Answer> {
  const response = await open(origin, path, options);
  let text = '';
  const isWhole = await new Promise<boolean>((resolve) => {
    response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    response.on('end', () => resolve(true)).on('error', () => resolve(false));
  });
  return { status: response.statusCode ?? 0, headers: response.headers, text, isWhole };
}

/** An answer whose body nobody has read yet. */
export function open(origin: string, path: string, options: AskOptions = {}): Promise<IncomingMessage> {
  const { hostname, port } = new URL(origin);
  const host = hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve, reject) => {
    request({ host, port, path, agent: false, ...options }, resolve)
      .on('error', reject)
      .end();
  });
}
