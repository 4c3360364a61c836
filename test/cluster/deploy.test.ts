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

/** The server that is asked says when it took an entry in, and hands it on with the rights of the user. */
function ofShard(grant: string): string {
  return `${grant}_local`.replace('key_id)', 'key_id, ingested_at)');
}

test.each(['audit_writer', 'audit_collector'] as const)(
  '%s may do to the table of a shard what it may do to all of them, and nothing else',
  (user) => {
    const grants = grantsOf(user, 'audit');
    expect(grants.length).toBeGreaterThan(1);
    expect(granted(user).toSorted()).toEqual(grants.flatMap((grant) => [grant, ofShard(grant)]).toSorted());
  },
);

test('the reader of a cluster has the grants of one server', () => {
  expect(granted('audit_reader')).toEqual(grantsOf('audit_reader', 'audit'));
});
