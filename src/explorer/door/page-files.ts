import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join, sep } from 'node:path';

interface PageFile {
  readonly content: Buffer;
  readonly type: string;
  readonly etag: string;
}

/** The page's files by their path. */
export type PageFiles = ReadonlyMap<string, PageFile>;

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
};

const ENTRY = '/index.html';

/** Reads all of them: what is served is decided here, no path of a request ever reaches the disk. */
export function loadPageFiles(directory: string): PageFiles {
  const files = new Map<string, PageFile>();
  if (!existsSync(directory)) return files;
  for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    const type = TYPES[extname(name)];
    if (type === undefined) continue;
    const content = readFileSync(join(directory, name));
    const etag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 27)}"`;
    files.set(`/${name.split(sep).join('/')}`, { content, type, etag });
  }
  return files;
}

/** Any path that is no file is a place inside of the page, such as `/object/orders/1042`. */
export function sendPageFile(
  files: PageFiles,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const file = files.get(path) ?? files.get(ENTRY);
  if (file === undefined) {
    response.writeHead(500, { 'Content-Type': 'text/plain; charset=utf-8' });
    response.end(
      'The page of the explorer is not in this installation. Install audit-register again, or `npm run build`.\n',
    );
    return;
  }
  // Asked for again each time, sent again only after an update.
  response.setHeader('Cache-Control', 'no-cache').setHeader('ETag', file.etag);
  if (request.headers['if-none-match'] === file.etag) {
    response.writeHead(304).end();
    return;
  }
  response.writeHead(200, { 'Content-Type': file.type, 'Content-Length': file.content.length });
  response.end(request.method === 'HEAD' ? undefined : file.content);
}
