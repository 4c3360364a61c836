import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readManifest, upwards } from '../project/project.js';

export const API = '@opentelemetry/api';
const OWN_NAME = 'audit-register';

/** Versions of the API that code of a project may get: at the top, below other packages, and in pnpm's store. */
export function installedApi(directory: string): readonly string[] {
  const versions = new Set<string>();
  for (const modules of upwards(directory).map((above) => join(above, 'node_modules'))) {
    for (const place of [modules, ...nestedModules(modules)]) {
      const path = join(place, API);
      const version = existsSync(path) ? readManifest(join(path, 'package.json'))?.['version'] : undefined;
      if (typeof version === 'string') versions.add(version);
    }
  }
  return [...versions];
}

function nestedModules(modules: string): readonly string[] {
  const packages = namesIn(modules).flatMap((name) =>
    name.startsWith('@') ? namesIn(join(modules, name)).map((own) => join(name, own)) : [name],
  );
  const store = namesIn(join(modules, '.pnpm')).filter((name) => name.startsWith('@opentelemetry+api@'));
  return [
    // NOTE: the copy that this package brings along is known.
    ...packages.filter((name) => name !== OWN_NAME).map((name) => join(modules, name, 'node_modules')),
    ...store.map((name) => join(modules, '.pnpm', name, 'node_modules')),
  ];
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** Whether code that uses one version of the API sees what another one has registered. Source: its internal/semver. */
export function isServed(version: string, registered: string): boolean {
  const [[major = 0, minor = 0], [ownMajor = 0, ownMinor = 0]] = [numbersOf(version), numbersOf(registered)];
  return major === ownMajor && minor <= ownMinor;
}

/** `8.17.0` as numbers; of a range, those of its first version. */
export function numbersOf(version: string): readonly number[] {
  return (version.match(/\d+/g) ?? []).map(Number);
}
