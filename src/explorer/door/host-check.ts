import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { Refusal } from '../refusal.js';

/** No page on the web can have one of these names, whatever its DNS says. */
const LOOPBACK_NAMES = ['127.0.0.1', 'localhost', '::1'];
/** Always this machine (RFC 6761). Whoever opens the explorer by a name of his own shares its cookie with no other port. */
const OWN_NAME = /^[a-z0-9-]+\.localhost$/;
const WILDCARDS = new Set(['0.0.0.0', '::']);
const HOST_HEADER = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/i;

/**
 * Refuses requests that name another host than the explorer is served as. A page of `evil.example` whose DNS answer changes to
 * 127.0.0.1 is of the same origin as what is served there; only the name that its browser sends tells.
 *
 * NOTE: the port may differ, as it does behind a tunnel or a container's mapping; it proves nothing.
 *
 * @param host What the server listens on.
 * @param allowed Further names, for a reverse proxy.
 */
export function createHostCheck(
  host: string,
  allowed: readonly string[],
): (request: IncomingMessage) => void {
  const names = new Set([...LOOPBACK_NAMES, host, ...allowed].map((name) => name.toLowerCase()));
  // On every address of the machine any address is ours; what has no name cannot be rebound.
  const takesAddresses = WILDCARDS.has(host);
  return (request) => {
    const name = hostOf(request.headers.host);
    if (names.has(name) || OWN_NAME.test(name) || (takesAddresses && isIP(name) !== 0)) return;
    throw new Refusal(403, 'ERR_AUDIT_EXPLORER_HOST', `The explorer is not served as "${name}".`, {
      mend: 'Use the address that the command has printed; behind a reverse proxy start it with --allow-host <name>.',
    });
  };
}

function hostOf(header = ''): string {
  const [, bracketed, plain] = HOST_HEADER.exec(header) ?? [];
  return (bracketed ?? plain ?? '').toLowerCase();
}
