import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { QUESTIONS } from '../../examples/demo/questions.ts';
import { processesWith } from './child-processes.js';
import { DemoProcess, temporaryDirectory } from './demo-process.js';

/* The demo under its real name: `npm run demo` runs the same file. It needs the build in dist/. */

const started: DemoProcess[] = [];
const directory = temporaryDirectory();

function startDemo(data: string, ...args: string[]): DemoProcess {
  const demo = new DemoProcess(data, ...args);
  started.push(demo);
  return demo;
}

async function expectNoProcessOf(demo: DemoProcess, data: string): Promise<void> {
  await expect
    .poll(() => [...processesWith(demo.mark), ...processesWith(data)], { timeout: 20_000, interval: 100 })
    .toEqual([]);
}

afterAll(async () => {
  for (const { child } of started) child.kill('SIGKILL');
  await Promise.all(started.map(({ ended }) => ended));
  await vi.waitFor(() => expect(processesWith(directory)).toEqual([]), { timeout: 20_000 });
  rmSync(directory, { recursive: true, force: true });
});

describe('a demo that stays up', () => {
  const data = `${directory}/up`;
  let demo: DemoProcess;
  let clickhouse: string;

  beforeAll(async () => {
    demo = startDemo(data);
    await demo.says(/until Ctrl-C/);
    [, clickhouse = ''] = demo.output.match(/curl (\S+) -d/) ?? [];
  });

  async function ask<T>(sql: string): Promise<T[]> {
    const response = await fetch(clickhouse, { method: 'POST', body: `${sql} FORMAT JSON` });
    const text = await response.text();
    expect(response.status, text).toBe(200);
    return (JSON.parse(text) as { data: T[] }).data;
  }

  test('has on record that alice deleted order 1042, and that two others were refused', async () => {
    const rows = await ask(
      `SELECT actor_name, actor_assurance, http_status, replaceOne(toString(source_address), '::ffff:', '') AS address
       FROM audit.records WHERE category = 'http' AND http_method = 'DELETE' AND url_path = '/orders/1042'
       ORDER BY occurred_at`,
    );

    expect(rows).toEqual([
      { actor_name: 'bob', actor_assurance: 'verified', http_status: 403, address: '10.1.2.4' },
      { actor_name: 'alice', actor_assurance: 'invalid', http_status: 401, address: '198.51.100.66' },
      { actor_name: 'alice', actor_assurance: 'verified', http_status: 204, address: '10.1.2.3' },
    ]);
    expect(
      await ask(`SELECT actor_id, target_id FROM audit.records WHERE category = 'db' AND action = 'delete'`),
    ).toEqual([{ actor_id: 'user-1', target_id: '1042' }]);
  });

  test('holds neither a password nor a token nor the number of a card', async () => {
    const rows = JSON.stringify(await ask('SELECT * FROM audit.records'));

    expect(rows).not.toMatch(/eyJ|-password|carol-pasword|scrypt:|4000000000000002/);
  });

  test.each(QUESTIONS)('answers the printed question: $title', async ({ sql }) => {
    expect(demo.output).toContain(sql);
    expect((await ask(sql)).length).toBeGreaterThan(0);
  });

  test('links to the register in a browser', async () => {
    const [, link = ''] = demo.output.match(/^See it in the browser: (\S+)$/m) ?? [];
    const { origin, searchParams } = new URL(link);
    const records = await fetch(`${origin}/api/records?search=actor:alice`, {
      headers: { Authorization: `Bearer ${searchParams.get('token')}` },
    });

    expect(await records.text()).toContain('/orders/1042');
  });

  test('a second one on the same data says who has it and what to do', async () => {
    const second = startDemo(data, '--once');

    expect(await second.ended).toEqual({ code: 1, signal: null });
    expect(second.output).toContain(`process ${demo.child.pid}`);
    expect(second.output).toContain('--data-dir');
  });

  test('a second one beside it takes other ports and says so', async () => {
    const second = startDemo(`${directory}/beside`, '--once');

    expect(await second.ended, second.output).toEqual({ code: 0, signal: null });
    expect(second.output).toMatch(/Port \d+ is in use, ClickHouse takes \d+/);
    expect(second.output).toMatch(/Port \d+ is in use, the explorer takes \d+/);
    expect(second.output).toMatch(/Port \d+ is in use, the shop takes \d+/);
  });

  test('ends with 0 at Ctrl-C and leaves no process, and runs again on the same data', async () => {
    demo.child.kill('SIGINT');
    expect(await demo.ended).toEqual({ code: 0, signal: null });
    await expectNoProcessOf(demo, data);

    const again = startDemo(data, '--once');

    expect(await again.ended, again.output).toEqual({ code: 0, signal: null });
    expect(again.output.match(/alice +deleted +orders \/ 1042/g)).toHaveLength(1);
    await expectNoProcessOf(again, data);
  });
});

describe('a demo that is interrupted', () => {
  const moments = [/out of npm/, /^PostgreSQL/m, /^ClickHouse/m, /^Issuer/m, /^Shop/m, /requests were made/];

  test.each(moments)('at %s ends with 130 and leaves no process', async (moment) => {
    const data = `${directory}/interrupted`;
    const demo = startDemo(data);

    await demo.says(moment);
    demo.child.kill('SIGINT');

    expect(await demo.ended, demo.output).toEqual({ code: 130, signal: null });
    await expectNoProcessOf(demo, data);
  });

  test('by SIGTERM ends with 143', async () => {
    const demo = startDemo(`${directory}/interrupted`);

    await demo.says(/^PostgreSQL/m);
    demo.child.kill('SIGTERM');

    expect(await demo.ended, demo.output).toEqual({ code: 143, signal: null });
  });

  test('by kill -9 leaves no process, and the next one runs at once on the same data', async () => {
    const data = `${directory}/killed`;
    const demo = startDemo(data);
    await demo.says(/requests were made/);
    demo.child.kill('SIGKILL');
    await demo.ended;

    const next = startDemo(data, '--once');

    expect(await next.ended, next.output).toEqual({ code: 0, signal: null });
    await expectNoProcessOf(demo, data);
  });
});

describe('a demo that cannot run', () => {
  test('names an option it does not know', async () => {
    const demo = startDemo(`${directory}/option`, '--twice');

    expect(await demo.ended).toEqual({ code: 2, signal: null });
    expect(demo.output).toContain('--once');
  });

  test('says which directory it cannot write', async () => {
    const demo = startDemo('/dev/null/demo');

    expect(await demo.ended).toEqual({ code: 1, signal: null });
    expect(demo.output).toMatch(/^\/dev\/null\/demo cannot be written/m);
  });
});
