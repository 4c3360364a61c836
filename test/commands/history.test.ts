import { beforeAll, describe, expect, test } from 'vitest';
import { widthOf } from '../../src/commands/terminal/width.ts';
import { addRecords } from '../store/records.ts';
import { useClickHouse } from '../support/clickhouse.ts';
import { runCommand, startAtTerminal } from './command-process.ts';
import type { CommandEnd } from './command-process.ts';
import { readerEnv } from './reader-env.ts';
import { ALICE, tellStory } from './story.ts';
import type { Story } from './story.ts';

const store = useClickHouse();
let story: Story;

beforeAll(async () => {
  story = await tellStory(store());
});

function history(...args: readonly string[]): Promise<CommandEnd> {
  return runCommand(['history', ...args], readerEnv(store()));
}

async function linesAt(columns: number, ...args: readonly string[]): Promise<string[]> {
  const env = { ...readerEnv(store()), NO_COLOR: '1' };
  const command = startAtTerminal(['history', '--utc', ...args], env, columns);
  expect(await command.ended).toBe(0);
  return command.shown().trimEnd().split('\n');
}

function shown(minute: number): string {
  return `${story.at(minute).replace('T', ' ').replace('Z', ' UTC')}`;
}

describe('audit-register history', () => {
  test('shows who changed what when, from what to what, and whether it lasted', async () => {
    expect(await linesAt(100, 'orders', '1042')).toEqual([
      'orders / 1042',
      '',
      `${shown(0)}  ✓ alice  created  ✓ committed`,
      '    id      1042',
      '    status  open',
      '    note    NULL',
      `    POST /orders/:id/pay, from 10.1.2.3, request ${story.payment}`,
      '',
      `${shown(1)}  ✓ alice  changed  ✓ committed`,
      '    status  open → paid',
      `    POST /orders/:id/pay, from 10.1.2.3, request ${story.payment}`,
      '',
      `${shown(2)}  ✓ alice  changed  ↩ rolled back`,
      '    status  paid → stolen',
      `    POST /orders/:id/pay, from 10.1.2.3, request ${story.payment}`,
      '',
      `${shown(3)}  ✓ alice  deleted  ✓ committed`,
      '    id      1042 → (deleted)',
      '    status  paid → (deleted)',
      '    note    NULL → (deleted)',
      `    DELETE /orders/:id, from 10.1.2.3, request ${story.deletion}`,
    ]);
  });

  test('in a pipe gives JSON lines with every column and the changes', async () => {
    const { code, stdout } = await history('orders', '1042');
    const records = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(code).toBe(0);
    expect(records.map(({ final_outcome }) => final_outcome)).toEqual([
      'applied',
      'applied',
      'rolled_back',
      'applied',
    ]);
    expect(records[1]).toMatchObject({
      actor_id: 'u-1',
      request_id: story.payment,
      occurred_at: story.at(1).replace('Z', '000000Z'),
      changes: [{ field: 'status', before: 'open', after: 'paid' }],
    });
  });

  test('takes a key of several columns', async () => {
    for (const row of [
      ['shop.order_items', '7', '9'],
      ['order_items', '7,9'],
    ]) {
      const { code, stdout } = await history(...row);
      expect([code, (JSON.parse(stdout) as { outcome: string }).outcome]).toEqual([0, 'failure']);
    }
  });

  test('stops at the latest', async () => {
    const { stdout, stderr } = await history('orders', '1042', '--limit', '1');
    expect(stderr).toContain('there may be more: --limit all');
    expect(JSON.parse(stdout)).toMatchObject({ action: 'delete' });
    const period = await history('orders', '1042', '--from', story.at(1), '--to', story.at(2));
    expect(JSON.parse(period.stdout)).toMatchObject({ changes: [{ field: 'status', after: 'paid' }] });
  });

  test('shows the row as of a time, without what was rolled back, the moment included', async () => {
    const lines = await linesAt(100, 'orders', '1042', '--at', story.at(2));
    expect(lines).toEqual([
      'orders / 1042',
      `Last changed ${shown(1)} by alice, POST /orders/:id/pay.`,
      '',
      'field   value  since                        by',
      `id      1042   ${shown(0)}  alice`,
      `status  paid   ${shown(1)}  alice`,
      `note    NULL   ${shown(0)}  alice`,
    ]);
    const state = JSON.parse((await history('orders', '1042', '--at', story.at(0))).stdout) as unknown;
    expect(state).toMatchObject({ exists: true, fields: { status: { value: 'open', actor_id: 'u-1' } } });
  });

  test('says that the row had been deleted by then', async () => {
    expect(await linesAt(100, 'orders', '1042', '--at', story.at(3))).toEqual([
      'orders / 1042',
      `It had been deleted: ${shown(3)} by alice, DELETE /orders/:id.`,
    ]);
    const { stdout } = await history('orders', '1042', '--at', story.at(3));
    expect(JSON.parse(stdout)).toMatchObject({ exists: false, fields: {} });
  });

  test('takes a row as searches have it, in one word', async () => {
    expect((await history('orders/1042')).stdout).toBe((await history('orders', '1042')).stdout);
  });

  test('ends with 1 for a row that is not there, and says how tables are called', async () => {
    await addRecords(store(), [
      {
        category: 'auth',
        action: 'login',
        outcome: 'success',
        target_type: 'account',
        target_id: 'ann',
        occurred_at: story.at(0),
      },
    ]);
    const wrongTable = await history('order_item', '7,9');
    expect([wrongTable.code, wrongTable.stdout]).toEqual([1, '']);
    expect(wrongTable.stderr).toBe(
      'Table order_item is not on record. Did you mean shop.order_items? A table is called as the statements call it: orders, shop.order_items.\n',
    );
    const wrongKey = await history('orders', '1');
    expect([wrongKey.code, wrongKey.stderr]).toEqual([
      1,
      expect.stringContaining('`audit-register query table:orders --limit 5` shows some'),
    ]);
    expect((await history('orders', '1042', '--at', '30d')).code).toBe(1);
  });

  test.each([
    [['orders'], /history orders 1042, or orders\/1042/],
    [['orders', '1', '--at', '2h', '--from', '1d'], /either --at or a period/],
    [['orders', '1', '--at', 'then'], /--at "then" is no time/],
  ])('is used wrongly with %j', async (args, says) => {
    const { code, stderr } = await history(...args);
    expect([code, stderr]).toEqual([2, expect.stringMatching(says)]);
  });

  test('keeps to the width, forges no arrow and lets no value reach the terminal as it is', async () => {
    const evil = 'a → b\u001b[31m\r\nstatus  open → paid\u202e';
    await addRecords(store(), [
      {
        ...ALICE,
        category: 'db',
        action: 'update',
        outcome: 'success',
        transaction_outcome: 'autocommit',
        target_type: 'evil',
        target_id: evil,
        occurred_at: story.at(0),
        actor_name: evil,
        changed_fields: ['status', evil, 'long', '注文'],
        new_values: { status: evil, [evil]: ' x ', long: '長い'.repeat(500), 注文: '済み' },
        http_method: 'GET',
        http_route: evil,
      },
    ]);
    for (const columns of [60, 80, 140]) {
      const lines = await linesAt(columns, 'evil', evil);
      expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(columns);
      // oxlint-disable-next-line no-control-regex
      expect(lines.join('')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
      expect(lines.filter((line) => /^ +status +\(not known\) → "a → b/.test(line))).toHaveLength(1);
      expect(lines.filter((line) => line.includes('注文')).join()).toMatch(/\(not known\) → 済み/);
    }
  });
});
