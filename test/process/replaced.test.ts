import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { copyPackage, endOf } from '../store/package-copy.ts';
import type { PackageCopy } from '../store/package-copy.ts';
import { CAPTURE_ENV } from '../support/capture-mode.ts';
import { until } from './condition.ts';
import type { Line } from './launch.ts';

const POLICY = `module.exports = {
  policy: [
    { name: 'health', level: 'none', match: { path: ['/health/**'] } },
    { name: 'rest', level: 'metadata' },
  ],
};`;

let copy: PackageCopy;

beforeAll(() => {
  copy = copyPackage();
});
afterAll(() => copy.remove());

test('what is recorded, and from whom, is told by what is there although the packages of the application are just being replaced', async () => {
  const app = join(copy.directory, 'app');
  const path = join(copy.directory, 'records.jsonl');
  writeFileSync(join(app, 'audit-register.config.js'), POLICY);
  const child = copy.launch('replaced.cjs', {
    ...CAPTURE_ENV,
    AUDIT_REGISTER_SINK: 'file',
    AUDIT_REGISTER_FILE_PATH: path,
    AUDIT_REGISTER_FLUSH_INTERVAL_MS: '50',
    AUDIT_REGISTER_SPOOL_DIR: join(copy.directory, 'spool'),
    AUDIT_REGISTER_INSTRUMENTATIONS: 'none',
    AUDIT_REGISTER_JWT_COOKIE: 'token',
    AUDIT_REGISTER_TRUSTED_PROXIES: 'loopback',
  });
  const ended = endOf(child);
  const port = await new Promise<string>((resolve) => {
    child.stdout?.on('data', (text: Buffer) => resolve(/listening (\d+)/.exec(String(text))?.[1] ?? ''));
  });
  const headers = { cookie: 'token=none', forwarded: 'for=192.0.2.7' };
  for (const at of ['/health/live', '/orders/1'])
    expect(await (await fetch(`http://127.0.0.1:${port}${at}`, { headers })).text()).toBe('served');
  const lines = (): Line[] =>
    existsSync(path)
      ? readFileSync(path, 'utf8')
          .split('\n')
          .slice(0, -1)
          .map((line) => JSON.parse(line) as Line)
      : [];
  await until('a record', () => lines().some(({ category }) => category === 'http'));
  child.kill('SIGTERM');
  expect((await ended).stderr).toBe('');
  const requests = lines().filter(({ category }) => category === 'http');
  expect(requests.map(({ url_path, source_address }) => [url_path, source_address])).toEqual([
    ['/orders/1', '192.0.2.7'],
  ]);
});
