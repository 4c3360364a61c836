import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A project of Node.js, as its package.json and its node_modules tell of it. */
export interface Project {
  readonly directory: string;
  readonly manifest: Manifest;
  readonly packageManager: PackageManager;
  /** The version that is installed, else the range that is asked for; undefined where it is neither. */
  readonly versionOf: (name: string) => string | undefined;
}

export interface Manifest {
  readonly name: string;
  readonly isModule: boolean;
  readonly main: string;
  readonly scripts: Readonly<Record<string, string>>;
  /** Names and ranges, those for development included. */
  readonly dependencies: Readonly<Record<string, string>>;
}

export const PACKAGE_MANAGERS = {
  npm: { lockFiles: ['package-lock.json', 'npm-shrinkwrap.json'], add: 'npm install', run: 'npx' },
  pnpm: { lockFiles: ['pnpm-lock.yaml'], add: 'pnpm add', run: 'pnpm exec' },
  yarn: { lockFiles: ['yarn.lock'], add: 'yarn add', run: 'yarn' },
  bun: { lockFiles: ['bun.lock', 'bun.lockb'], add: 'bun add', run: 'bunx' },
} as const;

export type PackageManager = keyof typeof PACKAGE_MANAGERS;

/** @returns undefined where there is no package.json that can be read */
export function readProject(directory: string): Project | undefined {
  const manifest = readManifest(join(directory, 'package.json'));
  if (manifest === undefined) return undefined;
  return {
    directory,
    manifest: describe(manifest),
    packageManager: findPackageManager(directory, manifest['packageManager']),
    versionOf: (name) => installedVersion(directory, name) ?? describe(manifest).dependencies[name],
  };
}

/** The version of a package as code in a directory finds it. */
export function installedVersion(directory: string, name: string): string | undefined {
  for (const above of upwards(directory)) {
    const version = readManifest(join(above, 'node_modules', name, 'package.json'))?.['version'];
    if (typeof version === 'string') return version;
  }
  return undefined;
}

/** A directory and those above it. */
export function upwards(directory: string): string[] {
  const parent = dirname(directory);
  return parent === directory ? [directory] : [directory, ...upwards(parent)];
}

export function readManifest(path: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const content: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return typeof content === 'object' && content !== null ? (content as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function describe(manifest: Readonly<Record<string, unknown>>): Manifest {
  const { name, type, main, scripts, dependencies, devDependencies } = manifest;
  return {
    name: typeof name === 'string' ? name : '',
    isModule: type === 'module',
    main: typeof main === 'string' ? main : '',
    scripts: textsOf(scripts),
    dependencies: { ...textsOf(devDependencies), ...textsOf(dependencies) },
  };
}

function textsOf(value: unknown): Readonly<Record<string, string>> {
  if (typeof value !== 'object' || value === null) return {};
  const entries = Object.entries(value).filter(([, text]) => typeof text === 'string');
  return Object.fromEntries(entries) as Record<string, string>;
}

/** What package.json says, else whose lock file is nearest; a workspace has its lock file above. */
function findPackageManager(directory: string, named: unknown): PackageManager {
  const names = Object.keys(PACKAGE_MANAGERS) as PackageManager[];
  const said = names.find((name) => typeof named === 'string' && named.startsWith(`${name}@`));
  if (said !== undefined) return said;
  for (const above of upwards(directory)) {
    const found = names.find((name) =>
      PACKAGE_MANAGERS[name].lockFiles.some((file) => existsSync(join(above, file))),
    );
    if (found !== undefined) return found;
  }
  return 'npm';
}
