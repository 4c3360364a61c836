import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { startPreloaded } from '../support/preloaded.ts';

const ROOT = join(import.meta.dirname, '../..');
const FIXTURES = join(import.meta.dirname, 'fixtures');

describe('audit-register/api', () => {
  it.for(['nodenext', 'node16'])('has types for what applications write (%s)', async (resolution) => {
    const flags = '--ignoreConfig --noEmit --strict --exactOptionalPropertyTypes --skipLibCheck --types node';
    const target = `--target es2023 --module ${resolution} --moduleResolution ${resolution}`;
    const compile = promisify(execFile)(join(ROOT, 'node_modules/.bin/tsc'), [
      ...`${flags} ${target}`.split(' '),
      join(FIXTURES, 'typed.ts'),
    ]);
    await expect(compile).resolves.toMatchObject({ stdout: '' });
  });

  it('can be imported by name from an ES module', async () => {
    const app = await startPreloaded(join(FIXTURES, 'named-imports.mjs'));
    expect(app.url).toBe('http://127.0.0.1:1');
    const { records } = await app.end();
    expect(records).toMatchObject([{ category: 'app', action: 'from.esm', actor_type: 'system' }]);
  });

  it('types a configuration file, whose hook may change, drop and break', async () => {
    const app = await startPreloaded(join(FIXTURES, 'hooked.cjs'), {
      env: { AUDIT_REGISTER_CONFIG: join(FIXTURES, 'audit-register.config.cjs') },
    });
    const { records, stderr } = await app.end();
    expect(records.map(({ action, environment }) => [action, environment])).toEqual([
      ['kept', 'from the hook'],
      ['breaks', ''],
      ['breaks', ''],
      ['last', 'from the hook'],
    ]);
    expect(records.map(({ sequence }) => Number(sequence))).toEqual([1, 2, 3, 4]);
    expect(stderr.match(/beforeRecord/g)).toHaveLength(1);
  });
});
