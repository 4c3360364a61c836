import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { useInstallation } from './launch.ts';
import type { Ending, Launched } from './launch.ts';

const FLUSH_MILLIS = 3_000;
/** What a loaded machine may add. */
const SLACK_MILLIS = 10_000;

const ENDINGS = [
  'naturally',
  'by process.exit(3)',
  'by process.exitCode',
  'by an uncaught exception',
  'by an unhandled rejection',
  'by process.abort()',
  'after more work in beforeExit',
  'with a message of an exit listener',
  'by an exit listener that changes the code',
];
/** The event loop runs empty, so everything is delivered before the end. */
const NATURAL = new Set([ENDINGS[0], ENDINGS[2], ENDINGS[6], ENDINGS[7], ENDINGS[8]]);

const HANDLINGS = [
  'no listener',
  'a listener that closes the server',
  'a listener that exits with 5',
  'a listener that ends only where it is alone',
  'a once listener',
  'a once listener in front',
  'a listener in front',
];
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

const installation = useInstallation();
const sinks: Server[] = [];

afterEach(() => {
  for (const sink of sinks.splice(0)) sink.close();
});

describe('an application that ends', () => {
  test.each(ENDINGS)('%s does so as if it were bare', async (ending) => {
    const env = { CASE: ending };
    const bare = installation().launch('ends.cjs', { nodeArgs: [], env });
    const audited = installation().launch('ends.cjs', { env });
    expect(visible(await audited.ended)).toEqual(visible(await bare.ended));
    if (NATURAL.has(ending)) expect(audited.lines()).toHaveLength(1);
    else
      expect((await audited.ended).stderr).toMatch(/abort|1 record waits in the spool for the next process/);
  });

  test('is not delayed noticeably by a sink that answers', async () => {
    const env = { CASE: 'naturally', AUDIT_REGISTER_FLUSH_INTERVAL_MS: '60000' };
    const audited = installation().launch('ends.cjs', { env });
    expect((await audited.ended).millis).toBeLessThan(SLACK_MILLIS);
    expect(audited.lines()).toHaveLength(1);
  });

  test.each(['refuses connections', 'never answers'])(
    'is delayed by no more than the flush deadline where ClickHouse %s',
    async (fault) => {
      const env = { CASE: 'by process.exitCode', ...(await clickHouseThat(fault)) };
      const { code, signal, stderr, millis } = await installation().launch('ends.cjs', { env }).ended;
      expect([code, signal]).toEqual([4, null]);
      expect(stderr).toMatch(/1 record waits in the spool for the next process/);
      expect(millis).toBeLessThan(FLUSH_MILLIS + SLACK_MILLIS);
    },
  );

  test('at once, by process.exit, does so where ClickHouse never answers', async () => {
    const env = { CASE: 'by process.exit(3)', ...(await clickHouseThat('never answers')) };
    const { code, millis } = await installation().launch('ends.cjs', { env }).ended;
    expect(code).toBe(3);
    expect(millis).toBeLessThan(SLACK_MILLIS);
  });
});

describe.each(HANDLINGS)('an application with %s', (handling) => {
  test.each(SIGNALS)('ends by %s as if it were bare, and its records are delivered', async (signal) => {
    const env = { CASE: handling, AUDIT_REGISTER_FLUSH_INTERVAL_MS: '60000' };
    const bare = installation().launch('waits.cjs', { nodeArgs: [], env });
    const audited = installation().launch('waits.cjs', { env });
    const endings = await Promise.all([bare, audited].map((app) => serveAndSignal(app, signal)));
    const [asBare, asAudited] = endings as [Ending, Ending];
    expect(visible(asAudited)).toEqual(visible(asBare));
    // NOTE: process.exit leaves no time to deliver what came in the same moment.
    if (handling !== 'a listener that exits with 5') expect(audited.lines()).toHaveLength(1);
  });
});

test('A signal that the application handles without ending does not end it', async () => {
  const app = installation().launch('waits.cjs', { env: { CASE: 'a listener that goes on' } });
  const address = await app.address();
  app.child.kill('SIGTERM');
  await app.said(/heard SIGTERM/);
  expect(await (await fetch(address)).text()).toBe('served');
  app.child.kill('SIGUSR2');
  expect((await app.ended).code).toBe(0);
});

test('A second SIGINT ends the process at once, while the first waits for ClickHouse', async () => {
  const sink = await clickHouseThat('never answers');
  const app = installation().launch('waits.cjs', { env: { CASE: 'no listener', ...sink } });
  await fetch(await app.address(), { headers: { connection: 'close' } });
  const isAsked = once(sinks[0] as Server, 'connection');
  app.child.kill('SIGINT');
  await isAsked;
  const second = performance.now();
  app.child.kill('SIGINT');
  expect((await app.ended).signal).toBe('SIGINT');
  expect(performance.now() - second).toBeLessThan(FLUSH_MILLIS - 500);
});

test.each(['refuses connections', 'never answers'])(
  'A signal ends the process within the flush deadline where ClickHouse %s',
  async (fault) => {
    const env = { CASE: 'no listener', ...(await clickHouseThat(fault)) };
    const app = installation().launch('waits.cjs', { env });
    const started = performance.now();
    const { signal } = await serveAndSignal(app, 'SIGTERM');
    expect(signal).toBe('SIGTERM');
    expect(performance.now() - started).toBeLessThan(FLUSH_MILLIS + SLACK_MILLIS);
  },
);

/** What a user, a shell or a supervisor sees; what we say of ourselves on standard error apart. */
function visible({ code, signal, stdout, stderr }: Ending) {
  const own = stderr
    .split('\n')
    .filter((line) => !line.startsWith('audit-register: '))
    .join('\n');
  return {
    code,
    signal,
    stdout: stdout.replace(/^listening \d+$/m, 'listening'),
    stderr: withoutAddresses(own),
  };
}

/** The native stack of an abort differs from run to run. */
function withoutAddresses(stderr: string): string {
  return stderr.includes('Native stack trace') ? '' : stderr;
}

async function serveAndSignal(app: Launched, signal: NodeJS.Signals): Promise<Ending> {
  const response = await fetch(await app.address(), { headers: { connection: 'close' } });
  expect(await response.text()).toBe('served');
  app.child.kill(signal);
  return app.ended;
}

async function clickHouseThat(fault: string): Promise<Record<string, string>> {
  const server = createServer(() => {}).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  if (fault === 'refuses connections') await new Promise((resolve) => server.close(resolve));
  else sinks.push(server);
  return { AUDIT_REGISTER_SINK: 'clickhouse', AUDIT_REGISTER_CLICKHOUSE_URL: `http://127.0.0.1:${port}` };
}
