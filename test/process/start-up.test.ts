import { expect, test } from 'vitest';
import { useInstallation } from './launch.ts';

const installation = useInstallation();

interface Loaded {
  readonly packages: readonly string[];
  readonly builtins: readonly string[];
  readonly files: number;
}

async function loadedAtFirstLine(env: Readonly<Record<string, string>> = {}): Promise<Loaded> {
  const { code, stdout, stderr } = await installation().launch('loads.cjs', { env }).ended;
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as Loaded;
}

test('No application waits at its start for what reads tokens or statements, speaks to the store, or brings TLS', async () => {
  const { packages, builtins, files } = await loadedAtFirstLine({
    AUDIT_REGISTER_SINK: 'clickhouse',
    AUDIT_REGISTER_INSTRUMENTATIONS: 'none',
  });
  expect(packages).toEqual([]);
  expect(builtins).toContain('http');
  expect(builtins.filter((name) => ['https', 'http2', 'tls'].includes(name))).toEqual([]);
  expect(files).toBeLessThan(20);
});

test('Where traces are exported, OpenTelemetry comes from its packages', async () => {
  const { packages } = await loadedAtFirstLine({ OTEL_TRACES_EXPORTER: 'otlp' });
  expect(packages).toContain('@opentelemetry/instrumentation-pg');
});
