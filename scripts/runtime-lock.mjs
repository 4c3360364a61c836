/**
 * What an installation of the package holds, in the very versions of package-lock.json: a package.json and a lock file without anything
 * for development. `npm ci` in that directory makes the tree of the images, `npm sbom` describes it.
 *
 *   node scripts/runtime-lock.mjs DIRECTORY
 *
 * NOTE: `npm ci --omit=dev` leaves workspaces in the tree, and `npm sbom --omit=dev` leaves out what is needed at run time *and* for
 * development (seen with npm 11.19: 46 of 94 packages, @clickhouse/client missing).
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = join(import.meta.dirname, '..');

/** @param more Packages that stand in the lock file and travel in another way, such as in a bundle. */
export function writeRuntimeLock(directory, more = []) {
  const { name, version, description, license, dependencies } = readJson('package.json');
  const lock = readJson('package-lock.json');
  const own = { name, version, description, license, dependencies: { ...dependencies } };
  for (const each of more) own.dependencies[each] = lock.packages[`node_modules/${each}`].version;
  const packages = { '': own, ...reachable(own, lock.packages) };
  mkdirSync(directory, { recursive: true });
  writeJson(join(directory, 'package.json'), own);
  writeJson(join(directory, 'package-lock.json'), { ...lock, packages });
}

/** NOTE: a peer that is required is installed by npm, one that is optional is not. */
function reachable(own, packages) {
  const found = {};
  const waiting = [['', own]];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [from, { dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta }] = next;
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
      const path = resolvePackage(packages, from, name);
      const mayMiss = name in (optionalDependencies ?? {}) || peerDependenciesMeta?.[name]?.optional === true;
      if (path === undefined && !mayMiss)
        throw new Error(`package-lock.json has no ${name}, which ${from || 'the package'} needs`);
      const isPeerAtWill = peerDependenciesMeta?.[name]?.optional === true && !(name in (dependencies ?? {}));
      if (path === undefined || isPeerAtWill || path in found) continue;
      const { dev: _dev, devOptional: _devOptional, peer: _peer, ...entry } = packages[path];
      found[path] = entry;
      waiting.push([path, entry]);
    }
  }
  return Object.fromEntries(Object.entries(found).sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** As Node.js looks for it: in the own node_modules, then in those above. */
function resolvePackage(packages, from, name) {
  for (let place = from; ; place = place.slice(0, Math.max(0, place.lastIndexOf('node_modules/') - 1))) {
    const path = `${place === '' ? '' : `${place}/`}node_modules/${name}`;
    if (path in packages) return path;
    if (place === '') return undefined;
  }
}

function readJson(file) {
  return JSON.parse(readFileSync(join(root, file), 'utf8'));
}

function writeJson(path, value) {
  writeFileSync(path, `${JSON.stringify(value, undefined, 2)}\n`);
}

if (import.meta.filename === resolve(process.argv[1] ?? '')) {
  if (process.argv[2] === undefined) throw new Error('name the directory to write to');
  writeRuntimeLock(resolve(process.argv[2]));
}
