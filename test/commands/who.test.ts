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

function who(...args: readonly string[]): Promise<CommandEnd> {
  return runCommand(['who', ...args], readerEnv(store()));
}

async function linesAt(columns: number, args: readonly string[], env: Record<string, string> = {}) {
  const command = startAtTerminal(
    ['who', ...args],
    { ...readerEnv(store()), NO_COLOR: '1', ...env },
    columns,
  );
  expect(await command.ended).toBe(0);
  return command.shown().trimEnd().split('\n');
}

/** What stands behind a label. */
function told(lines: readonly string[], label: string): string {
  return (
    lines
      .find((line) => line.startsWith(`${label}  `))
      ?.slice(label.length)
      .trim() ?? ''
  );
}

describe('audit-register who', () => {
  test('shows since when, how well known, from where, when, what and with which outcome', async () => {
    const lines = await linesAt(100, ['alice', '--utc']);
    const shown = (minute: number): string => story.at(minute).replace('T', ' ').replace('Z', ' UTC');
    expect(lines[0]).toBe('alice (u-1), user, 6 records');
    expect(told(lines, 'first seen')).toBe(shown(0));
    expect(told(lines, 'last seen')).toBe(shown(3));
    expect(told(lines, 'identity')).toBe('✓ verified (6)');
    expect(told(lines, 'addresses')).toBe('10.1.2.3 (6)');
    expect(told(lines, 'agents')).toBe('Firefox/140 (6)');
    expect(told(lines, 'sessions')).toBe('session-1 (6)');
    expect(told(lines, 'actions')).toBe('create (2), delete (2), update (2)');
    expect(told(lines, 'outcomes')).toBe('✓ ok (5), ↩ rolled back (1)');
  });

  test('shows the usual hours, here or in UTC', async () => {
    await addRecords(store(), [
      { ...ALICE, actor_id: 'owl', actor_name: 'owl', category: 'app', occurred_at: '2026-11-20 23:10:00' },
      { ...ALICE, actor_id: 'owl', actor_name: 'owl', category: 'app', occurred_at: '2026-11-20 23:20:00' },
      { ...ALICE, actor_id: 'owl', actor_name: 'owl', category: 'app', occurred_at: '2026-11-20 02:00:00' },
    ]);
    expect(told(await linesAt(80, ['owl', '--utc']), 'hours')).toBe(`··▄${'·'.repeat(20)}█  UTC`);
    const there = await linesAt(80, ['owl'], { TZ: 'Europe/Berlin' });
    expect(told(there, 'hours')).toBe(`█··▄${'·'.repeat(20)}  +01:00`);
  });

  test('shows what was done last, each request with what was done in it', async () => {
    const lines = await linesAt(100, ['u-1', '--utc']);
    const at = (minute: number): string => story.at(minute).slice(11, 19);
    const table = lines.slice(lines.findIndex((line) => line.startsWith('time ')) + 2);
    expect(table.map((line) => line.replaceAll(/ {2,}/g, '  '))).toEqual([
      `${at(3)}  deleted  /orders/1042  ✓ ok`,
      `${at(3)}  └ deleted  orders / 1042  ✓ committed`,
      `${at(0)}  created  /orders/1042/pay  ✓ ok`,
      `${at(0)}  └ created  orders / 1042  ✓ committed`,
      `${at(1)}  └ changed  orders / 1042  ✓ committed`,
      `${at(2)}  └ changed  orders / 1042  ↩ rolled back`,
    ]);
  });

  test('says that a name is only claimed', async () => {
    expect((await linesAt(80, ['mallory']))[1]).toBe(
      '? claimed: this name is only claimed, nobody vouches for any of it.',
    );
    await addRecords(store(), [
      { ...ALICE, actor_id: 'u-5', actor_name: 'eve', category: 'app', occurred_at: story.at(0) },
      {
        ...ALICE,
        actor_id: 'u-5',
        actor_name: 'eve',
        category: 'app',
        actor_assurance: 'invalid',
        occurred_at: story.at(0),
      },
    ]);
    expect((await linesAt(80, ['u-5']))[1]).toBe('✗ invalid: 1 of 2 records only claim this name.');
    expect((await linesAt(80, ['alice']))[1]).toBe('');
  });

  test('in a pipe is JSON with everything', async () => {
    const { code, stdout } = await who('u-1', '--limit', '1');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      actorId: 'u-1',
      total: 6,
      firstAt: expect.stringContaining(story.at(0).slice(0, 19)),
      latest: [{ actor_id: 'u-1', occurred_at: story.at(3).replace('Z', '000000Z') }],
    });
  });

  test('names all whom a name may mean', async () => {
    const twin = { ...ALICE, actor_name: 'twin', category: 'app', occurred_at: story.at(0) };
    await addRecords(store(), [
      { ...twin, actor_id: 't-1' },
      { ...twin, actor_id: 't-1' },
      { ...twin, actor_id: 't-2' },
    ]);
    expect(await who('twin')).toMatchObject({
      code: 2,
      stdout: '',
      stderr:
        'audit-register: Several are called twin: t-1 (2 records), t-2 (1 record). Give one of these identifiers.\n',
    });
  });

  test('ends with 1 for nobody, and says who there is', async () => {
    const { code, stdout, stderr } = await who('alicia');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toBe('Nobody on record is called alicia. There are: alice (6 records).\n');
    expect((await who('zoe')).stderr).toMatch(
      /^Nobody on record is called zoe\. There are: alice \(6 records\), /,
    );
    expect((await who('alice', '--to', '30d')).code).toBe(1);
  });

  test('keeps to the width, and lets no value reach the terminal as it is', async () => {
    const evil = 'm\u001b[31m\r\nfirst seen  never\u202e';
    const records = Array.from({ length: 60 }, (_, index) => ({
      ...ALICE,
      actor_id: evil,
      actor_name: `${evil}${index}`,
      user_agent: evil.repeat(20) + index,
      session_id: `${evil}${index}`,
      tenant_id: evil,
      action: evil,
      category: 'app',
      occurred_at: story.at(0),
    }));
    await addRecords(store(), records);
    for (const columns of [60, 80, 140]) {
      const lines = await linesAt(columns, [evil]);
      expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(columns);
      // oxlint-disable-next-line no-control-regex
      expect(lines.join('')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
      expect(lines.filter((line) => line.startsWith('first seen'))).toHaveLength(1);
    }
  });
});
