/**
 * Refuses to publish what is not ready (`prepublishOnly`): the place of the source must be known, for provenance is a statement about
 * it, and the version must be the one that the tag and the changelog name.
 */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** @returns What is missing, each in a line that says what mends it. */
export function missingForRelease(manifest, changelog, env) {
  const missing = [];
  const place = /github\.com[/:]([^/]+\/[^/.]+)(?:\.git)?$/.exec(urlOf(manifest.repository))?.[1];
  if (place === undefined)
    missing.push(
      'package.json has no "repository" on GitHub: add { "type": "git", "url": "git+https://github.com/OWNER/NAME.git" }, and "bugs" and "homepage" with it',
    );
  const { GITHUB_REPOSITORY: repository, GITHUB_REF_NAME: tag, GITHUB_REF_TYPE: kind } = env;
  if (place !== undefined && repository !== undefined && repository !== place)
    missing.push(`"repository" in package.json is ${place}, and this is built in ${repository}: correct it`);
  if (kind === 'tag' && tag !== `v${manifest.version}`)
    missing.push(
      `the tag is ${tag}, and package.json has version ${manifest.version}: tag v${manifest.version}`,
    );
  if (!changelog.split('\n').some((line) => line.startsWith(`## ${manifest.version} `)))
    missing.push(
      `CHANGELOG.md has no section "## ${manifest.version} (DATE)": rename "Unreleased" to it, and begin a new one`,
    );
  return missing;
}

function urlOf(repository) {
  return (typeof repository === 'string' ? repository : repository?.url) ?? '';
}

if (import.meta.filename === resolve(process.argv[1] ?? '')) {
  const root = join(import.meta.dirname, '..');
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const missing = missingForRelease(manifest, readFileSync(join(root, 'CHANGELOG.md'), 'utf8'), process.env);
  for (const line of missing) console.error(`not ready to publish: ${line}`);
  process.exitCode = missing.length === 0 ? 0 : 1;
}
