import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { startWatched } from '../../examples/demo/watched-process.ts';
import { cleanEnvironment } from './environment.ts';

const ISSUER = join(import.meta.dirname, '../../examples/shop/issuer.js');
const START_MILLIS = 30_000;

/** The issuer of the demo shop: RS256, with a key set to fetch. */
export interface Issuer {
  readonly url: string;
  /** What the shop proves itself to the issuer with. */
  readonly secret: string;
  /** A token of an administrator, good for 15 minutes. */
  token(): Promise<string>;
  stop(): Promise<void>;
}

export async function startIssuer(): Promise<Issuer> {
  const secret = randomBytes(18).toString('base64url');
  const server = startWatched({
    name: 'The issuer',
    command: process.execPath,
    args: [ISSUER],
    env: cleanEnvironment({ ISSUER_SECRET: secret, PORT: '0' }),
  });
  const [, url = ''] = await server.line(/is listening on (\S+)/, START_MILLIS);
  return { url, secret, token: () => requestToken(url, secret), stop: () => server.stop() };
}

async function requestToken(url: string, secret: string): Promise<string> {
  const response = await fetch(`${url}/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-issuer-secret': secret },
    body: JSON.stringify({ subject: 'user-1', name: 'alice', roles: ['admin'], tenant: 'acme' }),
  });
  if (!response.ok) throw new Error(`the issuer answered ${response.status}: ${await response.text()}`);
  return ((await response.json()) as { token: string }).token;
}
