import { execFileSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { startStoreProxy } from '../delivery/store-proxy.ts';
import type { StoreProxy } from '../delivery/store-proxy.ts';
import { FS_GROUP, USER, endOf, placeApplication, spawnAsUser, startInjected } from '../package/injected.ts';
import { until } from '../process/condition.ts';
import { NODES } from '../process/nodes.ts';
import { useClickHouse } from '../support/clickhouse.ts';
import { ROOT, envOf, readPods } from './manifests.ts';

/*
 * What becomes of a spool in Kubernetes, without Kubernetes: pods are processes that are killed, volumes are directories, and what
 * kubelet does to a volume is done here. As the user of the manifests where the test is root.
 */
/** Delivery waits up to half a minute between two tries, and the other pods look for dead ones every ten seconds. */
const PATIENCE_MILLIS = 90_000;
vi.setConfig({ testTimeout: 3 * PATIENCE_MILLIS });

const store = useClickHouse();
const IS_ROOT = process.getuid?.() === 0;
let directory = '';
let place = '';
let proxy: StoreProxy;
let isAway = false;
let services = 0;
let service = '';

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'audit-register-volumes-'));
  chmodSync(directory, 0o755);
  place = placeApplication(directory);
  proxy = await startStoreProxy(store().url, (body) => (isAway ? 503 : body));
});
afterAll(async () => {
  await proxy?.close();
  rmSync(directory, { recursive: true, force: true });
});
beforeEach(() => {
  isAway = true;
  service = `pods-${(services += 1)}`;
});

const settings = (mount: string) => ({
  AUDIT_REGISTER_CLICKHOUSE_URL: proxy.url,
  AUDIT_REGISTER_MIGRATE: 'off',
  AUDIT_REGISTER_SPOOL_DIR: join(mount, 'spool'),
  AUDIT_REGISTER_LOG_LEVEL: 'error',
  OTEL_SERVICE_NAME: service,
});

const startPod = (mount: string) =>
  startInjected(place, 'app.cjs', {
    ...settings(mount),
    NODE_OPTIONS: `--require ${join(ROOT, 'dist/register.js')}`,
  });

/** A pod that serves so many requests while the store is away, and is gone without a word. */
async function killedPod(mount: string, requests: number): Promise<void> {
  const { address, child, ended } = await startPod(mount);
  for (let served = 0; served < requests; served += 1) await (await fetch(`${address}/orders`)).text();
  await until('the records in the spool', () => waitingIn(mount) >= requests);
  child.kill('SIGKILL');
  await ended;
}

/** Records in the spool, by its own command. */
function waitingIn(mount: string): number {
  const listed = execFileSync(
    process.execPath,
    [join(ROOT, 'dist/commands/cli.js'), 'spool', 'list', '--json'],
    {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], ...settings(mount) },
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  const { destinations } = JSON.parse(listed) as {
    destinations: { owners: { segments: { rows: number }[] }[] }[];
  };
  return destinations
    .flatMap(({ owners }) => owners.flatMap(({ segments }) => segments))
    .reduce((sum, { rows }) => sum + rows, 0);
}

async function stored(): Promise<number> {
  const [row] = await store().query<{ rows: string }>(
    "SELECT count() AS rows FROM audit.records WHERE service_name = {service: String} AND category = 'http'",
    { service },
  );
  return Number(row?.rows);
}

/** An empty volume that belongs to root and to the group of the pod. */
function volume(): string {
  const path = join(directory, `volume-${services}`);
  mkdirSync(path);
  setOwnership(path);
  return path;
}

/**
 * What kubelet does to all of a volume at the start of a pod with `fsGroup`, where fsGroupChangePolicy is not OnRootMismatch.
 * Source: kubernetes, pkg/volume/volume_linux.go (SetVolumeOwnership).
 */
function setOwnership(path: string): void {
  const stat = lstatSync(path);
  if (stat.isSymbolicLink()) return;
  if (IS_ROOT) chownSync(path, stat.uid, FS_GROUP);
  chmodSync(path, stat.isDirectory() ? (stat.mode & 0o7777) | 0o2770 : (stat.mode & 0o7777) | 0o660);
  if (stat.isDirectory()) for (const name of readdirSync(path)) setOwnership(join(path, name));
}

/** A pod that serves one request more and is ended as kubelet does it. */
async function servingPod(mount: string, isStored: () => Promise<unknown>): Promise<void> {
  const { address, child, ended } = await startPod(mount);
  await (await fetch(`${address}/orders`)).text();
  await isStored();
  child.kill('SIGTERM');
  expect((await ended).code).toBe(0);
}

