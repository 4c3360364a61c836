import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { useInstallation } from './launch.ts';
import type { LaunchOptions } from './launch.ts';
import { ROOT } from './nodes.ts';

const installation = useInstallation();

test.each([
  ['--require', { nodeArgs: ['--require', 'audit-register'] }],
  ['--import', { nodeArgs: ['--import', 'audit-register'] }],
  ['NODE_OPTIONS', { nodeArgs: [], env: { NODE_OPTIONS: '--require audit-register' } }],
] satisfies [string, LaunchOptions][])('Node.js 20 is refused in one line (%s)', async (_, options) => {
  const { code, stdout, stderr } = await installation().launch('server.cjs', { node: 20, ...options }).ended;
  expect([code, stdout]).toEqual([78, '']);
  expect(stderr).toMatch(
    /^audit-register: Node\.js 22\.15 or newer is needed, this is 20\.\d+\.\d+; update Node\.js\n$/,
  );
});

describe('A configuration that cannot be used stops the process at start, in one line', () => {
  test.each<[string, Record<string, string>, string]>([
    [
      'an unknown name',
      { AUDIT_REGISTER_CLICKHOUSE_ULR: 'http://127.0.0.1' },
      'AUDIT_REGISTER_CLICKHOUSE_ULR is not a setting; did you mean AUDIT_REGISTER_CLICKHOUSE_URL?',
    ],
    [
      'contradictory keys',
      { AUDIT_REGISTER_JWT_JWKS_URL: 'https://issuer.example/jwks' },
      'exactly one of JWKS_URL, PUBLIC_KEY and SECRET must be set',
    ],
    ['a bad range', { AUDIT_REGISTER_TRUSTED_PROXIES: '10.0.0.0/33' }, 'AUDIT_REGISTER_TRUSTED_PROXIES'],
    [
      'no configuration file',
      { AUDIT_REGISTER_CONFIG: 'nowhere.json' },
      '(AUDIT_REGISTER_CONFIG) cannot be read',
    ],
    [
      'lean capture with exporters',
      { AUDIT_REGISTER_CAPTURE: 'lean', OTEL_TRACES_EXPORTER: 'console' },
      'AUDIT_REGISTER_CAPTURE is lean, but OTEL_TRACES_EXPORTER asks for what only the instrumentations do',
    ],
    ['a wrong value', { AUDIT_REGISTER_SINK: 'kafka' }, 'AUDIT_REGISTER_SINK must be one of clickhouse'],
  ])('%s', async (_, env, message) => {
    const { code, signal, stdout, stderr } = await installation().launch('server.cjs', { env }).ended;
    expect([code, signal, stdout]).toEqual([78, null, '']);
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/^audit-register: [^\n]*\n$/);
  });
});

test('A configuration file that fails is named, without its stack', async () => {
  const path = join(installation().directory, 'broken.config.cjs');
  writeFileSync(path, 'module.exports = { sink: process.env.NOTHING.length };');
  const { code, stderr } = await installation().launch('server.cjs', { env: { AUDIT_REGISTER_CONFIG: path } })
    .ended;
  expect(code).toBe(78);
  expect(stderr).toMatch(
    /^audit-register: The configuration file [^\n]*broken\.config\.cjs [^\n]*Cannot read properties[^\n]*\n$/,
  );
});

test('AUDIT_REGISTER_DISABLED=true runs the application without audit, and says so', async () => {
  const app = installation().launch('server.cjs', { env: { AUDIT_REGISTER_DISABLED: 'true' } });
  expect((await fetch(await app.address())).status).toBe(200);
  app.child.kill('SIGTERM');
  const { signal, stderr } = await app.ended;
  expect(signal).toBe('SIGTERM');
  expect(stderr).toBe('audit-register: AUDIT_REGISTER_DISABLED is set: nothing is recorded\n');
  expect(app.lines()).toEqual([]);
});

test('AUDIT_REGISTER_DISABLED=true helps against a configuration that cannot be used', async () => {
  const env = { AUDIT_REGISTER_DISABLED: 'true', AUDIT_REGISTER_SINK: 'kafka' };
  const app = installation().launch('server.cjs', { env });
  expect((await fetch(await app.address())).status).toBe(200);
});

test.each([
  ['status', 'bad'],
  ['rows', '>many'],
])('A policy whose %s is %s stops the process at start', async (condition, value) => {
  const path = join(installation().directory, `${condition}.config.json`);
  writeFileSync(path, JSON.stringify({ policy: [{ level: 'none', match: { [condition]: value } }] }));
  const { code, stderr } = await installation().launch('server.cjs', { env: { AUDIT_REGISTER_CONFIG: path } })
    .ended;
  expect(code).toBe(78);
  expect(stderr).toBe(
    `audit-register: "policy": "${value}" is no number, comparison (>=400) or family (4xx).\n`,
  );
});

test('The commands of this package are not audited under NODE_OPTIONS', async () => {
  const command = join(installation().directory, 'audit-register');
  symlinkSync(join(ROOT, 'dist/commands/cli.js'), command);
  const env = { NODE_OPTIONS: '--require audit-register', AUDIT_REGISTER_LOG_LEVEL: 'info' };
  const { code, stderr } = await installation().launch(command, { nodeArgs: [], args: ['--version'], env })
    .ended;
  expect([code, stderr]).toEqual([0, '']);
});
