import { Buffer } from 'node:buffer';
import { ConfigurationError } from '../errors.js';
import type { OtlpConfig } from './config.js';
import type { Values } from './load.js';

/** Source: OpenTelemetry protocol exporter, "Endpoint URLs for OTLP/HTTP". */
const SIGNAL_PATH = '/v1/logs';

/** Source: RFC 9110 section 5.6.2, a field name is a token. */
const FIELD_NAME = /^[!#$%&'*+.^_`|~\w-]+$/;
/** Visible characters, spaces and tabs of one byte: anything else could end the header, or is refused by Node.js. */
const FIELD_VALUE = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;

/** Those that say what the request is. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** @throws ConfigurationError naming the setting that is wrong; it never repeats what it found there. */
export function readOtlp(values: Values): OtlpConfig {
  const url = new URL(values.text('otlp.endpoint'));
  if (url.search !== '' || url.hash !== '') {
    throw new ConfigurationError(
      'AUDIT_REGISTER_OTLP_ENDPOINT must not have a query or a fragment (`?…`, `#…`); keys go into AUDIT_REGISTER_OTLP_HEADERS.',
    );
  }
  const headers = { ...credentialsOf(url), ...readHeaders(values.text('otlp.headers')) };
  url.username = '';
  url.password = '';
  const path = url.pathname.replace(/\/+$/, '');
  url.pathname = path.endsWith(SIGNAL_PATH) ? path : path + SIGNAL_PATH;
  return {
    url: url.href,
    headers,
    timeoutMillis: values.number('otlp.timeoutMillis'),
    compression: values.text('otlp.compression') as OtlpConfig['compression'],
  };
}

/** User and password in the address go where HTTP has them. */
function credentialsOf({ username, password }: URL): Record<string, string> {
  if (username === '' && password === '') return {};
  const decoded = `${decode(username, 'AUDIT_REGISTER_OTLP_ENDPOINT')}:${decode(password, 'AUDIT_REGISTER_OTLP_ENDPOINT')}`;
  return { authorization: `Basic ${Buffer.from(decoded).toString('base64')}` };
}

/**
 * `name=value,name=value`, percent-encoded.
 * Source: OpenTelemetry protocol exporter, "Specifying headers via environment variables".
 */
function readHeaders(text: string): Record<string, string> {
  const headers = new Map<string, string>();
  for (const [index, entry] of text.split(',').entries()) {
    if (entry.trim() === '') continue;
    const place = `entry ${index + 1} of AUDIT_REGISTER_OTLP_HEADERS`;
    const at = entry.indexOf('=');
    if (at === -1) throw wrongHeader(place, 'has no "="; write name=value');
    const name = decode(entry.slice(0, at).trim(), place).toLowerCase();
    const value = decode(entry.slice(at + 1).trim(), place);
    if (!FIELD_NAME.test(name)) throw wrongHeader(place, 'has a name that is no name of a header');
    if (OWN_HEADERS.has(name)) throw wrongHeader(place, `sets ${name}, which audit-register sets itself`);
    if (!FIELD_VALUE.test(value))
      throw wrongHeader(place, 'has a value with line breaks or other characters that no header may have');
    headers.set(name, value);
  }
  // NOTE: a header may well be called __proto__.
  return Object.fromEntries(headers);
}

function decode(part: string, place: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw wrongHeader(place, 'has a stray %; write % as %25');
  }
}

/** NOTE: neither the text nor an error that may quote it goes along: it is a secret. */
function wrongHeader(place: string, what: string): ConfigurationError {
  return new ConfigurationError(
    `${place} ${what} (they are separated by commas, a comma in a value is %2C).`.replace(/^e/, 'E'),
  );
}
