import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startClickHouse } from '../../src/embedded/clickhouse.ts';
import { createStoreClient } from '../../src/store/client.ts';
import { migrate } from '../../src/store/migrate.ts';
import { until } from '../process/condition.ts';
import { addRecords } from '../store/records.ts';
import { useClickHouse } from '../support/clickhouse.ts';
import { runCommand, startAtTerminal, startCommand } from './command-process.ts';
import type { RunningCommand } from './command-process.ts';
import { readerEnv } from './reader-env.ts';

const store = useClickHouse();
const QUICK = ['--interval', '100ms'];
/** For a machine that is busy with other things; nothing waits for so long by itself. */
const PATIENCE_MILLIS = 55_000;
const RESTART_MILLIS = 180_000;

/** Records of a service of its own, each a second after the other. */
async function add(service: string, actions: readonly string[], target = store()): Promise<void> {
  const begin = Date.now() - 60_000;
  await addRecords(
    target,
    actions.map((action, index) => ({
      category: 'app',
      service_name: service,
      action,
      outcome: 'success',
      occurred_at: new Date(begin + index * 1_000).toISOString(),
    })),
  );
}

function tail(...args: readonly string[]): RunningCommand {
  const command = startCommand(['tail', ...QUICK, ...args], readerEnv(store()));
  onTestFinished(() => void command.child.kill('SIGKILL'));
  return command;
}

function actionsOf(text: string): unknown[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { action: unknown }).action);
}

function shows(command: RunningCommand, count: number): Promise<boolean> {
  return until(`${count} records`, () => command.stdout().split('\n').length > count, PATIENCE_MILLIS);
}

