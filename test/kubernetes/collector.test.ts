import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { ROOT, envOf, readKustomization, readManifests } from './manifests.ts';
import type { PodSpec } from './manifests.ts';

const COLLECTOR = join(ROOT, 'collector');
const MEBIBYTE = 1_048_576;

const { configMapGenerator = [] } = readKustomization('../../collector');
const files = configMapGenerator.flatMap(({ files }) => [...files]);
const texts = files.map((file) => readFileSync(join(COLLECTOR, file), 'utf8'));
const manifest = readManifests().find(
  ({ folder, manifest }) => folder === 'collector' && manifest.kind === 'StatefulSet',
)?.manifest;
const pod = manifest?.spec.template.spec as PodSpec;
const container = pod.containers[0];
const env = envOf(container);

/** `${env:NAME}` and `${env:NAME:-default}`. */
const VARIABLE = /\$\{env:(\w+)(?::-([^}]*))?\}/g;
const variables = texts.flatMap((text) =>
  [...text.matchAll(VARIABLE)].map(([, name = '', fallback]) => ({ name, fallback })),
);

interface Protocol {
  readonly endpoint: string;
  readonly auth: { readonly authenticator: string };
  readonly tls: { readonly cert_file: string; readonly key_file: string };
}

/** What of it is looked at here. */
interface CollectorConfig {
  readonly extensions: {
    readonly file_storage: { readonly directory: string; readonly fsync: boolean };
    readonly health_check: { readonly endpoint: string };
    readonly bearertokenauth: { readonly filename: string };
  };
  readonly receivers: {
    readonly otlp: { readonly protocols: { readonly http: Protocol; readonly grpc: Protocol } };
  };
  readonly processors: { readonly memory_limiter: { readonly limit_mib: number } };
  readonly exporters: { readonly clickhouse: { readonly sending_queue: { readonly queue_size: number } } };
  readonly service: {
    readonly telemetry: {
      readonly metrics: {
        readonly readers: readonly {
          readonly pull: {
            readonly exporter: { readonly prometheus: { readonly host: string; readonly port: number } };
          };
        }[];
      };
    };
  };
}

/** As the collector reads it: the later file over the earlier one, variables replaced. */
function readConfig(): CollectorConfig {
  const resolved = texts.map(
    (text) =>
      parse(text.replace(VARIABLE, (_, name: string, fallback = '') => env[name] || fallback)) as Record<
        string,
        unknown
      >,
  );
  return resolved.reduce(merge, {}) as unknown as CollectorConfig;
}

function merge(one: Record<string, unknown>, other: Record<string, unknown>): Record<string, unknown> {
  const both = Object.entries(other).map(([name, value]) => {
    const before = one[name];
    return [name, isMap(before) && isMap(value) ? merge(before, value) : value];
  });
  return { ...one, ...Object.fromEntries(both) };
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const portOf = (endpoint: string) => Number(/:(\d+)$/.exec(endpoint)?.[1]);
const isOpen = (endpoint: string) => endpoint.startsWith('0.0.0.0:');

describe('The collector in Kubernetes', () => {
  const config = readConfig();

  test('reads the files of collector/, by the names under which they are mounted', () => {
    expect(files).toEqual(['config.yaml', 'gateway.yaml']);
    for (const file of files) expect(existsSync(join(COLLECTOR, file))).toBe(true);
    expect(container?.args).toEqual(files.map((file) => `--config=/etc/audit-register-collector/${file}`));
    expect(pod.volumes?.find(({ configMap }) => configMap !== undefined)?.configMap?.name).toBe(
      configMapGenerator[0]?.name,
    );
  });

  test('is given variables that its configuration reads, and all that have no default', () => {
    const given = Object.keys(env).filter((name) => name.startsWith('AUDIT_COLLECTOR_'));
    expect(given.length).toBeGreaterThan(8);
    const known = new Set(variables.map(({ name }) => name));
    expect(given.filter((name) => !known.has(name))).toEqual([]);
    const needed = variables.filter(({ fallback }) => fallback === undefined).map(({ name }) => name);
    expect(needed.filter((name) => !given.includes(name))).toEqual([]);
  });

  test('has the ports on which its configuration listens, open to the pods around it', () => {
    const { http, grpc } = config.receivers.otlp.protocols;
    const health = config.extensions.health_check.endpoint;
    const { host, port } = config.service.telemetry.metrics.readers[0]?.pull.exporter.prometheus ?? {};
    const ports = Object.fromEntries(
      (container?.ports ?? []).map(({ name, containerPort }) => [name, containerPort]),
    );
    expect(ports).toEqual({
      'otlp-http': portOf(http.endpoint),
      'otlp-grpc': portOf(grpc.endpoint),
      health: portOf(health),
      metrics: Number(port),
    });
    for (const endpoint of [http.endpoint, grpc.endpoint, health, `${host}:${port}`])
      expect(isOpen(endpoint), endpoint).toBe(true);
  });

  test('asks for a token and speaks TLS, with the files of its secrets', () => {
    const { http, grpc } = config.receivers.otlp.protocols;
    for (const protocol of [http, grpc]) {
      expect(protocol.auth.authenticator).toBe('bearertokenauth');
      expect(protocol.tls.cert_file).toBe('/run/secrets/audit-collector-tls/tls.crt');
      expect(protocol.tls.key_file).toBe('/run/secrets/audit-collector-tls/tls.key');
    }
    expect(config.extensions.bearertokenauth.filename).toBe('/run/secrets/audit-collector/token');
  });

  test('has its queue on its volume, which holds it twice', () => {
    const { directory, fsync } = config.extensions.file_storage;
    const mount = container?.volumeMounts?.find(({ name }) => name === 'queue')?.mountPath ?? 'none';
    expect(directory.startsWith(`${mount}/`)).toBe(true);
    expect(fsync).toBe(true);
    const storage = String(manifest?.spec.volumeClaimTemplates[0].spec.resources.requests.storage);
    expect(storage).toMatch(/^\d+Gi$/);
    const bytes = Number.parseInt(storage, 10) * 1024 * MEBIBYTE;
    expect(config.exporters.clickhouse.sending_queue.queue_size * 2).toBeLessThanOrEqual(bytes);
  });

  test('refuses what is too much before its container is killed for it', () => {
    const limit = Number.parseInt(container?.resources?.limits?.['memory'] ?? '', 10);
    expect(container?.resources?.limits?.['memory']).toBe(`${limit}Mi`);
    expect(config.processors.memory_limiter.limit_mib).toBeLessThanOrEqual(limit * 0.75);
  });
});
