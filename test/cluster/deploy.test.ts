import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { grantsOf } from '../../src/store/grants.ts';

const USERS = readFileSync(
  join(import.meta.dirname, '../../deploy/cluster/users.d/audit-register.xml'),
  'utf8',
);

function granted(user: string): string[] {
  const [, own = ''] =
    new RegExp(`<${user}>\\s*<password[\\s\\S]*?<grants>([\\s\\S]*?)</grants>`).exec(USERS) ?? [];
  return [...own.matchAll(/<query>(.*?)<\/query>/g)].map(([, query = '']) => query);
}

test('the writer of a cluster may do to the table of a shard what it may do to all of them, and nothing else', () => {
  const grants = grantsOf('audit_writer', 'audit');
  expect(grants.length).toBeGreaterThan(2);
  expect(granted('audit_writer').toSorted()).toEqual(
    grants.flatMap((grant) => [grant, `${grant}_local`]).toSorted(),
  );
});

test('the reader of a cluster has the grants of one server', () => {
  expect(granted('audit_reader')).toEqual(grantsOf('audit_reader', 'audit'));
});
