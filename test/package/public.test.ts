import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createProgram } from '../../src/commands/program.ts';
import { SETTINGS } from '../../src/config/settings.ts';
import type { Setting } from '../../src/config/settings.ts';
import { EXIT } from '../../src/errors.ts';
import * as api from '../../src/index.ts';
import { COLUMNS } from '../../src/record/columns.ts';
import PUBLIC from './public.json' with { type: 'json' };
import { ROOT } from './dockerfile.ts';

/*
 * What docs/support.md calls public, as the versions before had it. What is missing here breaks somebody: it needs a major
 * version, and then a new list. Views and their columns are held by test/store/upgrade.test.ts.
 */
describe.each(Object.entries(PUBLIC))('What was public in %s is there', (_, released) => {
  test('each setting, with its default and what it could be', () => {
    for (const [variable, { initial, choices }] of Object.entries(released.settings)) {
      const setting = (SETTINGS as readonly Setting[]).find((each) => each.variable === variable);
      expect(setting?.default, variable).toBe(initial);
      expect(setting?.choices ?? [], variable).toEqual(expect.arrayContaining(choices));
    }
  });

  test('each column of a record, at its place and of its type', () => {
    const columns = COLUMNS.map(({ name, type }) => [name, type]);
    expect(columns.slice(0, released.columns.length)).toEqual(released.columns);
  });

  test('each command, with its options', () => {
    expect(commands()).toMatchObject(released.commands);
  });

  test('each exit code and each function of the API', () => {
    expect(EXIT).toMatchObject(released.exitCodes);
    expect(Object.keys(api)).toEqual(expect.arrayContaining(released.api));
  });

  test('each way to import it', () => {
    const { exports, bin } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    expect([...Object.keys(exports), ...Object.keys(bin)]).toEqual(expect.arrayContaining(released.entries));
  });
});

/** `spool list` → its options, each true. */
function commands(): Record<string, Record<string, true>> {
  const found: Record<string, Record<string, true>> = {};
  const walk = (command: ReturnType<typeof createProgram>, path: string): void => {
    if (path !== '') found[path] = Object.fromEntries(command.options.map(({ long }) => [long, true]));
    for (const each of command.commands) walk(each, `${path} ${each.name()}`.trim());
  };
  walk(
    createProgram({ print() {}, say() {} }, async () => {}),
    '',
  );
  return found;
}
