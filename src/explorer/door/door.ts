import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Access } from './access.js';
import type { Api } from '../api/api.js';
import { sendFailure } from '../api/failure.js';
import { createHostCheck } from './host-check.js';
import { refuseOtherSites } from './origin-check.js';
import { sendPageFile } from './page-files.js';
import type { PageFiles } from './page-files.js';
import { Refusal } from '../refusal.js';
import { setSecurityHeaders } from './security-headers.js';

export interface DoorOptions {
  readonly access: Access;
  readonly api: Api;
  readonly files: PageFiles;
  readonly host: string;
  readonly allowedHosts: readonly string[];
  /** Hears of each request that may see the register. */
  readonly admit: (request: IncomingMessage) => void;
}

type Listener = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

interface Target {
  readonly path: string;
  readonly query: URLSearchParams;
}

/** Everything passes here first. The page's files hold nothing of the register: they are for everybody who names the right host. */
export function createDoor({ access, admit, allowedHosts, api, files, host }: DoorOptions): Listener {
  const checkHost = createHostCheck(host, allowedHosts);
  return async (request, response) => {
    setSecurityHeaders(response);
    try {
      checkHost(request);
      const target = targetOf(request.url ?? '');
      if (isApi(target.path)) {
        allowMethods(request, ['GET']);
        refuseOtherSites(request);
        access.check(request);
        admit(request);
        await api.answer(target, request, response);
        return;
      }
      allowMethods(request, ['GET', 'HEAD']);
      if (target.query.has('token')) exchangeToken(access, target, request, response);
      else sendPageFile(files, target.path, request, response);
    } catch (error) {
      giveUp(error, api, response);
    }
  };
}

/** An answer that has begun cannot say any more that it failed: it must not look like a whole one. */
function giveUp(error: unknown, api: Api, response: ServerResponse): void {
  if (response.headersSent) response.destroy();
  else if (!response.destroyed) sendFailure(response, api.describe(error));
}

function isApi(path: string): boolean {
  return path === '/api' || path.startsWith('/api/');
}

/** NOTE: by hand, since `new URL` takes `//evil.example/` for a host. */
function targetOf(url: string): Target {
  const mark = url.indexOf('?');
  const raw = mark < 0 ? url : url.slice(0, mark);
  return { path: decode(raw), query: new URLSearchParams(mark < 0 ? '' : url.slice(mark)) };
}

function decode(path: string): string {
  try {
    if (path.startsWith('/')) return decodeURIComponent(path);
  } catch {
    // Refused below.
  }
  throw new Refusal(400, 'ERR_AUDIT_EXPLORER_PARAMETER', 'The path of the address cannot be read.');
}

function allowMethods({ method = '' }: IncomingMessage, allowed: readonly string[]): void {
  if (allowed.includes(method)) return;
  throw new Refusal(405, 'ERR_AUDIT_EXPLORER_METHOD', `The explorer only reads: ${allowed.join(' or ')}.`, {
    headers: { Allow: allowed.join(', ') },
  });
}

/** The same place again, without the token in the address. */
function exchangeToken(
  access: Access,
  { path, query }: Target,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  if (!access.accepts(query.get('token') ?? '')) {
    throw new Refusal(401, 'ERR_AUDIT_EXPLORER_TOKEN', 'This is not the access token of this explorer.', {
      mend: 'Open the link that the running command has printed; it is another one after each start.',
    });
  }
  query.delete('token');
  const cookie = access.cookie(request);
  if (cookie !== '') response.setHeader('Set-Cookie', cookie);
  // NOTE: two slashes or a backslash at the beginning would name another host.
  const place = `/${path
    .replace(/^[/\\]+/, '')
    .split('/')
    .map(encodeURIComponent)
    .join('/')}`;
  const rest = query.size === 0 ? '' : `?${query.toString()}`;
  response.setHeader('Cache-Control', 'no-store');
  response.writeHead(303, { Location: place + rest }).end();
}
