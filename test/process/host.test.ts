import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
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

test.each(['cjs', 'mjs'])(
  'A package of another version keeps running, without what we look for in it (%s)',
  async (kind) => {
    const { directory, launch } = installation();
    const files = join(directory, 'node_modules/postgres', kind === 'cjs' ? 'cjs/src' : 'src');
    mkdirSync(files, { recursive: true });
    // NOTE: version 3.0 has no `stringify`, and a later one may have a constant.
    const { types, query } = OTHER_VERSION[kind as 'cjs' | 'mjs'];
    const format = kind === 'cjs' ? 'commonjs' : 'module';
    writeFileSync(join(files, 'package.json'), JSON.stringify({ type: format }));
    writeFileSync(join(files, 'types.js'), types);
    writeFileSync(join(files, 'query.js'), query);
    writeFileSync(
      join(directory, 'other-version.mjs'),
      ['types', 'query']
        .map((name) => `await import(${JSON.stringify(join(files, `${name}.js`))});`)
        .join('\n')
        .concat("\nconsole.log('served');"),
    );

    const { code, stdout, stderr } = await launch('other-version.mjs').ended;
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'served\n', stderr: '' });
  },
);

const OTHER_VERSION = {
  cjs: {
    types: 'Object.freeze(module.exports);',
    query: "'use strict'; module.exports = Object.freeze({ Query: class Query {} });",
  },
  mjs: { types: 'export const types = {};', query: 'export const Query = class Query {};' },
};

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