test('On a volume of its own the next pod of the name sends what the killed one had recorded', async () => {
  const mount = volume();
  await killedPod(mount, 3);
  expect(await stored()).toBe(0);
  isAway = false;
  await servingPod(mount, () =>
    until('the records of both', async () => (await stored()) === 4, PATIENCE_MILLIS),
  );
  expect(waitingIn(mount)).toBe(0);
});

test('Modes that kubelet has changed on the volume keep nothing from being sent', async () => {
  const mount = volume();
  await killedPod(mount, 2);
  setOwnership(mount);
  isAway = false;
  await servingPod(mount, () =>
    until('the records of both', async () => (await stored()) === 3, PATIENCE_MILLIS),
  );
  expect(waitingIn(mount)).toBe(0);
});

test('On a directory of the node another pod sends what a killed one had recorded, while it runs', async () => {
  const mount = volume();
  const other = await startPod(mount);
  await killedPod(mount, 2);
  isAway = false;
  await until('the records of the dead pod', async () => (await stored()) === 2, PATIENCE_MILLIS);
  other.child.kill('SIGTERM');
  expect((await other.ended).code).toBe(0);
});

const DAEMON = readPods().find(({ manifest }) => manifest.kind === 'DaemonSet');
const FLUSH = DAEMON?.pod.containers[0];

/** The script of the DaemonSet, in a container whose PATH has the command. */
function startFlushing(mount: string): ChildProcess {
  const [shell = '', flag = '', script = ''] = FLUSH?.command ?? [];
  expect([shell, flag]).toEqual(['/bin/sh', '-c']);
  const bin = join(directory, 'bin');
  mkdirSync(bin, { recursive: true });
  rmSync(join(bin, 'audit-register'), { force: true });
  symlinkSync(join(ROOT, 'dist/commands/cli.js'), join(bin, 'audit-register'));
  return spawnAsUser(shell, [flag, script], {
    cwd: directory,
    env: { ...settings(mount), PATH: `${bin}:${dirname(NODES[24])}:${process.env['PATH']}` },
  });
}

test('On a directory of the node the DaemonSet sends what is left when no pod is, and ends when it is told to', async () => {
  const mount = nodeDirectory();
  await killedPod(mount, 3);
  isAway = false;
  const flushing = startFlushing(mount);
  let said = '';
  flushing.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = endOf(flushing);
  await until('the records', async () => (await stored()) === 3, PATIENCE_MILLIS);
  await until('its answer', () => said.includes('delivered to ClickHouse'));
  expect(waitingIn(mount)).toBe(0);
  flushing.kill('SIGTERM');
  expect((await ended).code).toBe(0);
});

test('The DaemonSet leaves to a pod that lives what is its own', async () => {
  const mount = nodeDirectory();
  const pod = await startPod(mount);
  await (await fetch(`${pod.address}/orders`)).text();
  await until('the record in the spool', () => waitingIn(mount) === 1);
  const flushing = startFlushing(mount);
  let said = '';
  flushing.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = endOf(flushing);
  await until('what it says of the pod', () => said.includes('Kept by who is alive'));
  flushing.kill('SIGTERM');
  await ended;
  expect(await stored()).toBe(0);
  isAway = false;
  await until('the record, by its own pod', async () => (await stored()) === 1, PATIENCE_MILLIS);
  pod.child.kill('SIGTERM');
  await pod.ended;
});

test('The DaemonSet has the settings of the application that say for which sink a record waits', () => {
  const application = readPods().find(({ manifest }) => manifest.kind === 'Deployment')?.pod.containers[0];
  const own = envOf(FLUSH);
  expect(Object.keys(own).length).toBeGreaterThan(4);
  expect(envOf(application)).toMatchObject(own);
});

/** As the init container of the DaemonSet makes it, where the test may give it away. */
function nodeDirectory(): string {
  const [program = '', ...args] = DAEMON?.pod.initContainers?.[0]?.command ?? [];
  expect([program, args.at(-1), ...args.slice(0, 5)]).toEqual([
    'install',
    `/node/${USER}`,
    '-d',
    '-o',
    String(USER),
    '-g',
    String(FS_GROUP),
  ]);
  const path = join(directory, `node-${services}`);
  execFileSync(program, IS_ROOT ? [...args.slice(0, -1), path] : ['-d', '-m', '0700', path]);
  return path;
}
