import { ConfigurationError } from '../errors.js';
import type { RawValue } from './sources.js';
import type { Setting } from './settings.js';

/** Values that people write for yes and no. */
const YES = new Set(['true', '1', 'yes', 'on']);
const NO = new Set(['false', '0', 'no', 'off', '']);

export type Parsed = string | number | boolean | readonly string[];

/** @throws ConfigurationError naming the setting, what was expected and (unless secret) what was got. */
export function parseSetting(setting: Setting, raw: RawValue): Parsed {
  switch (setting.kind) {
    case 'text':
      return expectText(setting, raw);
    case 'url':
      return parseUrl(setting, raw);
    case 'boolean':
      return parseBoolean(setting, raw);
    case 'integer':
      return parseInteger(setting, raw);
    case 'list':
      return parseList(setting, raw);
    case 'choice':
      return parseChoice(setting, raw);
  }
}

function wrong(setting: Setting, raw: RawValue, expected: string): ConfigurationError {
  const got = setting.secret || setting.kind === 'url' ? '' : `, not ${JSON.stringify(raw.value)}`;
  return new ConfigurationError(`${raw.origin} must be ${expected}${got}.`);
}

function expectText(setting: Setting, raw: RawValue): string {
  if (typeof raw.value !== 'string') throw wrong(setting, raw, 'text');
  return raw.value;
}

function parseUrl(setting: Setting, raw: RawValue): string {
  const text = expectText(setting, raw);
  if (text === '' && setting.default === '') return text;
  // NOTE: a url may hold a password, so the value is never repeated in the message.
  if (!isHttpAddress(text)) throw wrong(setting, raw, 'an http:// or https:// address');
  return text;
}

export function isHttpAddress(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

function parseBoolean(setting: Setting, raw: RawValue): boolean {
  if (typeof raw.value === 'boolean') return raw.value;
  const text = typeof raw.value === 'string' ? raw.value.trim().toLowerCase() : '?';
  if (YES.has(text)) return true;
  if (NO.has(text)) return false;
  throw wrong(setting, raw, 'true or false');
}

function parseInteger(setting: Setting, raw: RawValue): number {
  const text = String(raw.value).trim();
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  const least = setting.least ?? 0;
  if (!(value >= least)) throw wrong(setting, raw, `a whole number of at least ${least}`);
  return value;
}

function parseList(setting: Setting, raw: RawValue): readonly string[] {
  const { value } = raw;
  const items = typeof value === 'string' ? value.split(',') : value;
  if (!Array.isArray(items) || items.some((item) => typeof item !== 'string')) {
    throw wrong(setting, raw, 'a comma-separated list');
  }
  return (items as string[]).map((item) => item.trim()).filter((item) => item !== '');
}

function parseChoice(setting: Setting, raw: RawValue): string {
  const choices = setting.choices ?? [];
  if (typeof raw.value !== 'string' || !choices.includes(raw.value)) {
    throw wrong(setting, raw, `one of ${choices.join(', ')}`);
  }
  return raw.value;
}
