import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { OtlpConfig } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load.ts';
import { destinationOf } from '../../src/delivery/create-delivery.ts';

function settings(env: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).map(([name, value]) => [`AUDIT_REGISTER_OTLP_${name}`, value]),
  );
}

function load(env: Readonly<Record<string, string>> = {}): OtlpConfig {
  return loadConfig(settings(env), tmpdir()).otlp;
}

test('The receiver is where a collector listens by default', () => {
  expect(load()).toEqual({
    url: 'http://127.0.0.1:4318/v1/logs',
    headers: {},
    timeoutMillis: 30_000,
    compression: 'gzip',
  });
});

describe('The endpoint', () => {
  test.each([
    ['http://collector:4318', 'http://collector:4318/v1/logs'],
    ['http://collector:4318/', 'http://collector:4318/v1/logs'],
    ['https://otlp.example/tenant/otlp', 'https://otlp.example/tenant/otlp/v1/logs'],
    ['https://otlp.example/tenant/otlp/', 'https://otlp.example/tenant/otlp/v1/logs'],
    ['https://otlp.example/own/v1/logs', 'https://otlp.example/own/v1/logs'],
    ['https://otlp.example/own/v1/logs/', 'https://otlp.example/own/v1/logs'],
    ['http://[::1]:4318', 'http://[::1]:4318/v1/logs'],
  ])('%s means %s', (ENDPOINT, url) => {
    expect(load({ ENDPOINT }).url).toBe(url);
  });

  test('may hold user and password, which are then a header, and nowhere else', () => {
    const otlp = load({ ENDPOINT: 'https://us%40er:pass%3Aword@otlp.example' });
    expect(otlp.url).toBe('https://otlp.example/v1/logs');
    expect(otlp.headers).toEqual({ authorization: `Basic ${btoa('us@er:pass:word')}` });
  });

  test.each(['collector:4318', 'grpc://collector:4317', 'nowhere', 'ftp://x'])(
    '%s is refused by its name',
    (ENDPOINT) => {
      expect(() => load({ ENDPOINT })).toThrow(
        'AUDIT_REGISTER_OTLP_ENDPOINT must be an http:// or https:// address',
      );
    },
  );

  test.each(['https://x.example/?api-key=sesame', 'https://x.example/#sesame'])(
    'has no query and no fragment, which is said without what stands there',
    (ENDPOINT) => {
      expect(() => load({ ENDPOINT })).toThrow(/AUDIT_REGISTER_OTLP_ENDPOINT .*AUDIT_REGISTER_OTLP_HEADERS/);
      expect(() => load({ ENDPOINT })).not.toThrow(/sesame/);
    },
  );
});

describe('The headers', () => {
  test('are pairs with percent-encoded values', () => {
    const HEADERS = ' Authorization=Basic%20dXNlcjpwYXNz , x-scope=a=b%2Cc,,api-key=';
    expect(load({ HEADERS }).headers).toEqual({
      authorization: 'Basic dXNlcjpwYXNz',
      'x-scope': 'a=b,c',
      'api-key': '',
    });
  });

  test.each([
    ['just-a-key-sesame', /entry 1 of AUDIT_REGISTER_OTLP_HEADERS has no "="/i],
    ['a=1,=sesame', /entry 2 of AUDIT_REGISTER_OTLP_HEADERS has a name that is no name/i],
    ['a b=sesame', /entry 1 .* no name of a header/i],
    ['a=sesame%', /stray %/],
    ['a=x%0d%0aset-cookie: sesame', /line breaks/],
    ['a%0d%0ab=sesame', /no name of a header/],
    ['a=sesame%00', /line breaks or other characters/],
    ['a=%E2%82%ACsesame', /other characters/],
    ['Content-Type=sesame', /content-type, which audit-register sets itself/],
    ['content-length=7', /content-length/],
    ['transfer-encoding=chunked', /transfer-encoding/],
  ])('%s is refused, and not repeated', (HEADERS, message) => {
    expect(() => load({ HEADERS })).toThrow(message);
    expect(() => load({ HEADERS })).not.toThrow(/sesame/);
  });

  test('may have any name, and the last of the same name counts', () => {
    const { headers } = load({ HEADERS: '__proto__=a,x=1,X=2' });
    expect(Object.entries(headers)).toEqual([
      ['__proto__', 'a'],
      ['x', '2'],
    ]);
  });

  test('come from a file', () => {
    const directory = mkdtempSync(join(tmpdir(), 'audit-register-headers-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const path = join(directory, 'headers');
    writeFileSync(path, 'authorization=Bearer%20x\n');
    expect(load({ HEADERS_FILE: path }).headers).toEqual({ authorization: 'Bearer x' });
  });
});

test('Compression and patience are checked by name', () => {
  expect(() => load({ COMPRESSION: 'zstd' })).toThrow(
    'AUDIT_REGISTER_OTLP_COMPRESSION must be one of gzip, none',
  );
  expect(() => load({ TIMEOUT_MS: '10' })).toThrow('AUDIT_REGISTER_OTLP_TIMEOUT_MS');
});

test('What waits for one receiver is not brought to another, nor to another sink', () => {
  const destinations = [
    {},
    { AUDIT_REGISTER_SINK: 'otlp' },
    { AUDIT_REGISTER_SINK: 'otlp', ...settings({ ENDPOINT: 'http://a:1' }) },
    { AUDIT_REGISTER_SINK: 'otlp', ...settings({ ENDPOINT: 'http://a:1/b' }) },
    { AUDIT_REGISTER_SINK: 'file' },
  ].map((env) => destinationOf(loadConfig(env, tmpdir())));
  expect(new Set(destinations).size).toBe(5);
  const again = { AUDIT_REGISTER_SINK: 'otlp', ...settings({ ENDPOINT: 'http://u:p@a:1/', HEADERS: 'a=b' }) };
  expect(destinationOf(loadConfig(again, tmpdir()))).toBe(destinations[2]);
});
