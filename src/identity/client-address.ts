import type { IncomingHttpHeaders } from 'node:http';
import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net';
import { ConfigurationError } from '../errors.js';
import { remembered } from '../remembered.js';
import { forwardedForHops, forwardedHops } from './forwarding-headers.js';

export interface ClientAddress {
  /** IPv4 or IPv6 in text, without zone; empty when unknown. */
  readonly address: string;
  /** 0 when unknown, as it mostly is behind a proxy. */
  readonly port: number;
}

export type ClientAddressResolver = (
  remoteAddress: string | undefined,
  remotePort: number | undefined,
  headers: IncomingHttpHeaders,
) => ClientAddress;

export interface ClientAddressOptions {
  /**
   * Which header counts when a request has both.
   * @default 'x-forwarded-for': nearly every proxy appends to it and passes a `Forwarded` header on as the
   * client sent it, so the latter could name anybody
   */
  readonly prefer?: 'x-forwarded-for' | 'forwarded';
}

/** Names for ranges, those of Express. */
const RANGES: ReadonlyMap<string, readonly string[]> = new Map([
  ['loopback', ['127.0.0.0/8', '::1/128']],
  ['linklocal', ['169.254.0.0/16', 'fe80::/10']],
  ['uniquelocal', ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7']],
]);

/** More proxies than anybody has; a longer header is an attempt to cost time. */
const MAX_HOPS = 32;

/** Longest address of which the answer is remembered. */
const KNOWN_CHARACTERS = 64;

/** `[address]:port` of IPv6 or `address:port` of IPv4; the port may be hidden (RFC 7239, 6.3). */
const WITH_PORT = /^(?:\[([^[\]]+)\]|([\d.]+))(?::(\d{1,5}|_[\w.-]+))?$/;
const LONGEST_HOP = 128;

/**
 * The client behind the trusted proxies: the address nearest to the server that is not a trusted proxy's.
 * Headers of an untrusted peer are ignored. What is no address (`unknown`, `_hidden`, nonsense) ends the
 * way at the proxy that reported it.
 *
 * @param trustedProxies addresses, CIDR ranges, `loopback`, `linklocal`, `uniquelocal`
 * @throws ConfigurationError when one of them is none of these
 */
export function createClientAddressResolver(
  trustedProxies: readonly string[],
  options: ClientAddressOptions = {},
): ClientAddressResolver {
  if (trustedProxies.length === 0) return peerOf;
  const isTrusted = createTrust(trustedProxies);
  const isTrustedPeer = remembered(isTrusted, KNOWN_CHARACTERS);
  return (remoteAddress, remotePort, headers) => {
    const peer = peerOf(remoteAddress, remotePort);
    if (!isTrustedPeer(peer.address)) return peer;
    const hops = hopsOf(headers, options.prefer ?? 'x-forwarded-for');
    return hops === undefined ? peer : clientOf(peer, hops, isTrusted);
  };
}

function peerOf(remoteAddress: string | undefined, remotePort: number | undefined): ClientAddress {
  return { address: peerAddress(remoteAddress ?? ''), port: remotePort ?? 0 };
}

/** A connection has one address for all of its requests, and a client one for its connections. */
const peerAddress = remembered(normalAddress, KNOWN_CHARACTERS);

function clientOf(
  peer: ClientAddress,
  hops: Iterable<string>,
  isTrusted: (address: string) => boolean,
): ClientAddress {
  let nearest = peer;
  let count = 0;
  for (const hop of hops) {
    const next = parseHop(hop);
    if (next === undefined || ++count > MAX_HOPS) return nearest;
    if (!isTrusted(next.address)) return next;
    nearest = next;
  }
  return nearest;
}

function hopsOf(headers: IncomingHttpHeaders, prefer: string): Iterable<string> | undefined {
  const forwardedFor = listValue(headers['x-forwarded-for']);
  const forwarded = listValue(headers['forwarded']);
  if (forwarded !== '' && (forwardedFor === '' || prefer === 'forwarded')) return forwardedHops(forwarded);
  return forwardedFor === '' ? undefined : forwardedForHops(forwardedFor);
}

function listValue(value: unknown): string {
  if (typeof value === 'string') return value;
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string').join(',') : '';
}

function parseHop(text: string): ClientAddress | undefined {
  if (text === '' || text.length > LONGEST_HOP) return undefined;
  const bare = text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text;
  const match = WITH_PORT.exec(bare);
  const address = normalAddress(match?.[1] ?? match?.[2] ?? bare);
  if (address === '') return undefined;
  const port = Number(match?.[3] ?? 0);
  return { address, port: port <= 65_535 ? port : 0 };
}

/** Without zone, IPv4 out of its IPv6 mapping, in lower case; empty when it is no address. */
function normalAddress(text: string): string {
  if (isIPv4(text)) return text;
  const zone = text.indexOf('%');
  const address = (zone === -1 ? text : text.slice(0, zone)).toLowerCase();
  if (!isIPv6(address)) return '';
  const mapped = address.startsWith('::ffff:') ? address.slice(7) : '';
  return isIPv4(mapped) ? mapped : address;
}

/**
 * Whether an address, as Node gives it, is a trusted proxy's.
 *
 * @throws ConfigurationError when one of them is none of what {@link createClientAddressResolver} takes
 */
export function createPeerTrust(
  trustedProxies: readonly string[],
): (remoteAddress: string | undefined) => boolean {
  const isTrusted = remembered(createTrust(trustedProxies), KNOWN_CHARACTERS);
  return (remoteAddress) => isTrusted(peerAddress(remoteAddress ?? ''));
}

function createTrust(trustedProxies: readonly string[]): (address: string) => boolean {
  const trusted = new BlockList();
  for (const entry of trustedProxies) {
    for (const range of RANGES.get(entry.trim().toLowerCase()) ?? [entry.trim()]) addRange(trusted, range);
  }
  return (address) => address !== '' && trusted.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
}

function addRange(trusted: BlockList, range: string): void {
  const [address = '', prefix, ...rest] = range.split('/');
  const family = isIP(address);
  const bits = prefix === undefined ? (family === 4 ? 32 : 128) : Number(prefix);
  const isPrefix = prefix === undefined || (/^\d{1,3}$/.test(prefix) && bits <= (family === 4 ? 32 : 128));
  if (family === 0 || address.includes('%') || !isPrefix || rest.length > 0) {
    throw new ConfigurationError(
      `AUDIT_REGISTER_TRUSTED_PROXIES: "${range}" is no address and no range; ` +
        `expected such as 10.0.0.0/8, 192.168.1.5, fd00::/8 or one of ${[...RANGES.keys()].join(', ')}`,
    );
  }
  trusted.addSubnet(address, bits, family === 4 ? 'ipv4' : 'ipv6');
}
