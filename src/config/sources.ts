import { existsSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { extname, join, resolve } from 'node:path';
import { ConfigurationError, messageOf } from '../errors.js';
import { nearest } from './nearest.js';
import { FILE_ONLY_KEYS, PREFIX, SETTINGS } from './settings.js';
import type { Setting } from './settings.js';

/** Where a value comes from. */
export type ValueSource = 'environment' | 'secret file' | 'configuration file' | 'default';

/** A value before it is parsed, and where it was found, for messages. */
export interface RawValue {
  readonly value: unknown;
  readonly origin: string;
  readonly source: ValueSource;
}

/** The configuration file; `path` is empty where there is none. */
export interface ConfigurationFile {
  readonly path: string;
  readonly content: object;
}

/** Names of the configuration file, the first that is there counts. */
export const CONFIG_FILES: readonly string[] = ['js', 'cjs', 'mjs', 'json'].map(
  (extension) => `audit-register.config.${extension}`,
);

/** All names that the environment may hold, `CONFIG` and the `_FILE` forms of secrets included. */
function knownVariables(): Set<string> {
  const known = new Set([`${PREFIX}CONFIG`]);
  for (const setting of SETTINGS as readonly Setting[]) {
    known.add(PREFIX + setting.variable);
    if (setting.secret) known.add(`${PREFIX}${setting.variable}_FILE`);
  }
  return known;
}

/** @throws ConfigurationError for a name that is no setting, with the nearest one that is. */
export function refuseUnknownVariables(env: NodeJS.ProcessEnv): void {
  const known = knownVariables();
  for (const name of Object.keys(env)) {
    if (!name.startsWith(PREFIX) || known.has(name)) continue;
    const near = nearest(name, known);
    throw new ConfigurationError(
      `${name} is not a setting${near === undefined ? '' : `; did you mean ${near}?`} Remove it or correct the name (README.md lists them all).`,
    );
  }
}

/** The value of a setting in the environment, read from its `_FILE` where that form is used. */
export function fromEnvironment(setting: Setting, env: NodeJS.ProcessEnv): RawValue | undefined {
  const variable = PREFIX + setting.variable;
  const direct = env[variable];
  const path = setting.secret ? env[`${variable}_FILE`] : undefined;
  if (direct !== undefined && path !== undefined) {
    throw new ConfigurationError(`${variable} and ${variable}_FILE are both set; remove one of them.`);
  }
  if (path !== undefined) {
    const name = `${variable}_FILE`;
    return { value: readSecret(path, name), origin: name, source: 'secret file' };
  }
  return direct === undefined ? undefined : { value: direct, origin: variable, source: 'environment' };
}

/** The value of a setting: environment over file over default. */
export function findValue(setting: Setting, env: NodeJS.ProcessEnv, file: ConfigurationFile): RawValue {
  const fromEnv = fromEnvironment(setting, env);
  if (fromEnv !== undefined) return fromEnv;
  const value = atPath(file.content, setting.key);
  if (value !== undefined)
    return { value, origin: `"${setting.key}" in ${file.path}`, source: 'configuration file' };
  return { value: setting.default, origin: `the default of ${setting.variable}`, source: 'default' };
}

function readSecret(path: string, variable: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    throw new ConfigurationError(`${variable} names a file that cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** The configuration file as an object; empty when there is none. */
export function readConfigFile(env: NodeJS.ProcessEnv, cwd: string): ConfigurationFile {
  const named = env[`${PREFIX}CONFIG`];
  const path =
    named === undefined || named === ''
      ? CONFIG_FILES.map((file) => join(cwd, file)).find((file) => existsSync(file))
      : resolve(cwd, named);
  if (path === undefined) return { path: '', content: {} };
  const content = loadFile(path);
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new ConfigurationError(`The configuration file ${path} must hold an object.`);
  }
  refuseUnknownKeys(content, path);
  return { path, content };
}

function loadFile(path: string): unknown {
  try {
    if (statSync(path).isDirectory()) throw new Error('it is a directory');
    if (extname(path) === '.json') return parseJson(readFileSync(path, 'utf8'));
    const loaded = createRequire(path)(path) as { default?: unknown };
    return loaded !== null && typeof loaded === 'object' && 'default' in loaded ? loaded.default : loaded;
  } catch (error) {
    throw new ConfigurationError(
      `The configuration file ${path} (${PREFIX}CONFIG) cannot be read: ${messageOf(error)}`,
      { cause: error },
    );
  }
}

/** NOTE: what the parser says quotes the text, and that may hold secrets; so it is no cause of the error either. */
function parseJson(text: string): unknown {
  let place = '';
  try {
    return JSON.parse(text);
  } catch (error) {
    place = / at position \d+(?: \(line \d+ column \d+\))?/.exec(messageOf(error))?.[0] ?? '';
  }
  throw new Error(`it is no valid JSON${place}`);
}

function refuseUnknownKeys(content: object, path: string): void {
  const known = new Set<string>([...SETTINGS.map((setting) => setting.key), ...FILE_ONLY_KEYS]);
  for (const key of leafKeys(content, '', known)) {
    if (known.has(key)) continue;
    const near = nearest(key, known);
    throw new ConfigurationError(
      `${path}: "${key}" is not a setting${near === undefined ? '' : `; did you mean "${near}"?`}`,
    );
  }
}

function* leafKeys(value: object, prefix: string, known: Set<string>): Generator<string> {
  for (const [name, child] of Object.entries(value)) {
    const key = prefix + name;
    const isBranch = typeof child === 'object' && child !== null && !Array.isArray(child) && !known.has(key);
    if (isBranch) yield* leafKeys(child as object, `${key}.`, known);
    else yield key;
  }
}

/** The value at a dotted path, own properties only. */
export function atPath(content: object, key: string): unknown {
  let value: unknown = content;
  for (const part of key.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string, unknown>)[part];
  }
  return value;
}
