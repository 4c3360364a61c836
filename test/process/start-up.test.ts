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

test('No application waits at its start for what reads tokens or speaks to the store', async () => {
  const { packages } = await loadedAtFirstLine({ AUDIT_REGISTER_SINK: 'clickhouse' });
  expect(packages).toContain('@opentelemetry/api');
  expect(packages).not.toContain('jose');
  expect(packages).not.toContain('@clickhouse/client');
});
