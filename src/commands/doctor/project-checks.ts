import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { agentsOf, openTelemetryOf, unseenDatabasesOf } from '../project/libraries.js';
import { preloadsOf } from '../project/node-options.js';
import type { Preload } from '../project/node-options.js';
import { PACKAGE_MANAGERS, readManifest, upwards } from '../project/project.js';
import type { Project } from '../project/project.js';
import { failure, good, skipped, warning } from './check.js';
import type { Check, Verdict } from './check.js';

const OWN_NAME = 'audit-register';
const OWN_ROOT = join(__dirname, '../../..');
const API = '@opentelemetry/api';
/** Source: package.json, peerDependencies. */
const OLDEST_PG = [8, 17] as const;

interface Copy {
  readonly directory: string;
  readonly version: string;
}

/** What of the project may stand in the way: how it is started, and what else instruments it. */
export function projectChecks(
  project: Project | undefined,
  env: NodeJS.ProcessEnv,
  cwd: string,
): readonly Check[] {
  const checks: [name: string, check: (project: Project) => Verdict][] = [
    ['preload', (found) => checkPreload(found, env)],
    ['other preloads', () => checkOthers(preloadsOf(env['NODE_OPTIONS'] ?? ''), cwd)],
    ['OpenTelemetry', checkOpenTelemetry],
    ['database driver', checkDriver],
  ];
  const none = skipped(`no package.json in ${cwd}: run it where the application is started`);
  return checks.map(([name, check]) => ({
    name,
    run: () => (project === undefined ? none : check(project)),
  }));
}

function checkPreload({ directory, manifest, packageManager }: Project, env: NodeJS.ProcessEnv): Verdict {
  const fromHere = resolveFrom(directory, OWN_NAME);
  if (fromHere === undefined)
    return failure(
      `${OWN_NAME} cannot be loaded from ${directory}`,
      `${PACKAGE_MANAGERS[packageManager].add} ${OWN_NAME}`,
    );
  const other = otherVersion(fromHere);
  if (other !== undefined)
    return warning(
      `this is version ${ownVersion()}, and the project loads ${other}`,
      `run its own: ${PACKAGE_MANAGERS[packageManager].run} ${OWN_NAME} doctor`,
    );
  const isOwn = ({ module }: Preload): boolean => isOurs(module, directory);
  if (preloadsOf(env['NODE_OPTIONS'] ?? '').some(isOwn)) return good('NODE_OPTIONS loads it');
  const scripts = Object.entries(manifest.scripts).filter(([, script]) => preloadsOf(script).some(isOwn));
  if (scripts.length > 0)
    return good(`loaded by the scripts ${scripts.map(([name]) => name).join(', ')} of package.json`);
  return warning(
    'neither NODE_OPTIONS here nor a script of package.json loads it',
    `start the application with \`node --require ${OWN_NAME} …\` (see \`${OWN_NAME} init\`)`,
  );
}

/** What is loaded before ours has its modules loaded before anybody watches them. */
function checkOthers(preloads: readonly Preload[], cwd: string): Verdict {
  const missing = preloads.filter(({ module }) => resolveFrom(cwd, module) === undefined);
  if (missing.length > 0)
    return failure(
      `NODE_OPTIONS names ${namesOf(missing)}, which cannot be found from ${cwd}`,
      'no process starts with it; mend NODE_OPTIONS',
    );
  const order = { require: 0, import: 1, loader: 2 };
  const loaded = preloads.toSorted((one, other) => order[one.option] - order[other.option]);
  const own = loaded.findIndex(({ module }) => isOurs(module, cwd));
  const before = loaded.slice(0, own === -1 ? loaded.length : own);
  const loader = loaded.find(({ option }) => option === 'loader');
  if (own !== -1 && before.length > 0)
    return warning(
      `${namesOf(before)} is loaded before ${OWN_NAME}, and what it loads is not watched`,
      `put \`--require ${OWN_NAME}\` first (--require comes before --import)`,
    );
  if (loader !== undefined)
    return warning(
      `the loader ${namesOf([loader])} changes modules in a thread of its own`,
      'see that requests and queries are recorded: `audit-register tail`',
    );
  const others = loaded.filter(({ module }) => !isOurs(module, cwd));
  if (others.length === 0) return good('none');
  return good(own === -1 ? namesOf(others) : `${namesOf(others)}, after ${OWN_NAME}`);
}

