import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../process/condition.ts';
import { createItems } from '../process/items.ts';
import type { NodeVersion } from '../process/nodes.ts';
import { startPostgres } from '../support/postgres.ts';
import type { Postgres } from '../support/postgres.ts';
import { stageOf } from './dockerfile.ts';
import { FS_GROUP, USER, placeApplication, readLines, startInjected } from './injected.ts';
import { useTree } from './tree.ts';

/*
 * The injection of deploy/kubernetes without Kubernetes: the tree of the image, copied by the image's own command to where the
 * application sees it, and an application elsewhere that is started with nothing but NODE_OPTIONS. As another user where
 * the test is root. A volume is a directory with the owner and mode that kubelet gives to one (fsGroup).
 */
const tree = useTree();
let directory = '';
let mount = '';
let place = '';
let postgres: Postgres;
let runs = 0;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'audit-register-injected-'));
  chmodSync(directory, 0o755);
  mount = join(directory, 'audit-register');
  mkdirSync(mount);
  copyByImage(mount);
  place = placeApplication(directory);
  postgres = await startPostgres();
  await createItems(postgres.url);
});
afterAll(async () => {
  await postgres?.stop();
  rmSync(directory, { recursive: true, force: true });
});

/** What the init container does, `/autoinstrumentation` and `/audit-register` being where they are here. */
function copyByImage(target: string): void {
  const [, command = '[]'] = stageOf('preload').steps.find(([instruction]) => instruction === 'CMD') ?? [];
  const words = JSON.parse(command) as string[];
  expect(words.at(-1)).toBe('/audit-register');
  const [program = '', ...args] = words.map((word) =>
    word === '/audit-register' ? target : word.replace(/^\/autoinstrumentation/, tree()),
  );
  execFileSync(program, args);
}

/** An empty volume with fsGroup. */
function volume(): string {
  const path = join(directory, `volume-${(runs += 1)}`);
  mkdirSync(path);
  if (process.getuid?.() === 0) chownSync(path, 0, FS_GROUP);
  chmodSync(path, 0o2775);
  return path;
}

interface Visited {
  readonly body: string;
  readonly records: Record<string, unknown>[];
  readonly stderr: string;
  readonly spool: string;
}

/** One request with an INSERT, then SIGTERM as kubelet sends it. */
async function visit(
  file: string,
  env: Readonly<Record<string, string>>,
  node: NodeVersion = 24,
): Promise<Visited> {
  const spool = volume();
  const path = join(spool, 'records.jsonl');
  const app = await startInjected(
    place,
    file,
    {
      DATABASE_URL: postgres.url,
      AUDIT_REGISTER_SINK: 'file',
      AUDIT_REGISTER_FILE_PATH: path,
      AUDIT_REGISTER_SPOOL_DIR: join(spool, 'spool'),
      ...env,
    },
    node,
  );
  const response = await fetch(`${app.address}/orders`, { method: 'POST' });
  const body = await response.text();
  await until('both records', () => existsSync(path) && readLines(path).length === 2);
  app.child.kill('SIGTERM');
  const { code, stderr } = await app.ended;
  expect(code).toBe(0);
  return { body, records: readLines(path), stderr, spool };
}

const seen = ({ records }: Visited) =>
  records.map(
    ({ category, action, url_path }) => `${String(category)} ${String(action)} ${String(url_path)}`,
  );
const BOTH = ['db create /orders', 'http create /orders'];

/** As docs and manifests have it, the mount being elsewhere. */
const nodeOptions = () => `--require ${mount}/node_modules/audit-register`;

describe.each(['app.cjs', 'module/app.js'])('%s, which knows nothing of the register', (file) => {
  test.each([22, 24, 26] as const)('is recorded by NODE_OPTIONS alone on Node.js %i', async (node) => {
    const visited = await visit(file, { NODE_OPTIONS: nodeOptions() }, node);
    expect(seen(visited)).toEqual(BOTH);
    expect(visited.stderr).toBe('');
  });

  test('keeps what it has in NODE_OPTIONS itself', async () => {
    const own = `--max-old-space-size=512 --require ${place}/own-preload.cjs`;
    for (const both of [`${own} ${nodeOptions()}`, `${nodeOptions()} ${own}`]) {
      const visited = await visit(file, { NODE_OPTIONS: both });
      expect(visited.body).toBe('own preload');
      expect(seen(visited)).toEqual(BOTH);
    }
  });
});

test('The spool on a volume is for its user alone, though the volume is for its group', async () => {
  const { spool } = await visit('app.cjs', { NODE_OPTIONS: nodeOptions() });
  const stat = execFileSync('stat', ['--format=%u %a', join(spool, 'spool')], { encoding: 'utf8' }).trim();
  const user = process.getuid?.() === 0 ? USER : process.getuid?.();
  // The set-group-ID of the volume is inherited.
  expect(stat).toBe(`${user} 2700`);
});

describe('The OpenTelemetry Operator', () => {
  /** What it puts into a container. Source: opentelemetry-operator, internal/instrumentation/nodejs.go and sdk.go. */
  const OPERATOR_ENV = {
    OTEL_SERVICE_NAME: 'orders',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
    OTEL_PROPAGATORS: 'tracecontext,baggage',
    OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
    OTEL_TRACES_SAMPLER_ARG: '0',
    OTEL_RESOURCE_ATTRIBUTES: 'k8s.namespace.name=shop,k8s.pod.name=orders-0,service.version=1.2.3',
  };

  test.each([
    ['an init container', '.', 'autoinstrumentation.js'],
    ['an image volume', 'autoinstrumentation', 'autoinstrumentation/autoinstrumentation.js'],
  ])(
    'finds the preload where it looks for it by %s, and each request is recorded',
    async (_, inside, file) => {
      const target = mkdtempSync(join(directory, 'otel-auto-instrumentation-nodejs-'));
      chmodSync(target, 0o755);
      execFileSync('cp', ['-r', `${tree()}/.`, join(target, inside)]);
      const visited = await visit('app.cjs', {
        ...OPERATOR_ENV,
        NODE_OPTIONS: ` --require ${target}/${file}`,
      });
      expect(seen(visited)).toEqual(BOTH);
      expect(visited.records[0]).toMatchObject({ service_name: 'orders', service_version: '1.2.3' });
      expect(visited.stderr).toBe('');
    },
  );
});
