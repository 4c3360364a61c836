import type { IncomingMessage } from 'node:http';
import { Refusal } from '../refusal.js';

/** `none` is the address bar. NOTE: `same-site` is another program on another port of this host. */
const OWN = new Set<string | undefined>([undefined, 'same-origin', 'none']);

/** @throws Refusal for a request that a page of somebody else has caused. */
export function refuseOtherSites({ headers }: IncomingMessage): void {
  if (OWN.has(headers['sec-fetch-site']) && isOwn(headers.origin, headers.host)) return;
  throw new Refusal(
    403,
    'ERR_AUDIT_EXPLORER_CROSS_SITE',
    'Another site has asked for this; the explorer answers its own page only.',
    { mend: 'Open the explorer itself. Programs send no Origin and no Sec-Fetch-Site.' },
  );
}

/** For browsers that do not send `Sec-Fetch-Site`. */
function isOwn(origin: string | undefined, host: string | undefined): boolean {
  return origin === undefined || origin.replace(/^https?:\/\//, '') === host;
}
