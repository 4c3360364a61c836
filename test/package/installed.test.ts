import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NODES } from '../process/nodes.ts';
import { ROOT } from './dockerfile.ts';
import { pack } from './tree.ts';

const run = promisify(execFile);
const OLDEST = NODES[22];
const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };

/** What both entries give; TypeScript sees the same by `npm run check:package`. */
const NAMES = [
  'annotate',
  'createAuditSpanProcessor',
  'defineConfig',
  'flush',
  'login',
  'loginFailed',
  'logout',
];

let directory = '';

/** As its users install it: the tarball, and what npm finds that it needs. */
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'audit-register-installed-'));
  const { file } = await pack(directory);
  writeFileSync(join(directory, 'package.json'), '{ "private": true }');
  await run('npm', ['install', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', file], {
    cwd: directory,
  });
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** On the oldest line of Node.js that is supported, without anything of the environment that runs the tests. */
async function node(...args: string[]): Promise<string> {
  const { stdout } = await run(OLDEST, args, {
    cwd: directory,
    env: { PATH: `${dirname(OLDEST)}:${process.env['PATH']}`, HOME: directory },
  });
  return stdout.trim();
}

describe('The installed tarball, on the oldest line of Node.js that is supported', () => {
  test('is required', async () => {
    const text = "console.log(JSON.stringify(Object.keys(require('audit-register/api')).sort()))";
    expect(JSON.parse(await node('--eval', text))).toEqual(expect.arrayContaining(NAMES));
  });

  test('is imported, by the same names', async () => {
    const text = `import { ${NAMES.join(', ')} } from 'audit-register/api';
      console.log([${NAMES.join(', ')}].every((each) => typeof each === 'function'))`;
    expect(await node('--input-type=module', '--eval', text)).toBe('true');
  });

  test.each(['--require', '--import'])('is preloaded by %s', async (way) => {
    const text = "const { setActor } = require('audit-register/api'); console.log(typeof setActor)";
    expect(await node(way, 'audit-register', '--eval', text)).toBe('function');
  });

  test('has its command', async () => {
    const { stdout } = await run('npx', ['--no-install', 'audit-register', '--version'], {
      cwd: directory,
      env: { ...process.env, PATH: `${dirname(OLDEST)}:${process.env['PATH']}` },
    });
    expect(stdout.trim()).toBe(version);
  });

  test('brings none of its optional peers', () => {
    for (const name of ['chdb', 'ffi-rs', 'pg'])
      expect(existsSync(join(directory, 'node_modules', name)), name).toBe(false);
  });
});
