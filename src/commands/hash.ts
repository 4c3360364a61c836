import { text } from 'node:stream/consumers';
import { loadConfig } from '../config/load.js';
import { ConfigurationError, EXIT } from '../errors.js';
import { COLUMNS } from '../record/columns.js';
import type { Column } from '../record/columns.js';
import { createHasher } from '../record/redaction/redact-hash.js';
import type { AddCommand, CommandContext } from './command.js';

export const addHashCommand: AddCommand = (program, run) => {
  program
    .command('hash')
    .description('print what stands in the records for a secret value, to search for it')
    .argument('<value>', 'the value as it was sent; - reads it from standard input, out of the shell history')
    .action((value: string) => run((context) => runHash(value, context)));
};

/** Prints the hash; a query that finds it is said beside it. */
export async function runHash(given: string, { env, cwd, print, say }: CommandContext): Promise<number> {
  const { hmacKey, clickhouse } = loadConfig(env, cwd);
  if (hmacKey === '') {
    throw new ConfigurationError(
      'AUDIT_REGISTER_HMAC_KEY (redact.hmacKey) is not set: without a key secrets are written as [redacted] and cannot be searched.',
    );
  }
  const value = given === '-' ? (await text(process.stdin)).replace(/\r?\n$/, '') : given;
  const hash = createHasher(hmacKey)(value);
  print(hash);
  say(`Find it with:\n${searchQuery(clickhouse.database, hash)}`);
  return EXIT.good;
}

/** A query for all records that hold a hash anywhere. */
export function searchQuery(database: string, hash: string): string {
  const columns = (COLUMNS as readonly Column[]).filter(({ redact }) => redact !== 'none');
  const ofType = (pattern: RegExp): string[] =>
    columns.filter(({ type }) => pattern.test(type)).map(({ name }) => name);
  const texts = ofType(/^(?:LowCardinality\()?String/).map((name) => `toString(${name})`);
  const lists = ofType(/^Array/).map((name) => `CAST(${name}, 'Array(String)')`);
  const maps = ofType(/^Map/).map((name) => `mapValues(${name})`);
  return [
    'SELECT occurred_at, actor_id, action, target_type, target_id, record_id',
    `FROM ${database}.records`,
    `WHERE arrayExists(text -> position(text, '${hash}') > 0,`,
    `  arrayConcat([${texts.join(', ')}], ${[...lists, ...maps].join(', ')}))`,
    'ORDER BY occurred_at',
  ].join('\n');
}
