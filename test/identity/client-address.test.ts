import fc from 'fast-check';
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../src/errors.ts';
import { createClientAddressResolver } from '../../src/identity/client-address.ts';

const PROXIES = ['10.0.0.0/8', '2001:db8:1::/48'];
const behindProxy = createClientAddressResolver(PROXIES);

function clientOf(headers: Record<string, unknown>, peer = '10.0.0.1') {
  const { address, port } = behindProxy(peer, 40_000, headers as IncomingHttpHeaders);
  return port === 0 ? address : `${address} port ${port}`;
}

const viaFor = (value: unknown) => clientOf({ 'x-forwarded-for': value });
const viaForwarded = (value: unknown) => clientOf({ forwarded: value });

describe('without trusted proxies', () => {
  const direct = createClientAddressResolver([]);

  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['2001:DB8::7', '2001:db8::7'],
    ['fe80::1%eth0', 'fe80::1'],
    [undefined, ''],
    ['/run/app.sock', ''],
  ])('the client of peer %j is %j, whatever the headers say', (peer, address) => {
    const headers = { 'x-forwarded-for': '1.1.1.1', forwarded: 'for=1.1.1.1' };
    expect(direct(peer, 5000, headers)).toEqual({ address, port: 5000 });
  });

  it('an unknown port is 0', () => {
    expect(direct('203.0.113.7', undefined, {})).toEqual({ address: '203.0.113.7', port: 0 });
  });
});

