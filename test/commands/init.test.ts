import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { run } from '../integrity/command.ts';
import type { Ended } from '../integrity/command.ts';

const ROOT = join(import.meta.dirname, '../..');
const FILE = 'audit-register.config.cjs';

interface Fixture {
  readonly name: string;
  readonly manifest: object;
  readonly lockFile?: string;
  readonly found: string;
  readonly start: string;
  /** What only this one says. */
  readonly says: string;
}

const FIXTURES: readonly Fixture[] = [
  {
    name: 'express',
    manifest: {
      scripts: { start: 'NODE_ENV=production node app.js' },
      dependencies: { express: '5', pg: '8', jsonwebtoken: '9', 'express-session': '1' },
    },
    lockFile: 'package-lock.json',
    found: 'Express, pg, jsonwebtoken, express-session; npm',
    start: 'NODE_ENV=production node --require audit-register app.js',
    says: '`req.user`, `req.auth` and `req.session.user`',
  },
  {
    name: 'fastify',
    manifest: { type: 'module', main: 'server.js', dependencies: { fastify: '5', '@fastify/jwt': '9' } },
    lockFile: 'pnpm-lock.yaml',
    found: 'Fastify, @fastify/jwt; pnpm',
    start: 'node --require audit-register server.js',
    says: '@fastify/passport',
  },
  {
    name: 'koa',
    manifest: { scripts: { start: 'tsx src/index.ts' }, dependencies: { koa: '3', knex: '3', pg: '8' } },
    lockFile: 'yarn.lock',
    found: 'Koa, pg, knex; yarn',
    start: 'NODE_OPTIONS="--require audit-register" tsx src/index.ts',
    says: '`ctx.state.user`',
  },
  {
    name: 'nest',
    manifest: {
      scripts: { start: 'nest start', 'start:prod': 'node dist/main' },
      dependencies: { '@nestjs/core': '12', express: '5', typeorm: '1', pg: '8', '@nestjs/passport': '12' },
    },
    lockFile: 'package-lock.json',
    found: 'NestJS, pg, typeorm, @nestjs/passport; npm',
    start: 'node --require audit-register dist/main',
    says: 'as guards and passport leave it',
  },
  {
    name: 'hono',
    manifest: {
      scripts: { start: 'node --env-file=.env server.mjs' },
      dependencies: { hono: '4', jose: '6' },
    },
    found: 'Hono, jose; npm',
    start: 'node --require audit-register --env-file=.env server.mjs',
    says: "`c.get('jwtPayload')`",
  },
  {
    name: 'next',
    manifest: {
      scripts: { start: 'next start' },
      dependencies: { next: '16', '@prisma/client': '7', '@prisma/adapter-pg': '7', 'next-auth': '5' },
      devDependencies: { 'cross-env': '10' },
    },
    lockFile: 'bun.lock',
    found: 'Next.js, @prisma/adapter-pg, next-auth; bun',
    start: 'cross-env NODE_OPTIONS="--require audit-register" next start',
    says: "route: '/api/orders/[id]'",
  },
  {
    name: 'plain',
    manifest: {
      main: 'main.js',
      packageManager: 'yarn@4.0.0',
      dependencies: { mysql2: '3', '@prisma/client': '6', '@opentelemetry/sdk-node': '0.301.0' },
    },
    lockFile: 'package-lock.json',
    found:
      'Node.js without a framework, mysql2, @prisma/client without @prisma/adapter-pg, @opentelemetry/sdk-node; yarn',
    start: 'node --require audit-register main.js',
    says: 'Those of mysql2, @prisma/client without @prisma/adapter-pg are not seen',
  },
];

let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'audit-register-init-test-'));
});
afterEach(() => rm(cwd, { recursive: true, force: true }));

const init = (...args: string[]): Promise<Ended> => run(['init', ...args], cwd);
const written = (): Promise<string> => readFile(join(cwd, FILE), 'utf8');

async function make({ manifest, lockFile }: Pick<Fixture, 'manifest' | 'lockFile'>): Promise<void> {
  await writeFile(
    join(cwd, 'package.json'),
    `${JSON.stringify({ name: 'shop', ...manifest }, undefined, 4)}\n`,
  );
  if (lockFile !== undefined) await writeFile(join(cwd, lockFile), '');
}

/** An application under the preload that has nothing to do. */
async function preload(): Promise<Ended> {
  const args = ['--require', ROOT, '--trace-warnings', '-e', ''];
  const child = spawn(process.execPath, args, {
    cwd,
    env: {
      PATH: process.env['PATH'],
      AUDIT_REGISTER_SINK: 'console',
      AUDIT_REGISTER_SPOOL_DIR: join(cwd, 'spool'),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.once('close', resolve)),
  ]);
  return { code, stdout, stderr };
}

/** Takes every setting out of its comment; what is left in comments are sentences. */
function alive(content: string): string {
  return content.replaceAll(/^( *)\/\/ ((?: *\{ name: .*\},)|(?:[a-zA-Z]+: .*[,[])|\],)$/gm, '$1$2');
}

