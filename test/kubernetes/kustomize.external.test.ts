import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { FOLDERS, KUBERNETES, ROOT, readKustomization } from './manifests.ts';
import type { Manifest } from './manifests.ts';
import { validate } from './models.ts';

const run = promisify(execFile);
/** Older ones have a kustomize that takes no directory among the resources. */
const OLDEST_MINOR = 21;
let minor = 0;

/** What `kubectl apply -k` would send to the cluster; needs none. */
async function build(folder: string): Promise<Manifest[]> {
  const { stdout } = await run('kubectl', ['kustomize', join(KUBERNETES, folder)]);
  return parseAllDocuments(stdout).map((document) => document.toJS() as Manifest);
}

beforeAll(async () => {
  try {
    const { stdout } = await run('kubectl', ['version', '--client', '--output=json']);
    minor = Number.parseInt(JSON.parse(stdout).clientVersion.minor, 10);
  } catch (error) {
    throw new Error(
      'kubectl is not installed: apt-get install -y --no-install-recommends kubernetes-client',
      {
        cause: error,
      },
    );
  }
});

describe('kubectl kustomize', () => {
  test.each(FOLDERS.filter((folder) => folder !== 'collector'))(
    'makes valid objects of %s',
    async (folder) => {
      const manifests = await build(folder);
      expect(manifests.length).toBeGreaterThan(1);
      for (const manifest of manifests) expect(() => validate(manifest), manifest.kind).not.toThrow();
      expect(JSON.stringify(manifests)).not.toMatch(/"image":"(audit-register|shop)/);
      for (const { newName, newTag } of readKustomization(folder).images ?? [])
        expect(JSON.stringify(manifests)).toContain(`"image":"${newName}:${newTag}"`);
    },
  );

  test('makes the ConfigMap of the collector of the very files, and mounts it by its new name', async () => {
    if (minor < OLDEST_MINOR) {
      await expect(build('collector')).rejects.toThrow(/must be a file/);
      return;
    }
    const manifests = await build('collector');
    for (const manifest of manifests) expect(() => validate(manifest), manifest.kind).not.toThrow();
    const config = manifests.find(({ kind }) => kind === 'ConfigMap') as Manifest & {
      data: Record<string, string>;
    };
    expect(config.metadata.name).toMatch(/^audit-register-collector-\w{10}$/);
    for (const file of ['config.yaml', 'gateway.yaml'])
      expect(config.data[file]).toBe(readFileSync(join(ROOT, 'collector', file), 'utf8'));
    const { volumes } = manifests.find(({ kind }) => kind === 'StatefulSet')?.spec.template.spec ?? {};
    expect(volumes).toContainEqual({ name: 'config', configMap: { name: config.metadata.name } });
  });
});
