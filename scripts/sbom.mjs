/**
 * The bill of materials of the package (CycloneDX, JSON) on standard output: what is installed with it, and what is bundled into the
 * explorer's page, each in its locked version with its licence. `npm run --silent sbom > sbom.json`; needs the build in dist/.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeRuntimeLock } from './runtime-lock.mjs';

const LICENCES = join(import.meta.dirname, '../dist/explorer/page/licences.txt');

const work = mkdtempSync(join(tmpdir(), 'audit-register-sbom-'));
try {
  const bundled = bundledPackages();
  // The component is called after its directory.
  const directory = join(work, 'audit-register');
  writeRuntimeLock(directory, bundled);
  const bom = JSON.parse(npmSbom(directory));
  for (const component of bom.components)
    if (bundled.includes(component.name))
      component.properties.push({ name: 'audit-register:bundled-in', value: 'dist/explorer/page/app.js' });
  process.stdout.write(`${JSON.stringify(bom, undefined, 2)}\n`);
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** By the headings of the licences that the build has written beside the page. */
function bundledPackages() {
  const headings = readFileSync(LICENCES, 'utf8').matchAll(
    /^((?:@[\w.-]+\/)?[\w.-]+) \d+\.\d+\.\d+\S* \(.+\)$/gm,
  );
  return [...headings].map(([, name]) => name);
}

function npmSbom(directory) {
  const { status, stdout, stderr } = spawnSync(
    'npm',
    ['sbom', '--sbom-format=cyclonedx', '--sbom-type=library', '--package-lock-only'],
    { cwd: directory, encoding: 'utf8', maxBuffer: 2 ** 26, shell: process.platform === 'win32' },
  );
  if (status !== 0) throw new Error(`npm sbom failed: ${stderr}`);
  return stdout;
}