describe.for(FIXTURES.map((fixture) => [fixture.name, fixture] as const))(
  'init in a project of %s',
  ([, fixture]) => {
    it('says what it found and how to start, and writes what fits, loads without a warning and changes nothing', async () => {
      await make(fixture);
      const { code, stdout, stderr } = await init();
      expect([code, stdout]).toEqual([0, `wrote ${FILE}\n`]);
      expect(stderr).toContain(`found: ${fixture.found}\n`);
      expect(stderr).toContain(`"start:audited": ${JSON.stringify(fixture.start)}`);
      expect(await written()).toContain(fixture.says);
      expect(await preload()).toEqual({ code: 0, stdout: '', stderr: '' });
      const nothingSet = loadConfig({}, join(ROOT, 'test'));
      expect({ ...loadConfig({}, cwd), service: '' }).toEqual({ ...nothingSet, service: '' });
      await everyExampleLoads();
    });
  },
);

/** NOTE: by another name, for a module is loaded once. */
async function everyExampleLoads(): Promise<void> {
  await writeFile(join(cwd, 'alive.cjs'), alive(await written()));
  const config = loadConfig({ AUDIT_REGISTER_CONFIG: 'alive.cjs' }, cwd);
  const rules = config.policy.map(({ name }) => name);
  expect(rules).toEqual(['ignore-paths', 'health', 'orders', 'reads', 'writes', 'rest']);
  expect(config.identity.issuers).toHaveLength(1);
  expect(config.redactKeys).toEqual(['iban', '*_pin']);
  expect(config.sql.tableKeys).toHaveLength(2);
  expect(config.identity.trustedProxies).toHaveLength(2);
}

describe('what init writes', () => {
  it('has the types that it names, in an editor that looks', async () => {
    await make(FIXTURES[0] as Fixture);
    await init();
    await writeFile(join(cwd, FILE), alive(await written()));
    await mkdir(join(cwd, 'node_modules'));
    await symlink(ROOT, join(cwd, 'node_modules/audit-register'));
    const options = ['--noEmit', '--allowJs', '--checkJs', '--strict', '--skipLibCheck', '--types', 'node'];
    const places = ['--module', 'nodenext', '--typeRoots', join(ROOT, 'node_modules/@types')];
    const check = async (): Promise<string> => {
      const tsc = spawn(
        process.execPath,
        [join(ROOT, 'node_modules/typescript/bin/tsc'), ...options, ...places, FILE],
        { cwd },
      );
      return await text(tsc.stdout);
    };
    expect(await check()).toBe('');
    await writeFile(join(cwd, FILE), (await written()).replace("mode: 'spool'", "mode: 'spol'"));
    expect(await check()).toContain('\'"spol"\' is not assignable');
  });

  it('is not written over what is there, unless by force', async () => {
    await make(FIXTURES[0] as Fixture);
    await writeFile(join(cwd, FILE), 'module.exports = {};');
    const refused = await init();
    expect([refused.code, refused.stderr]).toEqual([78, expect.stringContaining('--force')]);
    expect(await written()).toBe('module.exports = {};');
    expect((await init('--force')).code).toBe(0);
    expect(await written()).toContain('clickhouse: {');
  });

  it.for(['js', 'mjs', 'json'])('is not written beside an audit-register.config.%s', async (extension) => {
    await make(FIXTURES[0] as Fixture);
    await writeFile(join(cwd, `audit-register.config.${extension}`), '{}');
    const { code, stderr } = await init('--force');
    expect([code, stderr]).toEqual([78, expect.stringContaining(`audit-register.config.${extension}`)]);
    expect(existsSync(join(cwd, FILE))).toBe(false);
  });

  it('is only printed in a dry run', async () => {
    await make(FIXTURES[0] as Fixture);
    const { code, stdout } = await init('--dry-run', '--write');
    expect(code).toBe(0);
    expect(stdout).toContain('module.exports = {');
    expect((await readdir(cwd)).toSorted()).toEqual(['package-lock.json', 'package.json']);
    expect(await readFile(join(cwd, 'package.json'), 'utf8')).not.toContain('start:audited');
  });

  it('works where there is no package.json', async () => {
    const { code, stderr } = await init();
    expect(code).toBe(0);
    expect(stderr).toContain('found: Node.js without a framework; npm');
  });
});

describe('package.json', () => {
  it('is left alone without --write', async () => {
    await make(FIXTURES[0] as Fixture);
    const before = await readFile(join(cwd, 'package.json'), 'utf8');
    await init();
    expect(await readFile(join(cwd, 'package.json'), 'utf8')).toBe(before);
  });

  it('gets one script more by --write, and keeps its form', async () => {
    await make(FIXTURES[0] as Fixture);
    const before = await readFile(join(cwd, 'package.json'), 'utf8');
    expect((await init('--write')).stdout).toContain('added the script "start:audited"');
    const added = `,\n        "start:audited": "NODE_ENV=production node --require audit-register app.js"`;
    const after = before.replace('"NODE_ENV=production node app.js"', (start) => start + added);
    expect(await readFile(join(cwd, 'package.json'), 'utf8')).toBe(after);
  });

  it('keeps a script of that name that says something else, and then nothing is written at all', async () => {
    await make({ manifest: { scripts: { 'start:audited': 'mine' } } });
    const { code, stderr } = await init('--write');
    expect([code, stderr]).toEqual([78, expect.stringContaining('start:audited')]);
    expect(existsSync(join(cwd, FILE))).toBe(false);
    expect((await init('--write', '--force')).code).toBe(0);
  });

  it('must be there for --write', async () => {
    expect((await init('--write')).code).toBe(78);
    expect(await readdir(cwd)).toEqual([]);
  });
});
