import { randomUUID } from 'node:crypto';
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

  test('knows who was seen only as somebody else', async () => {
    await addRecords(store(), [
      {
        ...ALICE,
        actor_id: 'u-8',
        actor_name: 'bob',
        impersonator_id: 'user-9',
        category: 'app',
        action: 'refund',
        outcome: 'success',
        occurred_at: story.at(0),
      },
    ]);
    const lines = await linesAt(100, ['user-9']);
    expect(lines[0]).toBe('user-9, unknown, 1 record as somebody else');
    expect(told(lines, 'acted as')).toBe('u-8 (1)');
    expect(lines.at(-1)).toMatch(/ {2}✓ user-9 as bob {2}refund +✓ ok$/);
    const { code, stdout } = await who('user-9');
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { total: 0, latest: [{ actor_id: 'u-8' }] }]);
  });

  test('keeps what was done under a forged token apart', async () => {
    const frank = { ...ALICE, actor_id: 'u-6', actor_name: 'frank', category: 'app' };
    await addRecords(store(), [
      { ...frank, occurred_at: '2026-11-20 10:00:00' },
      {
        ...frank,
        occurred_at: '2026-11-20 03:00:00',
        actor_assurance: 'invalid',
        source_address: '203.0.113.66',
        user_agent: 'sqlmap',
        session_id: 'stolen',
      },
    ]);
    const lines = await linesAt(100, ['u-6', '--utc']);
    expect(told(lines, 'first seen')).toBe('2026-11-20 10:00:00.000 UTC');
    expect(told(lines, 'addresses')).toBe('10.1.2.3 (1)');
    expect(told(lines, 'agents')).toBe('Firefox/140 (1)');
    expect(told(lines, 'sessions')).toBe('session-1 (1)');
    expect(told(lines, 'hours')).toBe(`${'·'.repeat(10)}█${'·'.repeat(13)}  UTC`);
    const forged = lines.findIndex((line) => line.startsWith('forged  '));
    expect(lines.slice(forged, forged + 3).map((line) => line.slice(14))).toEqual([
      '✗ invalid: 1 record of a forged token, last 2026-11-20 03:00:00.000 UTC',
      'from 203.0.113.66 (1)',
      'with sqlmap (1)',
    ]);
  });

  test('counts a login of a typed name where session or request say whose it was, and never guesses', async () => {
    const login = {
      category: 'auth',
      action: 'login',
      outcome: 'success',
      actor_type: 'user',
      actor_name: 'grace',
      actor_assurance: 'claimed',
      target_type: 'account',
      target_id: 'grace',
      occurred_at: story.at(0),
    };
    const grace = {
      ...ALICE,
      actor_id: 'u-7',
      actor_name: 'grace',
      category: 'app',
      occurred_at: story.at(1),
    };
    const request = randomUUID();
    const [bySession, byRequest] = [randomUUID(), randomUUID()];
    await addRecords(store(), [
      { ...grace, session_id: 'grace-1' },
      { ...grace, session_id: 'shared' },
      { ...grace, session_id: 'shared', actor_id: 'u-77', actor_name: 'heidi' },
      { ...grace, session_id: 'forged', actor_assurance: 'invalid' },
      { ...grace, session_id: 'as-grace', impersonator_id: 'user-9' },
      { ...grace, session_id: '', category: 'auth', action: 'identified', request_id: request },
      { ...login, record_id: bySession, session_id: 'grace-1' },
      { ...login, record_id: byRequest, request_id: request },
      { ...login, session_id: 'shared' },
      { ...login, session_id: 'forged' },
      { ...login, session_id: 'as-grace' },
      { ...login },
    ]);
    const { stdout } = await who('u-7');
    const { logins, total, assurances, latest } = JSON.parse(stdout);
    expect(logins.joined.toSorted()).toEqual([bySession, byRequest].toSorted());
    expect([total, logins.typed]).toEqual([7, 4]);
    expect(assurances.map(({ value }: { value: string }) => value)).not.toContain('claimed');
    expect(latest.map(({ record_id }: { record_id: string }) => record_id)).toContain(bySession);
    const lines = await linesAt(80, ['u-7']);
    const typed = lines.findIndex((line) => line.startsWith('typed name  '));
    expect(lines.slice(typed, typed + 2).map((line) => line.slice(14))).toEqual([
      'also as a typed name: 4 logins, nobody can say whose; see',
      `query 'action:login actor_id:"" actor_name:u-7,grace'`,
    ]);
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
      /^Nobody on record is called zoe\. There are: .*alice \(6 records\), /,
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
