import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { homedir, hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from './dockerfile.ts';
import { pack } from './tree.ts';
import type { Packed } from './tree.ts';

const MEBIBYTE = 1_048_576;
const PAPERS = ['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'];

/** Code, its types, SQL, completion of shells, licences of what is bundled, and the page of the explorer. */
const BUILT =
  /\.(js|d\.ts|sql|bash|zsh|fish|powershell)$|^dist\/licences\.txt$|^dist\/explorer\/page\/[\w-]+\.(css|svg|html|txt)$/;
const PAGE = ['app.css', 'app.js', 'favicon.svg', 'index.html', 'licences.txt'];

/** What must never be published, whatever it is called. */
const SECRETS: Readonly<Record<string, RegExp>> = {
  'a private key': /-----BEGIN [A-Z ]*PRIVATE KEY-----\s*[A-Za-z0-9+/]{40}/,
  'a token of a registry or a forge': /\b(npm_[A-Za-z0-9]{36}|gh[pousr]_[A-Za-z0-9]{36}|glpat-[\w-]{20})\b/,
  'a key of a cloud': /\b(AKIA|ASIA)[A-Z0-9]{16}\b/,
};

interface Manifest {
  readonly main: string;
  readonly types: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
}

let directory = '';
let packed: Packed;
let paths: string[];
let contents: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'audit-register-packed-'));
  packed = await pack(directory);
  paths = packed.files.map(({ path }) => path);
  contents = gunzipSync(readFileSync(packed.file)).toString('latin1');
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const namesIn = (folder: string) =>
  paths.filter((path) => path.startsWith(`${folder}/`)).map((path) => path.slice(folder.length + 1));

describe('The tarball', () => {
  test('holds dist, its papers, and nothing of ours', () => {
    expect(paths.filter((path) => !path.startsWith('dist/')).sort()).toEqual(PAPERS);
    expect(namesIn('dist').filter((path) => !BUILT.test(`dist/${path}`))).toEqual([]);
    expect(
      paths.filter((path) => /(^|\/)(test|fixtures|\.[^/]+)(\/|$)|\.test\.|\.tsbuildinfo$/.test(path)),
    ).toEqual([]);
  });

  test('holds the preload in one file, and the licences of what is bundled into it', () => {
    const preload = readFileSync(join(ROOT, 'dist/start.js'), 'utf8');
    const licences = readFileSync(join(ROOT, 'dist/licences.txt'), 'utf8');
    const bundled = new Set(
      [...preload.matchAll(/^ *\/\/ .*node_modules\/((?:@[^/]+\/)?[^/]+)\//gm)].map(([, name]) => name),
    );
    expect([...bundled].filter((name) => !licences.includes(`${name} `))).toEqual([]);
    expect(bundled).toContain('@opentelemetry/api');
    // NOTE: one other character, and V8 keeps all of the text in twice the memory.
    expect(/[^\0-\x7F]/.exec(preload)).toBeNull();
    expect(paths).toContain('dist/start.js');
    expect(paths).toContain('dist/licences.txt');
  });

  test('holds every migration, and the page with the licences of what is bundled into it', () => {
    const migrations = namesIn('dist/store/migrations').filter((name) => name.endsWith('.sql'));
    expect(migrations.length).toBeGreaterThanOrEqual(7);
    expect(namesIn('dist/explorer/page').sort()).toEqual(PAGE);
  });

  test('has every file that its package.json leads to, and a command that may be executed', () => {
    const { main, types, bin, exports } = JSON.parse(
      readFileSync(join(ROOT, 'package.json'), 'utf8'),
    ) as Manifest;
    const entries = Object.values(exports).flatMap((entry) =>
      typeof entry === 'string' ? [entry] : Object.values(entry),
    );
    const led = [main, types, ...Object.values(bin), ...entries].map((path) => path.replace(/^\.\//, ''));
    expect(led.length).toBeGreaterThanOrEqual(8);
    expect(led.filter((path) => !paths.includes(path))).toEqual([]);
    expect(packed.files.find(({ path }) => path === bin['audit-register'])?.mode).toBe(0o755);
  });

  test('names no place and no machine of those who build it', () => {
    // Short names stand in words, too.
    const local = [ROOT, homedir(), hostname()].filter((name) => name.length > 5);
    expect(local).toContain(ROOT);
    expect(local.filter((name) => contents.includes(name))).toEqual([]);
  });

  test.each(Object.entries(SECRETS))('has nowhere %s', (_, secret) => {
    expect(secret.exec(contents)?.[0]).toBeUndefined();
  });

  test('stays below 1.5 MiB, 5 MiB unpacked', () => {
    expect(packed.size).toBeLessThan(1.5 * MEBIBYTE);
    expect(packed.files.reduce((sum, { size }) => sum + size, 0)).toBeLessThan(5 * MEBIBYTE);
  });
});
