import type { Guide } from './guide.js';

/**
 * Examples and exit codes of every command, by its path. The help and docs/commands.md are made of them.
 * NOTE: a test has the program read every example, so that none can become wrong.
 */
export const GUIDES: Readonly<Record<string, Guide>> = {
  tail: {
    examples: [
      { line: 'audit-register tail', means: 'the last 20 records, then every new one until Ctrl-C' },
      { line: 'audit-register tail outcome:denied,failure', means: 'only what went wrong, as it happens' },
      {
        line: 'audit-register tail --no-follow --lines 100 actor:alice',
        means: 'the last 100 of one person; in a pipe as JSON lines',
      },
    ],
  },
  query: {
    finding: 'nothing was found',
    examples: [
      {
        line: 'audit-register query table:orders action:delete --from 7d',
        means: 'what was deleted in the last seven days',
      },
      {
        line: 'audit-register query actor:alice -outcome:success --from yesterday --to today',
        means: 'what did not succeed; a word with a dash excludes',
      },
      {
        line: 'audit-register query row:orders/1042 --format csv --limit all',
        means: 'everything that names one row, for a spreadsheet',
      },
      {
        line: 'audit-register query --from 7d --param table=orders --sql "SELECT action, count() FROM audit.changes WHERE target_type = {table:String} AND occurred_at >= {from:DateTime} GROUP BY action"',
        means: 'in SQL, with parameters; it can only read',
      },
    ],
  },
  history: {
    finding: 'no change of the row is on record',
    examples: [
      { line: 'audit-register history orders 1042', means: 'every change of one row, each field old → new' },
      {
        line: 'audit-register history orders 1042 --at "2026-11-01 12:00"',
        means: 'the row as of that time',
      },
      { line: 'audit-register history shop.order_items 7 9', means: 'a key of two columns' },
    ],
  },
  who: {
    finding: 'nobody on record is called so',
    examples: [
      { line: 'audit-register who alice', means: 'by name or identifier' },
      { line: 'audit-register who u-42 --from 30d --limit 100', means: 'of the last 30 days' },
    ],
  },
  explore: {
    examples: [
      {
        line: 'audit-register explore --user audit_reader --password-file reader.password',
        means: 'prints `ready` and the address to open, on this machine only',
      },
      {
        line: 'audit-register explore --host 0.0.0.0 --allow-host audit.example.com --token-file explorer.token',
        means: 'behind a reverse proxy, with a token that stays',
      },
    ],
  },
  hash: {
    examples: [
      {
        line: 'audit-register hash -',
        means: 'reads the secret from standard input, out of the shell history',
      },
    ],
  },
  verify: {
    finding: 'something was altered, removed, added or is unproven; or there was nothing to verify',
    examples: [
      {
        line: 'audit-register verify --public-key audit-register.key.pub',
        means: 'everything that is in the store',
      },
      {
        line: 'audit-register verify --from 2026-11-01 --to 2026-12-01 --service shop --json',
        means: 'November of one service, as JSON',
      },
      {
        line: 'audit-register verify --archive november.audit --public-key audit-register.key.pub',
        means: 'an archive, without ClickHouse',
      },
    ],
  },
  export: {
    finding:
      'interrupted before it was whole; or an archive of a period without a segment, which proves nothing',
    examples: [
      { line: 'audit-register export actor:alice --format csv --out alice.csv', means: 'for a spreadsheet' },
      {
        line: 'audit-register export --from 2026-11-01 --to 2026-12-01 --format ocsf --out november.jsonl --manifest',
        means: 'November, for a SIEM, with the SHA-256 of what is in the file',
      },
      {
        line: 'audit-register export outcome:denied --from 7d --format jsonl --out -',
        means: 'to standard output, such as into jq',
      },
      {
        line: 'audit-register export --format archive --from 2026-11-01 --to 2026-12-01 --out november.audit',
        means: 'November, to be verified anywhere',
      },
    ],
  },
  migrate: {
    examples: [
      { line: 'audit-register migrate', means: 'makes the tables and views, or brings them up to date' },
      {
        line: 'audit-register migrate --url http://admin@clickhouse:8123 --database audit',
        means: 'as another user than the one of the applications',
      },
    ],
  },
  'spool list': {
    examples: [{ line: 'audit-register spool list', means: 'who has what on this machine' }],
  },
  'spool inspect': {
    finding: 'the file is not what was written',
    examples: [
      {
        line: 'audit-register spool inspect 01994a3e-6f7c-7d3e-9c1a-2b8f4c5d6e7f',
        means: 'the records of a segment, one JSON line each',
      },
    ],
  },
  'spool flush': {
    finding: 'something is left, was refused or cannot be read',
    examples: [
      { line: 'audit-register spool flush --timeout 300', means: 'delivers what dead processes left' },
    ],
  },
  'spool redrive': {
    finding: 'a dead letter is left',
    examples: [
      { line: 'audit-register spool redrive --all --dry-run', means: 'what would be sent again' },
      { line: 'audit-register spool redrive --all', means: 'sends every dead letter again' },
    ],
  },
  purge: {
    finding: 'with --dry-run: segments are not what was sealed, and it would be refused',
    examples: [
      { line: 'audit-register purge --before 2025-01-01 --dry-run', means: 'what would go' },
      {
        line: 'audit-register purge --before 2025-01-01 --filter actor=u-42 --reason "erasure request 17" --yes',
        means: 'removes what one person did, and leaves a signed record of that',
      },
    ],
  },
  'import easy-audit': {
    finding: 'not everything was imported',
    examples: [
      {
        line: 'audit-register import easy-audit --postgres postgres://reader@db/shop --dry-run',
        means: 'counts, and three records of each table',
      },
      {
        line: 'audit-register import easy-audit --postgres postgres://reader@db/shop --service shop',
        means: 'imports; run again, it goes on',
      },
    ],
  },
  init: {
    examples: [
      { line: 'audit-register init --dry-run', means: 'what would be written' },
      { line: 'audit-register init --write', means: 'writes it, and adds a script to package.json' },
    ],
  },
  doctor: {
    finding: 'a check failed (✗); what is only worth a look (!) is none',
    examples: [
      { line: 'audit-register doctor', means: 'where the application is started, with its environment' },
      {
        line: 'audit-register doctor --reader-user audit_reader --reader-password-file reader.password',
        means: 'reads the test record back, although the writer may not',
      },
      { line: 'audit-register doctor --no-test-record --json', means: 'for a monitor: changes nothing' },
    ],
  },
  'policy test': {
    finding: 'with --cases: one of them is not as expected',
    examples: [
      {
        line: 'audit-register policy test --method DELETE --path /orders/1 --route /orders/:id --actor u-1 --status 204',
        means: 'which rule decides about a request, and what is kept',
      },
      {
        line: 'audit-register policy test --sql "DELETE FROM orders WHERE id = 1"',
        means: 'the same of a statement',
      },
      { line: 'audit-register policy test --cases policy.json', means: 'in the tests of the application' },
    ],
  },
  keygen: {
    examples: [
      {
        line: 'audit-register keygen --out audit-register.key',
        means: 'a key that signs, and its public part in audit-register.key.pub',
      },
    ],
  },
  dev: {
    examples: [{ line: 'audit-register dev', means: 'a ClickHouse on port 8123 until Ctrl-C' }],
  },
  completion: {
    examples: [
      {
        line: 'audit-register completion bash > ~/.audit-register.bash',
        means: 'to be read by a line of ~/.bashrc: source ~/.audit-register.bash',
      },
      {
        line: 'audit-register completion fish > ~/.config/fish/completions/audit-register.fish',
        means: 'fish reads it by itself',
      },
    ],
  },
};
