import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, parse } from 'node:path';
import type { TracerProvider } from '@opentelemetry/api';
import type { Log } from '../../log.js';
import { ConfigurationError, messageOf } from '../../errors.js';

const SCOPE = '@opentelemetry/';
const PREFIX = 'instrumentation-';
const SETTING = 'AUDIT_REGISTER_INSTRUMENTATIONS';

/** Instrumentations of databases, which `auto` loads where the application has them. */
const DATABASES = new Set(
  `mysql2 mysql mongodb redis redis-4 ioredis tedious oracledb cassandra-driver memcached`.split(' '),
);
/** Without these an act outside of any request has no span. */
const OPTIONS: Readonly<Record<string, object>> = {
  mongodb: { requireParentSpan: false },
  ioredis: { requireParentSpan: false },
};

/** What of an instrumentation is used, whichever version it has. */
interface Instrumentation {
  setTracerProvider(provider: TracerProvider): void;
}

type InstrumentationClass = new (options: object) => Instrumentation;

/**
 * Loads instrumentations that the application has installed: they are resolved from its directory, none of them is ours.
 *
 * @param wanted `auto`, `none`, or their names.
 * @returns Names of their tracers.
 * @throws ConfigurationError where one that was named cannot be loaded.
 */
export function loadInstrumentations(
  wanted: readonly string[],
  provider: TracerProvider,
  log: Log,
  from: readonly string[] = applicationDirectories(),
): ReadonlySet<string> {
  const loaded = new Set<string>();
  for (const name of namesOf(wanted, from)) {
    try {
      load(name, from).setTracerProvider(provider);
      loaded.add(name);
    } catch (error) {
      if (!isAuto(wanted)) throw error instanceof ConfigurationError ? error : unusable(name, error);
      log.warn(`${name} cannot be loaded, so its database is not recorded: ${messageOf(error)}`);
    }
  }
  return loaded;
}

function isAuto(wanted: readonly string[]): boolean {
  return wanted.length === 1 && wanted[0] === 'auto';
}

function namesOf(wanted: readonly string[], from: readonly string[]): readonly string[] {
  if (wanted.length === 0 || (wanted.length === 1 && wanted[0] === 'none')) return [];
  if (isAuto(wanted)) return installed(from);
  if (wanted.includes('auto') || wanted.includes('none')) {
    throw new ConfigurationError(`${SETTING} must be auto, none, or a list of names without these two.`);
  }
  return wanted.map((name) => (/[/@.]/.test(name) ? name : `${SCOPE}${PREFIX}${name}`));
}

/** NOTE: the folders are listed, because to resolve each of them would take longer where there are none. */
function installed(from: readonly string[]): readonly string[] {
  const found = new Set<string>();
  for (const folder of new Set(from.flatMap(foldersAbove))) {
    for (const name of entriesOf(join(folder, 'node_modules', SCOPE))) {
      if (name.startsWith(PREFIX) && DATABASES.has(name.slice(PREFIX.length))) found.add(`${SCOPE}${name}`);
    }
  }
  return [...found].sort();
}

function entriesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function foldersAbove(folder: string): readonly string[] {
  const folders = [folder];
  for (let at = folder; at !== parse(at).root; folders.push(at)) at = dirname(at);
  return folders;
}

/** Where the program stands, and where it was started. */
function applicationDirectories(): readonly string[] {
  const entry = process.argv[1];
  return entry === undefined ? [process.cwd()] : [dirname(entry), process.cwd()];
}

function load(name: string, from: readonly string[]): Instrumentation {
  const exported = requireFrom(name, from);
  const Class = Object.entries(exported).find(
    ([key, value]) => typeof value === 'function' && key.endsWith('Instrumentation'),
  )?.[1] as InstrumentationClass | undefined;
  if (Class === undefined) throw unusable(name, 'it exports no class of that kind');
  const options = OPTIONS[name.slice(SCOPE.length + PREFIX.length)] ?? {};
  return new Class(options);
}

function requireFrom(name: string, from: readonly string[]): object {
  for (const folder of from) {
    const require = createRequire(join(folder, 'application.js'));
    const path = resolved(require, name);
    if (path !== undefined) return require(path) as object;
  }
  throw new ConfigurationError(
    `${SETTING} names ${name}, which is not installed in ${from.join(' or ')}: install it there, or take it out of the list.`,
  );
}

function resolved(require: NodeJS.Require, name: string): string | undefined {
  try {
    return require.resolve(name);
  } catch {
    return undefined;
  }
}

function unusable(name: string, cause: unknown): ConfigurationError {
  return new ConfigurationError(
    `${SETTING} names ${name}, which is no instrumentation that can be loaded: ${typeof cause === 'string' ? cause : messageOf(cause)}`,
    { cause },
  );
}
