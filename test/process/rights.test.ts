import { execFile } from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { UnsecuredJWT } from 'jose';
import { expect, onTestFinished, test } from 'vitest';
import type { Line } from './launch.ts';
import { ROOT } from './nodes.ts';

const isRoot = process.getuid?.() === 0;

/** The package where only root may read it. */
function installForRoot(): string {
  const directory = mkdtempSync(join(tmpdir(), 'audit-register-rights-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  for (const name of ['dist', 'package.json'])
    cpSync(join(ROOT, name), join(directory, name), { recursive: true });
  cpSync(join(ROOT, 'test/fixtures/process/gives-up-rights.cjs'), join(directory, 'application.cjs'));
  symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
  chmodSync(directory, 0o700);
  return directory;
}

test('A process that gives up the right to read its packages knows what it needs of them before', async ({
  skip,
}) => {
  if (!isRoot) skip('only root can become another user');
  const directory = installForRoot();
  const token = new UnsecuredJWT({ sub: 'alice' }).encode();
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ['--require', join(directory, 'dist/register.js'), join(directory, 'application.cjs'), token],
    {
      env: {
        AUDIT_REGISTER_SINK: 'console',
        AUDIT_REGISTER_DELIVERY: 'memory',
        AUDIT_REGISTER_INSTRUMENTATIONS: 'none',
        AUDIT_REGISTER_CAPTURE: 'lean',
        AUDIT_REGISTER_JWT_COOKIE: 'access_token',
      },
      cwd: '/',
    },
  );
  expect(stderr).toBe('');
  const records = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
  // NOTE: the second is of a static file, which the default policy leaves out by a glob.
  expect(records).toMatchObject([{ url_path: '/orders/7', actor_id: 'alice' }]);
});
