import { join } from 'node:path';

/** What surrounds a measured process. */
export interface Surroundings {
  readonly clickhouseUrl: string;
  readonly otlpUrl: string;
  readonly issuerUrl: string;
}

export interface Variant {
  readonly title: string;
  /** CommonJS file for `--require`. */
  readonly preload?: string;
  readonly env?: (surroundings: Surroundings) => Readonly<Record<string, string>>;
  /** What it sends, and therefore must have arrived. */
  readonly sends: 'nothing' | 'spans' | 'records';
  /** Records statements that only read, too. */
  readonly recordsReads?: boolean;
}

export type VariantName = 'bare' | 'otel-noop' | 'otel-otlp' | 'audit' | 'audit-reads';

const preload = (file: string): string => join(import.meta.dirname, file);

const audit: Variant = {
  title: 'audit-register',
  preload: preload('audit-register.cjs'),
  sends: 'records',
  env: ({ clickhouseUrl, issuerUrl }) => ({
    AUDIT_REGISTER_CLICKHOUSE_URL: clickhouseUrl,
    AUDIT_REGISTER_JWT_JWKS_URL: `${issuerUrl}/.well-known/jwks.json`,
    AUDIT_REGISTER_JWT_ISSUER: issuerUrl,
    AUDIT_REGISTER_JWT_AUDIENCE: 'shop',
    // Nothing may be lost while it is measured; the default is 64 MiB.
    AUDIT_REGISTER_QUEUE_MAX_BYTES: String(2 ** 30),
  }),
};

export const VARIANTS: Readonly<Record<VariantName, Variant>> = {
  bare: { title: 'bare Node.js', sends: 'nothing' },
  'otel-noop': {
    title: 'OpenTelemetry, no-op processor',
    preload: preload('opentelemetry-noop.cjs'),
    sends: 'nothing',
  },
  'otel-otlp': {
    title: 'OpenTelemetry, batches by OTLP',
    preload: preload('opentelemetry-otlp.cjs'),
    sends: 'spans',
    env: ({ otlpUrl }) => ({ OTEL_EXPORTER_OTLP_ENDPOINT: otlpUrl }),
  },
  audit,
  'audit-reads': {
    ...audit,
    title: 'audit-register, reads recorded',
    recordsReads: true,
    env: (surroundings) => ({ ...audit.env?.(surroundings), AUDIT_REGISTER_CAPTURE_READS: 'true' }),
  },
};

/** The two that every ratio is made with. */
export const BASE: VariantName = 'bare';
export const RIVAL: VariantName = 'otel-otlp';