describe('audit-register tail', () => {
  test('shows the last records in order, then what arrives; Ctrl-C is a good end', async () => {
    const service = randomUUID();
    await add(service, ['one', 'two', 'three']);
    const command = tail(`service:${service}`, '--lines', '2');
    await shows(command, 2);
    await add(service, ['four', 'five']);
    await shows(command, 4);
    command.child.kill('SIGINT');
    const { code, stdout, stderr } = await command.ended;
    expect([code, stderr]).toEqual([0, '']);
    expect(actionsOf(stdout)).toEqual(['two', 'three', 'four', 'five']);
  });

  test('misses no record that comes late, and shows none twice', async () => {
    const service = randomUUID();
    const [early, late] = ['2026-11-20 08:00:00', '2026-11-20 09:00:00'];
    const record = { category: 'app', service_name: service, outcome: 'success' };
    await addRecords(store(), [{ ...record, action: 'first', occurred_at: late }]);
    const command = tail(`service:${service}`);
    await shows(command, 1);
    for (const number of [1, 2, 3]) {
      await addRecords(store(), [
        { ...record, action: `old-${number}`, occurred_at: early },
        { ...record, action: `new-${number}`, occurred_at: late },
      ]);
      await shows(command, 1 + 2 * number);
    }
    command.child.kill('SIGTERM');
    const { code, stdout } = await command.ended;
    expect(code).toBe(0);
    const wanted = ['first', 'new-1', 'new-2', 'new-3', 'old-1', 'old-2', 'old-3'];
    expect(actionsOf(stdout).sort()).toEqual(wanted);
  });

  test('shows only what is found', async () => {
    const service = randomUUID();
    await add(service, ['wanted', 'other']);
    const command = tail(`service:${service}`, '-action:other');
    await shows(command, 1);
    await add(service, ['other', 'wanted-too']);
    await shows(command, 2);
    command.child.kill('SIGINT');
    expect(actionsOf((await command.ended).stdout)).toEqual(['wanted', 'wanted-too']);
  });

  test('shows only what is new with --lines 0', async () => {
    const service = randomUUID();
    await add(service, ['old']);
    const command = tail(`service:${service}`, '--lines', '0');
    // Whenever it has begun to look, one of these is new to it.
    await until('a new record', async () => {
      await add(service, ['new']);
      return command.stdout() !== '';
    });
    command.child.kill('SIGINT');
    expect(new Set(actionsOf((await command.ended).stdout))).toEqual(new Set(['new']));
  });

  test('waits for the first record, and says so', async () => {
    const service = randomUUID();
    const command = tail(`service:${service}`);
    await until('the word', () => command.stderr().includes('Waiting for what comes'), PATIENCE_MILLIS);
    await add(service, ['first']);
    await shows(command, 1);
    command.child.kill('SIGINT');
    expect(await command.ended).toMatchObject({ code: 0, stderr: expect.stringMatching(/^[^\n]+\n$/) });
  });

  test('ends with --no-follow, and is quiet behind head', async () => {
    const service = randomUUID();
    await add(
      service,
      Array.from({ length: 900 }, (_, index) => `a${index}`),
    );
    const all = await runCommand(
      ['tail', '--no-follow', '--lines', '900', `service:${service}`],
      readerEnv(store()),
    );
    expect([all.code, actionsOf(all.stdout).length, all.stderr]).toEqual([0, 900, '']);
    const command = tail('--no-follow', '--lines', '900', `service:${service}`);
    command.child.stdout?.once('data', () => command.child.stdout?.destroy());
    expect(await command.ended).toMatchObject({ code: 141, stderr: '' });
  });

  test('ends when nobody reads any more what it follows', async () => {
    const service = randomUUID();
    await add(service, ['one']);
    const command = tail(`service:${service}`);
    await shows(command, 1);
    command.child.stdout?.destroy();
    await add(service, ['two']);
    expect(await command.ended).toMatchObject({ code: 0, stderr: '' });
  });

  test('is a sentence a line on a terminal', async () => {
    const service = randomUUID();
    await add(service, ['exported']);
    const command = startAtTerminal(
      ['tail', ...QUICK, '--utc', `service:${service}`],
      readerEnv(store()),
      80,
    );
    onTestFinished(() => void command.child.kill('SIGKILL'));
    await until('the record', () => command.shown().includes('exported'), PATIENCE_MILLIS);
    await add(service, ['imported']);
    await until('the next', () => command.shown().includes('imported'), PATIENCE_MILLIS);
    command.child.kill('SIGINT');
    expect(await command.ended).toBe(0);
    const lines = stripVTControlCharacters(command.shown()).trimEnd().split('\n');
    expect(lines[0]).toMatch(/^time +who +did +to what +outcome$/);
    expect(lines.filter((line) => /^\d\d:\d\d:\d\d {2}.*✓ ok$/.test(line))).toHaveLength(2);
  });

  test.each([
    [['--interval', '1ms'], /duration from 100ms/],
    [['--lines', '-1'], /number from 0/],
    [['actr:alice'], /actr.*actor/],
    [['--folow'], /unknown option "--folow"/],
  ])('is used wrongly with %j', async (args, says) => {
    const { code, stderr } = await runCommand(['tail', ...args], readerEnv(store()));
    expect([code, stderr]).toEqual([2, expect.stringMatching(says)]);
  });

  test(
    'outlives a restart of ClickHouse with a line when it breaks and one when it heals',
    async () => {
      const directory = mkdtempSync(join(tmpdir(), 'tail-'));
      const start = (httpPort: number) =>
        startClickHouse({ dataDirectory: join(directory, 'data'), httpPort });
      let engine = await start(0);
      onTestFinished(async () => {
        await engine.kill();
        rmSync(directory, { recursive: true, force: true });
      });
      const url = engine.httpUrl;
      const client = createStoreClient({ url, username: 'default', password: '', timeoutMillis: 30_000 });
      onTestFinished(() => client.close());
      await migrate(client, { database: 'audit' });
      const target = { ...store(), client };
      await add('shop', ['before'], target);
      const command = startCommand(['tail', ...QUICK], { AUDIT_REGISTER_CLICKHOUSE_URL: url });
      onTestFinished(() => void command.child.kill('SIGKILL'));
      await shows(command, 1);
      await engine.kill();
      await until('the line that it broke', () => command.stderr().includes('\n'), PATIENCE_MILLIS);
      engine = await start(Number(new URL(url).port));
      await until(
        'the line that it heals',
        () => command.stderr().includes('answers again'),
        PATIENCE_MILLIS,
      );
      await add('shop', ['after'], target);
      await shows(command, 2);
      command.child.kill('SIGINT');
      const { code, stdout, stderr } = await command.ended;
      expect([code, actionsOf(stdout)]).toEqual([0, ['before', 'after']]);
      expect(stderr).toMatch(
        /^No ClickHouse answers at [^\n]* Looking again every 0\.1 s; nothing will be missed\.\nClickHouse answers again, after \d+ s\.\n$/,
      );
    },
    RESTART_MILLIS,
  );
});
