import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, expect, test } from 'vitest';
import { until } from './condition.ts';
import { useInstallation } from './launch.ts';

const installation = useInstallation();
let attempts = 0;
const absent = createServer((socket) => {
  attempts += 1;
  socket.destroy();
});

afterAll(() => absent.close());

test('An application may have files that are called like those of pg', async () => {
  const { code, stdout, stderr } = await installation().launch('src-pg.mjs').ended;
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'own\n', stderr: '' });
});

test('An application whose standard error nobody reads any more is not ended by what we say there', async () => {
  await new Promise<void>((resolve) => absent.listen(0, '127.0.0.1', resolve));
  const { port } = absent.address() as AddressInfo;
  const app = installation().launch('waits.cjs', {
    env: {
      CASE: 'no listener',
      AUDIT_REGISTER_SINK: 'clickhouse',
      AUDIT_REGISTER_CLICKHOUSE_URL: `http://127.0.0.1:${port}`,
    },
  });
  const address = await app.address();
  app.child.stderr?.destroy();
  await fetch(address);
  // By the second attempt the first has been complained of.
  await until('two attempts', () => attempts >= 2);
  expect(await (await fetch(address)).text()).toBe('served');
  expect(app.child.exitCode).toBeNull();
});