/** NOTE: a module may be a whole program in an address. */
function namesOf(preloads: readonly Preload[]): string {
  return preloads.map(({ module }) => module.replace(/^data:.*/s, 'data:…')).join(', ');
}

function checkOpenTelemetry(project: Project): Verdict {
  const agents = agentsOf(project);
  if (agents.length > 0)
    return warning(
      `${agents.join(', ')} patches the same modules`,
      `load ${OWN_NAME} first, and see that requests and queries are recorded`,
    );
  const own = installedApi(OWN_ROOT)[0];
  const copies = installedApi(project.directory);
  const versions = [...new Set(copies.map(({ version }) => version))];
  const unfit = versions.filter((version) => own !== undefined && !isServed(version, own.version));
  const sdks = openTelemetryOf(project);
  if (unfit.length > 0 && sdks.length === 0)
    return warning(
      `${API} ${unfit.join(', ')} does not see what is registered by ${own?.version}, so spans of the application's code are lost`,
      `install ${API} ${own?.version}`,
    );
  const copiesSay = versions.length === 0 ? 'no other copy of its API' : `API ${versions.join(', ')}`;
  return good(
    sdks.length === 0
      ? `no SDK of the application's own, ${copiesSay}`
      : `${sdks.join(', ')} is joined at the first request, ${copiesSay}`,
  );
}

/** Whether code that uses one version of the API sees what another one has registered. Source: its internal/semver. */
function isServed(version: string, registered: string): boolean {
  const [[major = 0, minor = 0], [ownMajor = 0, ownMinor = 0]] = [numbersOf(version), numbersOf(registered)];
  return major === ownMajor && minor <= ownMinor;
}

function checkDriver(project: Project): Verdict {
  const unseen = unseenDatabasesOf(project);
  const version = project.versionOf('pg');
  if (unseen.length > 0)
    return warning(
      `statements of ${unseen.join(', ')} are not seen${version === undefined ? '' : `, those of pg ${version} are`}`,
      'see docs/limits.md',
    );
  if (version === undefined) return skipped('this project does not ask for pg');
  const [major = 0, minor = 0] = numbersOf(version);
  const isOld = major < OLDEST_PG[0] || (major === OLDEST_PG[0] && minor < OLDEST_PG[1]);
  return isOld
    ? failure(
        `pg ${version} is too old`,
        `${PACKAGE_MANAGERS[project.packageManager].add} pg@^${OLDEST_PG.join('.')}`,
      )
    : good(`pg ${version}`);
}

/** Copies of the API that code of a project may get: at the top, below other packages, and in pnpm's store. */
function installedApi(directory: string): readonly Copy[] {
  const copies = new Map<string, Copy>();
  for (const modules of upwards(directory).map((above) => join(above, 'node_modules'))) {
    for (const place of [modules, ...nestedModules(modules)]) {
      const path = join(place, API);
      const version = existsSync(path) ? readManifest(join(path, 'package.json'))?.['version'] : undefined;
      if (typeof version === 'string') copies.set(realPath(path), { directory: path, version });
    }
  }
  return [...copies.values()];
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

/** NOTE: as a file would from there; an address is none of ours to load. */
function resolveFrom(directory: string, module: string): string | undefined {
  if (/^(data|https?):/.test(module)) return module;
  try {
    const path = module.startsWith('file:') ? new URL(module).pathname : module;
    return createRequire(join(directory, 'package.json')).resolve(path);
  } catch {
    return undefined;
  }
}

function isOurs(module: string, directory: string): boolean {
  if (module === OWN_NAME) return true;
  const path = resolveFrom(directory, module);
  return path !== undefined && realPath(path) === realPath(join(OWN_ROOT, 'dist/register.js'));
}

function otherVersion(entry: string): string | undefined {
  if (realPath(entry) === realPath(join(OWN_ROOT, 'dist/register.js'))) return undefined;
  const version = readManifest(join(entry, '../../package.json'))?.['version'];
  return typeof version === 'string' && version !== ownVersion() ? version : undefined;
}

function ownVersion(): string {
  return String(readManifest(join(OWN_ROOT, 'package.json'))?.['version']);
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function numbersOf(version: string): readonly number[] {
  return (version.match(/\d+/g) ?? []).map(Number);
}
