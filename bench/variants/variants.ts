import { join } from 'node:path';

/** What surrounds a measured process. */
export interface Surroundings {
  readonly clickhouseUrl: string;
  readonly otlpUrl: string;
  readonly issuerUrl: string;
  /** A private key for signatures, as PEM. */
  readonly signingKey: string;
  /** Marks what the process sends. */
  readonly instance: string;
}

/** Where what a variant sends must have arrived: nowhere, or at one of the sinks that are counted. */
export type Sends = 'nothing' | 'spans' | 'records' | 'events' | 'wide-events';

export interface Variant {
  readonly title: string;
  /** CommonJS file for `--require`. */
  readonly preload?: string;
  readonly env?: (surroundings: Surroundings) => Readonly<Record<string, string>>;
  readonly sends: Sends;
  /** Records statements that only read, too. */
  readonly recordsReads?: boolean;
  /** Records bodies, where the application has any. */
  readonly recordsBodies?: boolean;
}

export type VariantName = keyof typeof VARIANTS;

const preload = (file: string): string => join(import.meta.dirname, file);
const rival = (file: string): string => join(import.meta.dirname, '../rivals', file);

const audit: Variant = {
  title: 'audit-register',
  preload: preload('audit-register.cjs'),
  sends: 'records',
  env: ({ clickhouseUrl, issuerUrl }) => ({
    AUDIT_REGISTER_CAPTURE: 'lean',
    AUDIT_REGISTER_INSTRUMENTATIONS: 'none',
    AUDIT_REGISTER_CLICKHOUSE_URL: clickhouseUrl,
    AUDIT_REGISTER_JWT_JWKS_URL: `${issuerUrl}/.well-known/jwks.json`,
    AUDIT_REGISTER_JWT_ISSUER: issuerUrl,
    AUDIT_REGISTER_JWT_AUDIENCE: 'shop',
    // Nothing may be lost while it is measured; the default is 64 MiB.
    AUDIT_REGISTER_QUEUE_MAX_BYTES: String(2 ** 30),
  }),
};

const postgresEvents: Variant = {
  title: 'middleware that inserts into PostgreSQL',
  preload: rival('postgres-events.cjs'),
  sends: 'events',
  env: ({ issuerUrl }) => ({ RIVAL_ISSUER_URL: issuerUrl }),
};

const evlog: Variant = {
  title: 'evlog, batches to ClickHouse',
  preload: rival('evlog.cjs'),
  sends: 'wide-events',
  env: ({ issuerUrl, clickhouseUrl, instance }) => ({
    RIVAL_ISSUER_URL: issuerUrl,
    RIVAL_CLICKHOUSE_URL: clickhouseUrl,
    RIVAL_INSTANCE: instance,
  }),
};

const SIGNED = 'audit-register, signed';

function varied(base: Variant, title: string, own: Readonly<Record<string, string>>): Variant {
  return { ...base, title, env: (surroundings) => ({ ...base.env?.(surroundings), ...own }) };
}

function signed(base: Variant, title: string): Variant {
  const env = (surroundings: Surroundings) => ({
    ...base.env?.(surroundings),
    AUDIT_REGISTER_SIGNING_KEY: surroundings.signingKey,
  });
  return { ...base, title, env };
}

const memory = varied(audit, 'audit-register, memory', { AUDIT_REGISTER_DELIVERY: 'memory' });
const writeAhead = varied(audit, 'audit-register, write-ahead', { AUDIT_REGISTER_DELIVERY: 'write-ahead' });

const ALL = {
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
    env: ({ otlpUrl }: Surroundings) => ({ OTEL_EXPORTER_OTLP_ENDPOINT: otlpUrl }),
  },
  audit,
  'audit-instrumentation': varied(audit, 'audit-register on instrumentations', {
    AUDIT_REGISTER_CAPTURE: 'instrumentation',
  }),
  'audit-reads': {
    ...varied(audit, 'audit-register, reads recorded', { AUDIT_REGISTER_CAPTURE_READS: 'true' }),
    recordsReads: true,
  },
  'audit-bodies': {
    ...varied(audit, 'audit-register, bodies recorded', {
      AUDIT_REGISTER_CONFIG: preload('bodies.config.cjs'),
    }),
    recordsBodies: true,
  },
  'audit-signed': signed(audit, SIGNED),
  'audit-memory': memory,
  'audit-memory-signed': signed(memory, `${SIGNED}, memory`),
  'audit-write-ahead': writeAhead,
  'audit-write-ahead-signed': signed(writeAhead, `${SIGNED}, write-ahead`),
  'postgres-events': postgresEvents,
  'postgres-events-bodies': {
    ...varied(postgresEvents, `${postgresEvents.title}, bodies recorded`, { RIVAL_BODIES: 'true' }),
    recordsBodies: true,
  },
  evlog,
  'evlog-bodies': {
    ...varied(evlog, `${evlog.title}, bodies recorded`, { RIVAL_BODIES: 'true' }),
    recordsBodies: true,
  },
} satisfies Readonly<Record<string, Variant>>;

export const VARIANTS: Readonly<Record<keyof typeof ALL, Variant>> = ALL;

/** The two that every ratio is made with. */
export const BASE: VariantName = 'bare';
export const RIVAL: VariantName = 'otel-otlp';
