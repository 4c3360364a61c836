import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { vi } from 'vitest';
import { temporaryDirectory } from '../support/clickhouse.ts';
import { freePort } from './free-port.ts';

const JAR = '/usr/share/java/zookeeper.jar';
const MAIN = 'org.apache.zookeeper.server.quorum.QuorumPeerMain';

export interface ZooKeeper {
  readonly port: number;
  readonly stop: () => Promise<void>;
}

const ATTEMPTS = 3;

/** Debian's ZooKeeper, whose protocol ClickHouse Keeper speaks. A port that somebody else took meanwhile is given up for another. */
export async function startZooKeeper(): Promise<ZooKeeper> {
  if (!existsSync(JAR)) {
    throw new Error(
      'ZooKeeper is not installed: apt-get install -y --no-install-recommends zookeeper default-jre-headless',
    );
  }
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const started = await startAt(await freePort());
    if (started !== undefined) return started;
  }
  throw new Error(`ZooKeeper does not answer, at none of ${ATTEMPTS} ports`);
}

async function startAt(port: number): Promise<ZooKeeper | undefined> {
  const directory = await temporaryDirectory();
  mkdirSync(join(directory, 'data'));
  writeFileSync(join(directory, 'zoo.cfg'), configuration(join(directory, 'data'), port));
  const args = ['-Xmx128m', '-cp', `${JAR}:/usr/share/java/*`, MAIN, 'zoo.cfg'];
  const child = spawn('java', args, { cwd: directory, stdio: 'ignore' });
  const ended = once(child, 'close');
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
    await rm(directory, { recursive: true, force: true });
  };
  const isThere = await vi
    .waitUntil(() => child.exitCode !== null || answers(port), { timeout: 40_000, interval: 100 })
    .catch(() => false);
  if (isThere && child.exitCode === null) return { port, stop };
  await stop();
  return undefined;
}

function configuration(data: string, port: number): string {
  return [
    `dataDir=${data}`,
    `clientPort=${port}`,
    'clientPortAddress=127.0.0.1',
    'tickTime=500',
    'admin.enableServer=false',
    'maxClientCnxns=0',
    '4lw.commands.whitelist=ruok',
    '',
  ].join('\n');
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1').setTimeout(1_000, () => socket.destroy());
  try {
    socket.end('ruok');
    return (await text(socket)) === 'imok';
  } catch {
    return false;
  }
}
