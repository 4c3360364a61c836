import { expect, test } from 'vitest';
import { until } from './condition.ts';
import { useInstallation } from './launch.ts';

const installation = useInstallation();

/** NOTE: `unshare` of util-linux, and the right to use it: a namespace is what a container has of this. */
test('The first process of a container lives on after SIGTERM as if it were bare, and still records', async () => {
  const app = installation().launch('first-process.cjs', { nodeArgs: [] });
  const address = await app.address();
  const visit = async (path: string): Promise<Record<string, unknown>> => {
    expect(await (await fetch(address + path, { headers: { connection: 'close' } })).text()).toBe(path);
    await until(`the record of ${path}`, () => app.lines().some((line) => line['url_path'] === path));
    return app.lines().find((line) => line['url_path'] === path) as Record<string, unknown>;
  };

  try {
    const { chain_id: chain, process_id: id } = await visit('/before');
    expect(id).toBe(1);
    app.child.kill('SIGUSR2');
    // The chain is closed at the signal, and what comes later is in another.
    let last: unknown = chain;
    for (let index = 0; last === chain && index < 100; index += 1)
      last = (await visit(`/after/${index}`))['chain_id'];
    expect(last).not.toBe(chain);
    expect(await visit('/still-there')).toMatchObject({ process_id: 1 });
  } finally {
    // NOTE: killed in another way, it would leave its server behind.
    app.child.kill('SIGTERM');
    await app.ended;
  }
});
