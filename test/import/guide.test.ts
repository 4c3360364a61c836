import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { addImportCommand } from '../../src/commands/import.ts';
import { SETTINGS } from '../../src/config/settings.ts';
import { Command } from 'commander';
import { useClickHouse } from '../support/clickhouse.ts';

const GUIDE = readFileSync(
  join(import.meta.dirname, '../../docs/migrating-from-django-easy-audit.md'),
  'utf8',
);
const QUERIES = [...GUIDE.matchAll(/```sql\n([\s\S]*?)```/g)].map(([, sql]) => sql as string);

const store = useClickHouse();

describe('the guide for users of django-easy-audit', () => {
  test.each(QUERIES.map((sql, index) => [index + 1, sql] as const))(
    'asks what can be answered: %i',
    async (_index, sql) => {
      expect(await store().query(sql)).toEqual([]);
    },
  );

  test('names settings that there are', () => {
    const known = new Set(SETTINGS.map(({ variable }) => `AUDIT_REGISTER_${variable}`));
    const named = GUIDE.match(/AUDIT_REGISTER_[A-Z_]+/g) ?? [];
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });

  test('names every option of the command, and no other', () => {
    const program = new Command();
    addImportCommand(program, async () => {});
    const command = program.commands[0]?.commands[0];
    const options = command?.options.map(({ long }) => long);
    const table = GUIDE.slice(GUIDE.indexOf('| option |'), GUIDE.indexOf('The PostgreSQL user needs'));
    const rows = table.split('\n').flatMap((line) => line.split('|')[1]?.match(/--[a-z][\w-]*/g) ?? []);
    expect([...rows].sort()).toEqual([...(options ?? [])].sort());
  });
});
