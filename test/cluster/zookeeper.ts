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

/** Debian's ZooKeeper, whose protocol ClickHouse Keeper speaks; it ends with whoever started it. */
export async function startZooKeeper(): Promise<ZooKeeper> {
  if (!existsSync(JAR)) {
    throw new Error(
      'ZooKeeper is not installed: apt-get install -y --no-install-recommends zookeeper default-jre-headless',
    );
  }
  const directory = await temporaryDirectory();
  const port = await freePort();
  mkdirSync(join(directory, 'data'));
  writeFileSync(join(directory, 'zoo.cfg'), configuration(join(directory, 'data'), port));
  const args = ['-Xmx128m', '-cp', `${JAR}:/usr/share/java/*`, MAIN, 'zoo.cfg'];
  const child = spawn('java', args, { cwd: directory, stdio: 'ignore' });
  const ended = once(child, 'close');
  await vi.waitUntil(() => answers(port), { timeout: 30_000, interval: 100 });
  return {
    port,
    stop: async () => {
      child.kill('SIGKILL');
      await ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
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
  const socket = connect(port, '127.0.0.1');
  try {
    socket.end('ruok');
    return (await text(socket)) === 'imok';
  } catch {
    return false;
  }
}
