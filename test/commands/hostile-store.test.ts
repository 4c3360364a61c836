import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { until } from '../process/condition.ts';
import { addRecords } from '../store/records.ts';
import { useClickHouse } from '../support/clickhouse.ts';
import { runCommand, startAtTerminal, startCommand } from './command-process.ts';
import { readerEnv } from './reader-env.ts';

/** Whatever a terminal acts upon, but the end of a line and the blank. */
// oxlint-disable-next-line no-control-regex
const ACTED_UPON = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/;
const EVIL = '\u001b]0;OWNED\u0007\u001b[2J\u001b[31mALL GOOD \u009b31m\u202e\r\nroot';

const store = useClickHouse();

/** A server that answers each request as it likes. */
async function hostile(answer: RequestListener): Promise<string> {
  const server = createServer((request, response) => {
    request.resume().once('end', () => answer(request, response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const refusing = (code: number): RequestListener => {
  return (_request, response) => {
    response.writeHead(500, { 'X-ClickHouse-Exception-Code': String(code) });
    response.end(`Code: ${code}. DB::Exception: ${EVIL} (NETWORK)`);
  };
};

function directory(): string {
  const path = mkdtempSync(join(tmpdir(), 'hostile-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

describe('a server that answers with terminal escapes', () => {
  test.each([
    'query',
    'query --sql SELECT(1)',
    'who alice',
    'verify',
    'migrate',
    'export --format csv --out -',
  ])('reaches no terminal through %s', async (line) => {
    for (const code of [999, 497]) {
      const url = await hostile(refusing(code));
      const env = { AUDIT_REGISTER_CLICKHOUSE_URL: url };
      const { code: exitCode, stdout, stderr } = await runCommand(line.split(' '), env);
      expect([[2, 78].includes(exitCode ?? 0), stdout]).toEqual([true, '']);
      expect(stderr).toMatch(/^audit-register: [^\n]*ALL GOOD[^\n]*\n$/m);
      expect(stderr).not.toMatch(ACTED_UPON);
    }
  });

  test('reaches none through the line of a tail that broke', async () => {
    let isHostile = false;
    const url = await hostile((request, response) => {
      if (isHostile) refusing(999)(request, response);
      else response.end();
    });
    const command = startCommand(['tail', '--interval', '100ms', '--url', url], {});
    await until('the first answer', () => command.stderr().includes('Waiting for what comes'));
    isHostile = true;
    await until('the break', () => command.stderr().includes('Looking again'));
    command.child.kill('SIGINT');
    const { stderr } = await command.ended;
    expect(stderr).toContain('ALL GOOD');
    expect(stderr).not.toMatch(ACTED_UPON);
  });

  test('reaches none at a terminal either', async () => {
    const url = await hostile(refusing(999));
    const shown = startAtTerminal(['query', '--url', url], { NO_COLOR: '1' }, 80);
    expect(await shown.ended).toBe(78);
    expect(shown.shown() + shown.said()).toContain('ALL GOOD');
    expect((shown.shown() + shown.said()).replaceAll('\r\n', '\n')).not.toMatch(ACTED_UPON);
  });
});

describe('a name with terminal escapes', () => {
  test('of a file reaches no terminal', async () => {
    for (const args of [
      ['query', '--password-file', EVIL],
      ['spool', 'inspect', EVIL],
      ['policy', 'test', '--cases', EVIL],
      [`--${EVIL}`],
      [EVIL],
    ]) {
      const { code, stdout, stderr } = await runCommand(args, { XDG_STATE_HOME: directory() });
      expect([code === 0, stdout]).toEqual([false, '']);
      expect(stderr).not.toMatch(ACTED_UPON);
    }
  });

  test('in the register reaches no terminal through what verify, purge and export say', async () => {
    await addRecords(store(), [
      {
        category: 'app',
        action: 'a',
        service_name: EVIL,
        occurred_at: new Date(Date.now() - 3_600_000).toISOString(),
      },
    ]);
    const out = join(directory(), `out\u001b[31m\u009b.csv`);
    const config = { AUDIT_REGISTER_CLICKHOUSE_URL: store().url };
    for (const [args, env] of [
      [['verify'], readerEnv(store())],
      [['verify', '--json'], readerEnv(store())],
      [['purge', '--before', new Date().toISOString(), '--dry-run'], config],
      [['export', '--format', 'csv', '--out', out], readerEnv(store())],
    ] as const) {
      const { stdout, stderr } = await runCommand(args, env);
      expect(stdout).not.toBe('');
      expect(stdout + stderr).not.toMatch(ACTED_UPON);
    }
  });
});
