import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { Ajv } from 'ajv';
import { beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from './dockerfile.ts';

interface Component {
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly licenses: readonly { readonly license?: { readonly id?: string }; readonly expression?: string }[];
  readonly hashes: readonly { readonly alg: string; readonly content: string }[];
  readonly properties: readonly { readonly name: string; readonly value: string }[];
}

interface Bom {
  readonly bomFormat: string;
  readonly specVersion: string;
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
}

interface LockEntry {
  readonly version: string;
  readonly license: string;
  readonly integrity: string;
}

const readJson = (file: string) => JSON.parse(readFileSync(join(ROOT, file), 'utf8'));
const manifest = readJson('package.json') as { version: string; dependencies: Record<string, string> };
const locked = (readJson('package-lock.json') as { packages: Record<string, LockEntry> }).packages;
let bom: Bom;

beforeAll(() => {
  const { stdout, stderr } = spawnSync('npm', ['run', '--silent', 'sbom'], { cwd: ROOT, encoding: 'utf8' });
  if (stdout === '') throw new Error(stderr);
  bom = JSON.parse(stdout) as Bom;
});

const found = (name: string, version: string) =>
  bom.components.find((component) => component.name === name && component.version === version);

describe('npm run sbom', () => {
  test('is what the schema of CycloneDX asks for', () => {
    expect(bom.specVersion).toBe('1.5');
    const validate = cycloneDxValidator();
    expect(validate(bom) ? [] : validate.errors).toEqual([]);
    expect(validate({ ...bom, components: [{ type: 'nothing', name: 'x' }] })).toBe(false);
  });

  test('is of this package in its version', () => {
    expect(bom.metadata.component).toMatchObject({ name: 'audit-register', version: manifest.version });
  });

  test('names every dependency that is installed with the package, as it is locked', () => {
    for (const [name, version] of Object.entries(manifest.dependencies))
      expect(found(name, version), name).toBeDefined();
    expect(bom.components.length).toBeGreaterThan(80);
    for (const { name, version, licenses, hashes } of bom.components) {
      const entry = Object.entries(locked).find(
        ([path, entry]) => path.endsWith(`node_modules/${name}`) && entry.version === version,
      )?.[1];
      expect(
        licenses.map(({ license, expression }) => license?.id ?? expression),
        name,
      ).toEqual([entry?.license]);
      expect(`sha512-${Buffer.from(hashes[0]?.content ?? '', 'hex').toString('base64')}`).toBe(
        entry?.integrity,
      );
    }
  });

  test('names what is bundled into the preload and the page, and says so', () => {
    const bundled = bom.components.flatMap(({ name, properties }) =>
      properties.map((property) => `${property.name} ${property.value} ${name}`),
    );
    expect(bundled.sort()).toEqual(
      [
        ...['@tanstack/virtual-core', 'preact', 'uplot'].map((name) => `dist/explorer/page/app.js ${name}`),
        ...[
          '@opentelemetry/api',
          '@opentelemetry/context-async-hooks',
          '@opentelemetry/core',
          '@opentelemetry/semantic-conventions',
          'cookie',
          'forwarded-parse',
          'picomatch',
        ].map((name) => `dist/start.js ${name}`),
      ].map((place) => `audit-register:bundled-in ${place}`),
    );
  });

  test('names nothing that only development needs', () => {
    for (const name of ['vitest', 'typescript', 'chdb', 'ffi-rs', 'node', 'express', 'esbuild'])
      expect(
        bom.components.some((component) => component.name === name),
        name,
      ).toBe(false);
  });
});

/** The schemas as they were published; where they come from is in README.md beside this. */
function cycloneDxValidator() {
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  for (const name of ['spdx', 'jsf-0.82'])
    ajv.addSchema(readSchema(name), `http://cyclonedx.org/schema/${name}.SNAPSHOT.schema.json`);
  return ajv.compile(readSchema('bom-1.5'));
}

function readSchema(name: string): object {
  const { $id, ...schema } = JSON.parse(
    brotliDecompressSync(readFileSync(join(import.meta.dirname, `${name}.schema.json.br`))).toString(),
  );
  return name === 'bom-1.5' ? { $id, ...schema } : schema;
}