describe('X-Forwarded-For', () => {
  it.each([
    ['one address', '203.0.113.7', '203.0.113.7'],
    ['the nearest untrusted of a list', '6.6.6.6, 203.0.113.7, 10.0.0.2', '203.0.113.7'],
    ['the far end of a list of trusted proxies', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
    ['a port', '203.0.113.7:567', '203.0.113.7 port 567'],
    ['IPv6', '2001:db8::7', '2001:db8::7'],
    ['IPv6 in brackets', '[2001:db8::7]', '2001:db8::7'],
    ['IPv6 with port', '[2001:db8::7]:80', '2001:db8::7 port 80'],
    ['IPv6 behind an IPv6 proxy', '2001:db8::7, 2001:db8:1::5', '2001:db8::7'],
    ['IPv4 mapped to IPv6', '::ffff:203.0.113.7', '203.0.113.7'],
    ['a trusted proxy mapped to IPv6', '203.0.113.7, ::ffff:10.1.1.1', '203.0.113.7'],
    ['a zone', 'fe80::1%eth0', 'fe80::1'],
    ['quotes', '"203.0.113.7:80"', '203.0.113.7 port 80'],
    ['a port out of range', '203.0.113.7:99999', '203.0.113.7'],
    ['several headers', ['6.6.6.6', '203.0.113.7, 10.0.0.2'], '203.0.113.7'],
  ])('names the client by %s', (_form, value, client) => {
    expect(viaFor(value)).toBe(client);
  });

  it.each([
    ['an unknown hop', 'unknown'],
    ['a hidden hop', '_hidden'],
    ['nonsense', 'not an address'],
    ['an address cut short', '203.0.113'],
    ['octal digits', '0203.0.113.7'],
    ['an empty last entry', '203.0.113.7,'],
    ['an empty list', ''],
    ['only commas', ',,,,'],
    ['an endless entry', '1'.repeat(10_000)],
    ['a number', 5],
    ['a list of nonsense', [null, {}]],
  ])('ends at the proxy by %s', (_form, value) => {
    expect(viaFor(value)).toBe('10.0.0.1 port 40000');
  });

  it('ends at the last trusted proxy when nonsense comes before it', () => {
    expect(viaFor('203.0.113.7, unknown, 10.0.0.9:70')).toBe('10.0.0.9 port 70');
  });

  it('follows at most 32 proxies', () => {
    const list = ['203.0.113.7', ...Array.from({ length: 1000 }, (_, index) => `10.0.1.${index % 250}`)];
    expect(viaFor(list.join(','))).toMatch(/^10\.0\.1\./);
  });

  it('is ignored when the peer is no trusted proxy', () => {
    expect(clientOf({ 'x-forwarded-for': '1.1.1.1' }, '203.0.113.99')).toBe('203.0.113.99 port 40000');
    expect(clientOf({ 'x-forwarded-for': '1.1.1.1' }, '')).toBe(' port 40000');
  });

  it('is believed when the peer is a trusted proxy in any notation', () => {
    expect(clientOf({ 'x-forwarded-for': '1.1.1.1' }, '::ffff:10.0.0.1')).toBe('1.1.1.1');
    expect(clientOf({ 'x-forwarded-for': '1.1.1.1' }, '2001:db8:1::1%eth0')).toBe('1.1.1.1');
  });
});

describe('Forwarded', () => {
  it.each([
    ['one element', 'for=203.0.113.7;proto=https;by=10.0.0.1', '203.0.113.7'],
    ['the nearest untrusted of a list', 'for=6.6.6.6, for=203.0.113.7, for=10.0.0.2', '203.0.113.7'],
    ['a port', 'for="203.0.113.7:567"', '203.0.113.7 port 567'],
    ['IPv6 with port', 'for="[2001:db8::7]:4711"', '2001:db8::7 port 4711'],
    ['a hidden port', 'for="203.0.113.7:_secret"', '203.0.113.7'],
    ['a name in capitals', 'For=203.0.113.7', '203.0.113.7'],
    ['a comma in quotes', 'for=203.0.113.7;host="a,b"', '203.0.113.7'],
    ['nonsense that the client put before', '%%%, for=203.0.113.7', '203.0.113.7'],
    ['an open quote that the client put before', 'for="x, for=203.0.113.7', '203.0.113.7'],
  ])('names the client by %s', (_form, value, client) => {
    expect(viaForwarded(value)).toBe(client);
  });

  it.each([
    ['an unknown hop', 'for=unknown'],
    ['a hidden hop', 'for=_hidden'],
    ['an element without "for"', 'for=203.0.113.7, proto=https'],
    ['nonsense', '\u0000\u0001 ==;;'],
    ['an open quote', 'for="203.0.113.7'],
    ['a prototype', '__proto__=203.0.113.7'],
    ['10 kB of commas', ','.repeat(10_000)],
  ])('ends at the proxy by %s', (_form, value) => {
    expect(viaForwarded(value)).toBe('10.0.0.1 port 40000');
  });
});

describe('both headers', () => {
  const headers = { 'x-forwarded-for': '203.0.113.7', forwarded: 'for=6.6.6.6' };

  it('count X-Forwarded-For, which most proxies append to, while the client wrote the other one', () => {
    expect(clientOf(headers)).toBe('203.0.113.7');
  });

  it('count Forwarded when that is preferred', () => {
    const resolve = createClientAddressResolver(PROXIES, { prefer: 'forwarded' });
    expect(resolve('10.0.0.1', 1, headers).address).toBe('6.6.6.6');
    expect(resolve('10.0.0.1', 1, { 'x-forwarded-for': '203.0.113.7' }).address).toBe('203.0.113.7');
  });
});

describe('trusted proxies', () => {
  it.each([
    ['loopback', '127.0.0.53'],
    ['loopback', '::1'],
    ['LinkLocal', '169.254.1.1'],
    ['uniquelocal', '192.168.7.7'],
    ['uniquelocal', 'fd12::1'],
    ['192.168.1.5', '192.168.1.5'],
    [' 192.168.1.5 ', '::ffff:192.168.1.5'],
    ['::ffff:192.168.1.0/120', '192.168.1.5'],
    ['0.0.0.0/0', '8.8.8.8'],
  ])('%j trusts %s', (entry, peer) => {
    const resolve = createClientAddressResolver([entry]);
    expect(resolve(peer, 1, { 'x-forwarded-for': '2001:db8::7' }).address).toBe('2001:db8::7');
  });

  it.each([
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '10.0.0.0/255.0.0.0',
    '::/129',
    'fe80::1%eth0',
    'proxy.local',
    'true',
    '*',
    '__proto__',
    '',
  ])('%j is refused with the setting named', (entry) => {
    const create = () => createClientAddressResolver(['10.0.0.0/8', entry]);
    expect(create).toThrow(ConfigurationError);
    expect(create).toThrow(/^AUDIT_REGISTER_TRUSTED_PROXIES: ".*" is no address and no range; expected/);
  });
});

it('no header ever makes the resolver throw or name something that is no address', () => {
  const hop = fc.oneof(
    fc.string(),
    fc.ipV4(),
    fc.ipV6(),
    fc.constantFrom('10.0.0.2', '"', 'for=', '[', ';', ':80'),
  );
  const header = fc.oneof(
    fc.anything(),
    fc.array(hop).map((hops) => hops.join(',')),
    fc.array(hop),
  );
  fc.assert(
    fc.property(header, header, (forwarded, forwardedFor) => {
      const headers = { forwarded, 'x-forwarded-for': forwardedFor } as IncomingHttpHeaders;
      const { address, port } = behindProxy('10.0.0.1', 4, headers);
      expect(isIP(address)).not.toBe(0);
      expect(port).toBeGreaterThanOrEqual(0);
      expect(port).toBeLessThanOrEqual(65_535);
    }),
    { numRuns: 1000 },
  );
});
