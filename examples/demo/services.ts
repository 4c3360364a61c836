import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { choosePort } from './ports.ts';
import { startPostgres } from './postgres.ts';
import { startWatched } from './watched-process.ts';
import type { WatchedProcess } from './watched-process.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const SHOP = join(ROOT, 'examples/shop');
const PRELOAD = join(ROOT, 'dist/register.js');
const COMMAND = join(ROOT, 'dist/commands/cli.js');

const START_TIMEOUT_MILLIS = 60_000;
/** How long the ClickHouse of a demo that was killed may need to go down. */
const RELEASE_TIMEOUT_MILLIS = 15_000;

/** Settings of whoever calls must not change what the demo shows. */
const FOREIGN = /^(AUDIT_REGISTER_|OTEL_|PG|NODE_OPTIONS$|PORT$|HOST$|DATABASE_URL$|ISSUER_)/;

export interface Services {
  readonly shopUrl: string;
  readonly issuerUrl: string;
  readonly clickhouseUrl: string;
  readonly clickhouseTcpPort: number;
  /** Opens the register in a browser; holds a token. */
  readonly explorerUrl: string;
  readonly postgresUrl: string;
  /** Resolves with a sentence when one of them has ended, which none should. */
  readonly ended: Promise<string>;
  /** The last words of the shop, for the message of a failure. */
  shopOutput(): string;
}

export interface ServicesOptions {
  readonly dataDirectory: string;
  /** Marks every record of this run: OpenTelemetry's `service.instance.id`. */
  readonly runId: string;
  /** Hears what is going on, a sentence at a time. */
  readonly tell: (text: string) => void;
}

/** Starts the databases, the issuer, and the shop under the preload. `stopEverything()` ends them. */
export async function startServices({ dataDirectory, runId, tell }: ServicesOptions): Promise<Services> {
  requireBuild();
  const postgres = await timed(tell, 'PostgreSQL', () =>
    startPostgres({ dataDirectory: join(dataDirectory, 'postgres') }),
  );
  const clickhouse = await timed(tell, 'ClickHouse', () =>
    startClickHouse(join(dataDirectory, 'clickhouse'), tell),
  );
  const base = { DATABASE_URL: postgres.url, ISSUER_SECRET: randomBytes(18).toString('base64url') };
  await setUpShop(base);
  const issuer = await timed(tell, 'Issuer', () => startIssuer(base));
  const shop = await timed(tell, 'Shop under the preload', () =>
    startShop({ ...base, ISSUER_URL: issuer.url }, clickhouse.url, join(dataDirectory, 'spool'), runId, tell),
  );
  return {
    shopUrl: shop.url,
    issuerUrl: issuer.url,
    clickhouseUrl: clickhouse.url,
    clickhouseTcpPort: clickhouse.tcpPort,
    explorerUrl: clickhouse.explorerUrl,
    postgresUrl: postgres.url,
    ended: Promise.race(
      [postgres, clickhouse.process, issuer.process, shop.process].map(({ ended }) => ended),
    ),
    shopOutput: () => shop.process.lastOutput(),
  };
}

function requireBuild(): void {
  const missing = [PRELOAD, COMMAND].find((path) => !existsSync(path));
  if (missing !== undefined) throw new Error(`${missing} is not there: run \`npm run build\` first.`);
}

async function timed<T extends { url: string }>(
  tell: (text: string) => void,
  name: string,
  start: () => Promise<T>,
): Promise<T> {
  const began = performance.now();
  const started = await start();
  const address = started.url.replace(/^\w+:\/\/(.*@)?/, '').replace(/\/.*/, '');
  tell(`${name.padEnd(22)} ${address.padEnd(16)} ${((performance.now() - began) / 1000).toFixed(1)} s`);
  return started;
}

async function startClickHouse(directory: string, tell: (text: string) => void) {
  const port = await choosePort('ClickHouse', 8123, tell);
  const tcpPort = await choosePort("ClickHouse's native protocol", 9000, tell);
  const explorerPort = await choosePort('the explorer', 8124, tell);
  const ports = ['--port', `${port}`, '--tcp-port', `${tcpPort}`, '--explorer-port', `${explorerPort}`];
  const deadline = Date.now() + RELEASE_TIMEOUT_MILLIS;
  for (;;) {
    const server = startWatched({
      name: 'ClickHouse (audit-register dev)',
      command: process.execPath,
      args: [COMMAND, 'dev', ...ports, '--data-dir', directory],
      cwd: directory.slice(0, directory.lastIndexOf('/')),
      env: cleanEnvironment({}),
    });
    try {
      const [, url = ''] = await server.line(/^ready (\S+)/, START_TIMEOUT_MILLIS);
      const [, explorerUrl = ''] = await server.line(/^Explorer: (\S+)/, START_TIMEOUT_MILLIS);
      return { process: server, url, tcpPort, explorerUrl };
    } catch (error) {
      await server.stop();
      const isGoingDown = /runs on the data directory/.test(server.lastOutput());
      if (!isGoingDown || Date.now() > deadline) throw error;
    }
  }
}

async function setUpShop(env: NodeJS.ProcessEnv): Promise<void> {
  const setup = runNode('The shop’s setup', [join(SHOP, 'database.js')], env);
  const how = await setup.ended;
  if (!how.endsWith('exit code 0')) throw new Error(`${how}.\n${setup.lastOutput()}`);
}

async function startIssuer(env: NodeJS.ProcessEnv) {
  const issuer = runNode('The issuer', [join(SHOP, 'issuer.js')], { ...env, PORT: '0' });
  const [, url = ''] = await issuer.line(/is listening on (\S+)/, START_TIMEOUT_MILLIS);
  return { process: issuer, url };
}

async function startShop(
  env: NodeJS.ProcessEnv & { ISSUER_URL: string },
  clickhouseUrl: string,
  spoolDirectory: string,
  runId: string,
  tell: (text: string) => void,
) {
  const port = await choosePort('the shop', 3000, tell);
  const audit = {
    AUDIT_REGISTER_CLICKHOUSE_URL: clickhouseUrl,
    AUDIT_REGISTER_SPOOL_DIR: spoolDirectory,
    AUDIT_REGISTER_JWT_JWKS_URL: `${env.ISSUER_URL}/.well-known/jwks.json`,
    AUDIT_REGISTER_JWT_ISSUER: env.ISSUER_URL,
    AUDIT_REGISTER_JWT_AUDIENCE: 'shop',
    // The visitors come through a proxy, which is the demo itself.
    AUDIT_REGISTER_TRUSTED_PROXIES: 'loopback',
    OTEL_SERVICE_NAME: 'shop',
    OTEL_RESOURCE_ATTRIBUTES: `service.instance.id=${runId},deployment.environment.name=demo`,
  };
  const args = ['--require', PRELOAD, join(SHOP, 'app.js')];
  const shop = runNode('The shop', args, { ...env, ...audit, PORT: String(port) });
  const [, url = ''] = await shop.line(/is listening on (\S+)/, START_TIMEOUT_MILLIS);
  return { process: shop, url };
}

function runNode(name: string, args: readonly string[], env: NodeJS.ProcessEnv): WatchedProcess {
  return startWatched({ name, command: process.execPath, args, cwd: SHOP, env: cleanEnvironment(env) });
}

function cleanEnvironment(own: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !FOREIGN.test(name));
  return { ...Object.fromEntries(kept), ...own };
}
