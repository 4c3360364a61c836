import { messageOf } from '../errors.js';
import { FILE_ONLY_KEYS, PREFIX, SETTINGS } from './settings.js';
import type { Setting } from './settings.js';
import { atPath, findValue, readConfigFile } from './sources.js';
import type { ConfigurationFile, ValueSource } from './sources.js';

/** A setting as it may be shown to anybody. */
export interface ToldSetting {
  readonly key: string;
  /** Empty for what only the file can hold. */
  readonly variable: string;
  /** Secrets are masked. */
  readonly value: string;
  readonly source: ValueSource;
  /** The variable or the file it comes from; empty for a default. */
  readonly from: string;
}

export interface ToldSettings {
  /** Empty where there is none. */
  readonly file: string;
  readonly settings: readonly ToldSetting[];
  /** Every text that must never be shown. */
  readonly secrets: readonly string[];
  /** What of the sources could not be read. */
  readonly problems: readonly string[];
}

/** What stands for a secret. */
export const MASK = '••••••';

/**
 * Every setting with its source, also of a configuration that cannot be used. Nothing is checked here, and nothing is
 * thrown.
 */
export function tellSettings(env: NodeJS.ProcessEnv, cwd: string): ToldSettings {
  const problems: string[] = [];
  const secrets = new Set<string>();
  const file = orElse({ path: '', content: {} }, problems, () => readConfigFile(env, cwd));
  const settings = (SETTINGS as readonly Setting[]).flatMap((setting): ToldSetting[] => {
    const found = orElse(undefined, problems, () => findValue(setting, env, file));
    if (found === undefined) return [];
    const { source, value } = found;
    for (const secret of secretsOf(setting, textOf(value))) secrets.add(secret);
    const from = source === 'default' ? '' : source === 'configuration file' ? file.path : found.origin;
    const shown = masked(setting, textOf(value));
    return [{ key: setting.key, variable: PREFIX + setting.variable, value: shown, source, from }];
  });
  for (const secret of secretsOfIssuers(file)) secrets.add(secret);
  return {
    file: file.path,
    settings: [...settings, ...tellFileOnly(file)],
    secrets: [...secrets].sort((one, other) => other.length - one.length),
    problems: [...new Set(problems)],
  };
}

/** An address without what is secret in it: user, password and the values of its query. */
export function maskUrl(text: string): string {
  if (!URL.canParse(text)) return text === '' ? '' : MASK;
  const url = new URL(text);
  const credentials = url.password === '' ? url.username : `${url.username}:${MASK}`;
  const query = [...url.searchParams.keys()].map((name) => `${name}=${MASK}`).join('&');
  const place = `${url.host}${url.pathname === '/' ? '' : url.pathname}`;
  return `${url.protocol}//${credentials === '' ? '' : `${credentials}@`}${place}${query === '' ? '' : `?${query}`}`;
}

/** Takes passwords out of the addresses in any text. NOTE: what is taken for a path loses one of its slashes. */
export function maskPasswords(text: string): string {
  return text.replace(/(\/[^/\s:@"'`]*):[^/\s@"'`]+@/g, `$1:${MASK}@`);
}

function masked(setting: Setting, text: string): string {
  if (text === '') return '';
  if (setting.secret === true) return MASK;
  return setting.kind === 'url' ? maskUrl(text) : maskPasswords(text);
}

function secretsOf(setting: Setting, text: string): readonly string[] {
  if (text === '') return [];
  if (setting.secret === true) return [text];
  return setting.kind === 'url' ? secretsOfUrl(text) : [];
}

/** What of an address is secret, as it is written and as it is meant. */
export function secretsOfUrl(text: string): readonly string[] {
  if (!URL.canParse(text)) return [text];
  const url = new URL(text);
  const values = [...url.searchParams.values()];
  return [url.password, decoded(url.password), ...values].filter((secret) => secret !== '');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Of what the file alone can hold only its size is told. */
function tellFileOnly({ path, content }: ConfigurationFile): readonly ToldSetting[] {
  return FILE_ONLY_KEYS.flatMap((key) => {
    const value = atPath(content, key);
    if (value === undefined) return [];
    const shown = Array.isArray(value) ? `${value.length} in the file` : `a ${typeof value}`;
    return [{ key, variable: '', value: shown, source: 'configuration file', from: path }];
  });
}

function secretsOfIssuers({ content }: ConfigurationFile): readonly string[] {
  const issuers = atPath(content, 'jwt.issuers');
  if (!Array.isArray(issuers)) return [];
  return issuers.flatMap((issuer: unknown) => {
    if (typeof issuer !== 'object' || issuer === null) return [];
    const { jwksUrl, publicKey, secret } = issuer as Record<string, unknown>;
    const texts = [publicKey, secret].filter((text) => typeof text === 'string' && text !== '') as string[];
    return [...texts, ...(typeof jwksUrl === 'string' && jwksUrl !== '' ? secretsOfUrl(jwksUrl) : [])];
  });
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(String).join(',');
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}

function orElse<T>(otherwise: T, problems: string[], read: () => T): T {
  try {
    return read();
  } catch (error) {
    problems.push(messageOf(error));
    return otherwise;
  }
}
