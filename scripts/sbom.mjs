/**
 * The bill of materials of the package (CycloneDX, JSON) on standard output: what is installed with it, and what is bundled into the
 * preload and the explorer's page, each in its locked version with its licence. `npm run --silent sbom > sbom.json`; needs the build in dist/.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeRuntimeLock } from './runtime-lock.mjs';

/** Files that hold other packages, and where the build has written the licences of these. */
const BUNDLES = [
  { file: 'dist/start.js', licences: 'dist/licences.txt' },
  { file: 'dist/explorer/page/app.js', licences: 'dist/explorer/page/licences.txt' },
];

const work = mkdtempSync(join(tmpdir(), 'audit-register-sbom-'));
try {
  const bundled = BUNDLES.flatMap(bundledPackages);
  // The component is called after its directory.
  const directory = join(work, 'audit-register');
  writeRuntimeLock(
    directory,
    bundled.map(({ name }) => name),
  );
  const bom = JSON.parse(npmSbom(directory));
  for (const { name, version, file } of bundled)
    bom.components
      .find((component) => component.name === name && component.version === version)
      .properties.push({ name: 'audit-register:bundled-in', value: file });
  process.stdout.write(`${JSON.stringify(bom, undefined, 2)}\n`);
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** By the headings of the licences. */
function bundledPackages({ file, licences }) {
  const headings = readFileSync(join(import.meta.dirname, '..', licences), 'utf8').matchAll(
    /^((?:@[\w.-]+\/)?[\w.-]+) (\d+\.\d+\.\d+\S*) \(.+\)$/gm,
  );
  return [...headings].map(([, name, version]) => ({ name, version, file }));
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
