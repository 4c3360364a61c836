// Adds to package-lock.json the optional packages of other platforms that a registry mirror did not have when the lock was
// written. npm drops them without a word, and `npm ci` then refuses the lock. They are never fetched on this platform.
import { readFileSync, writeFileSync } from 'node:fs';

const SYSTEMS = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32'];
const PROCESSORS = ['arm64', 'arm', 'ia32', 'loong64', 'ppc64', 'riscv64', 's390x', 'x64'];
const LIBRARIES = { gnu: 'glibc', gnueabihf: 'glibc', musl: 'musl', musleabihf: 'musl' };

const path = 'package-lock.json';
const lock = JSON.parse(readFileSync(path, 'utf8'));
const { packages } = lock;

/** What the name of a package says of the platform it is for. */
function platformOf(name) {
  const words = name.split(/[/-]/);
  const find = (known) => words.find((word) => known.includes(word));
  const [os, cpu, library] = [find(SYSTEMS), find(PROCESSORS), find(Object.keys(LIBRARIES))];
  if (os === undefined || cpu === undefined) throw new Error(`${name} does not say which platform it is for`);
  return { os: [os], cpu: [cpu], ...(library === undefined ? {} : { libc: [LIBRARIES[library]] }) };
}

let added = 0;
for (const [location, parent] of Object.entries(packages)) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    const places = [`${location}/node_modules/${name}`, `node_modules/${name}`];
    if (places.some((place) => packages[place] !== undefined)) continue;
    const dev = parent.dev === true ? { dev: true } : {};
    packages[`node_modules/${name}`] = { version, ...dev, optional: true, ...platformOf(name) };
    added += 1;
  }
}

lock.packages = Object.fromEntries(Object.entries(packages).toSorted(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${added} packages of other platforms added`);
