import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { GUIDES } from '../../src/commands/guides.ts';
import { csvHeader } from '../../src/search/csv.ts';
import { widthOf } from '../../src/commands/terminal/width.ts';
import { addRecords } from '../store/records.ts';
import { useClickHouse } from '../support/clickhouse.ts';
import { runCommand, startAtTerminal, startCommand } from './command-process.ts';
import type { CommandEnd } from './command-process.ts';
import { readerEnv } from './reader-env.ts';
import { tellStory } from './story.ts';
import type { Story } from './story.ts';

/** As a shell tells of a program that SIGPIPE has ended. */
const CLOSED_PIPE = 141;

const store = useClickHouse();
let story: Story;

beforeAll(async () => {
  story = await tellStory(store());
});

function query(...args: readonly string[]): Promise<CommandEnd> {
  return runCommand(['query', ...args], readerEnv(store()));
}

function jsonLines(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

async function at(columns: number, args: readonly string[], env: Record<string, string> = {}) {
  const shown = startAtTerminal(['query', ...args], { ...readerEnv(store()), ...env }, columns);
  const code = await shown.ended;
  return { code, text: shown.shown(), lines: shown.shown().trimEnd().split('\n'), said: shown.said() };
}

describe('audit-register query', () => {
  test('in a pipe gives JSON lines, the newest first, with every column and full times', async () => {
    const { code, stdout, stderr } = await query('actor:alice', 'table:orders');
    const records = jsonLines(stdout);
    expect([code, stderr]).toEqual([0, '']);
    expect(records.map(({ action, final_outcome }) => [action, final_outcome])).toEqual([
      ['delete', 'applied'],
      ['update', 'rolled_back'],
      ['update', 'applied'],
      ['create', 'applied'],
    ]);
    expect(records[0]).toMatchObject({
      actor_id: 'u-1',
      source_address: '10.1.2.3',
      occurred_at: story.at(3).replace('Z', '000000Z'),
    });
    // oxlint-disable-next-line no-control-regex
    expect(stdout).not.toMatch(/\u001b/);
  });

  test('takes a word with a dash as an exclusion', async () => {
    const { stdout } = await query('table:orders', '-action:update', '-action:create');
    expect(jsonLines(stdout).map(({ action }) => action)).toEqual(['delete']);
  });

  test.each([
    ['query', []],
    ['query', ['--limit', '10']],
    ['tail', ['--no-follow']],
    ['export', ['--format', 'jsonl', '--out', '-']],
  ])('%s %j takes what excludes for that, and not for help or a version', async (command, options) => {
    const words = ['-host:nowhere', '-actor:bob', '-Vienna', 'actor:alice', 'table:orders'];
    const { code, stdout } = await runCommand(
      [command, ...words, ...options, '--', '-h'],
      readerEnv(store()),
    );
    expect([code, jsonLines(stdout).map(({ actor_id }) => actor_id)]).toEqual([0, Array(4).fill('u-1')]);
  });

  test('excludes by each of its words', async () => {
    const { stdout } = await query('table:orders', '-actor:alice', '-host:nowhere');
    expect(jsonLines(stdout).filter(({ actor_id }) => actor_id === 'u-1')).toEqual([]);
    expect((await query('actor:alice', '-actor:alice')).code).toBe(1);
  });

  test('finds within a period', async () => {
    const period = ['--from', story.at(3), '--to', story.at(4)];
    const { stdout } = await query(...period);
    expect(
      jsonLines(stdout).map(({ request_id, record_id }) => [request_id, record_id].includes(story.deletion)),
    ).toEqual([true, true]);
    expect((await query('--to', '30d')).code).toBe(1);
    expect(jsonLines((await query('--from', '2h', 'outcome:denied')).stdout)).toHaveLength(1);
  });

  test('stops at the limit, and says that there are more', async () => {
    const { code, stdout, stderr } = await query('--limit', '2');
    expect([code, jsonLines(stdout).length]).toEqual([0, 2]);
    expect(stderr).toBe('There are older ones, too: --limit 20, or --limit all.\n');
  });

  test('pages through more than the store gives at once', async () => {
    const many = Array.from({ length: 1_234 }, (_, index) => ({
      category: 'app',
      action: `many-${index}`,
      service_name: 'many',
      occurred_at: story.at(0),
    }));
    await addRecords(store(), many);
    const { stdout } = await query('service:many', '--limit', 'all');
    expect(new Set(jsonLines(stdout).map(({ action }) => action)).size).toBe(many.length);
  });

  test('is a sentence a line on a terminal, none longer than it is wide', async () => {
    const { code, lines, text } = await at(80, ['table:orders', '--utc'], { NO_COLOR: '1' });
    expect(code).toBe(0);
    expect(lines[0]).toBe('time      who           did              to what                   outcome');
    expect(lines[1]).toMatch(/^── \w{3} \d{4}-\d{2}-\d{2} UTC ──$/);
    const clock = story.at(3).slice(11, 19);
    expect(text).toMatch(new RegExp(`^${clock}  ✓ alice       deleted +orders / 1042 +✓ committed$`, 'm'));
    expect(text).toMatch(/orders \/ 1042 +↩ rolled back$/m);
    expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(80);
    // oxlint-disable-next-line no-control-regex
    expect(text).not.toMatch(/\u001b/);
  });

  test('is richer at 140 columns, and coloured', async () => {
    const { text } = await at(140, ['outcome:denied']);
    expect(text).toContain('\u001b[33m⊘ denied');
    expect(text).toMatch(/GET \/admin → 403 .*2001:db8::7 .*\? claimed/);
  });

  test('shows times of this place, and says of which', async () => {
    const { text } = await at(80, ['outcome:denied'], { TZ: 'Asia/Kolkata', NO_COLOR: '1' });
    expect(text).toMatch(/^── \w{3} [\d-]{10} \+05:30 ──$/m);
    const there = new Date(Date.parse(story.at(5)) + 5.5 * 3_600_000).toISOString().slice(11, 19);
    expect(text).toMatch(new RegExp(`^${there}  `, 'm'));
  });

  test('gives one array with --format json, also of nothing', async () => {
    expect(JSON.parse((await query('table:orders', '--format', 'json')).stdout)).toHaveLength(4);
    const nothing = await query('actor:nobody', '--format', 'json');
    expect([JSON.parse(nothing.stdout), nothing.code]).toEqual([[], 1]);
  });

  test('gives CSV that no spreadsheet takes for a formula', async () => {
    await addRecords(store(), [
      { category: 'app', action: 'formula', occurred_at: story.at(0), actor_id: '=HYPERLINK("http://evil")' },
    ]);
    const { stdout } = await query('action:formula', '--format', 'csv');
    const [names = '', row = ''] = stdout.split('\r\n');
    expect(`${names}\r\n`).toBe(csvHeader());
    expect(names).toContain('actor_id,actor_name');
    expect(row).toContain(`"'=HYPERLINK(""http://evil"")"`);
    expect(row).toContain(`${story.at(0).replace('Z', '000000Z')},`);
  });

  test('lets no value reach the terminal as it is', async () => {
    const evil = 'x\u001b[2J\u001b]0;owned\u0007\r\n12:00:00  root  deleted\u009b31m\u202e';
    await addRecords(store(), [
      {
        category: 'http',
        action: 'read',
        outcome: 'success',
        occurred_at: story.at(0),
        service_name: 'evil',
        actor_id: evil,
        actor_name: evil,
        http_method: 'GET',
        http_route: evil,
        url_path: evil,
        user_agent: evil,
        error_message: evil,
      },
    ]);
    // oxlint-disable-next-line no-control-regex
    const forbidden = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/;
    const own = /\u001b\[(?:\d+)m/g; // oxlint-disable-line no-control-regex
    for (const format of ['table', 'jsonl', 'json', 'csv']) {
      const { text } = await at(140, ['service:evil', '--format', format]);
      expect(text.replaceAll(own, '')).not.toMatch(forbidden);
      expect(text).not.toContain('[31m');
    }
    const sql =
      "SELECT actor_name, user_agent AS `a\u001b[31m` FROM audit.unique_records WHERE service_name = 'evil'";
    for (const format of ['table', 'jsonl', 'csv']) {
      const { text, code } = await at(140, ['--sql', sql, '--format', format]);
      expect(code).toBe(0);
      expect(text.replaceAll(own, '')).not.toMatch(forbidden);
    }
    // In a pipe it is for programs, which get the very value.
    const [record] = jsonLines((await query('service:evil')).stdout);
    expect(record).toMatchObject({ actor_name: evil, user_agent: evil });
  });

  test('ends with 1 where nothing is found, and says what to do', async () => {
    const { code, stdout, stderr } = await query('actor:nobody', '--from', '7d');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toBe(
      'Nothing was found. Look with fewer words or over a longer period (--from, --to); `audit-register query --limit 5` shows the newest records.\n',
    );
  });

  test.each([
    [['actr:alice'], /actr.*actor/],
    [['--limt', '5'], /unknown option "--limt"/],
    [['--limit', '0'], /number from 1/],
    [['--from', 'soon'], /--from "soon" is no time/],
    [['--format', 'xml'], /Allowed choices/],
    [['--param', 'a=1'], /--param is for --sql/],
    [['orders', '--sql', 'SELECT 1'], /either a search or --sql/],
    [['--sql', 'SELECT FROM WHERE'], /Syntax error/],
    [['--from', '1h', '--to', '2h'], /--from is after --to/],
    [['--sql', 'SELECT nonsense FROM audit.changes'], /nonsense/],
    [['--sql', 'SELECT 1', '--from', '2h'], /--from needs a place in the SQL/],
    [['--url', 'clickhouse'], /http:\/\/127/],
  ])('is used wrongly with %j', async (args, says) => {
    const { code, stdout, stderr } = await query(...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(says);
  });

  test.each(['query', 'tail', 'export --format csv --out -'])(
    'never shows what %s refuses, where a password is in it',
    async (line) => {
      const command = line.split(' ');
      const url = await runCommand([...command, '--url', 'ftp://u:needle@h'], {});
      expect([url.code, url.stdout, url.stderr]).toEqual([
        2,
        '',
        expect.stringContaining('--url takes an address'),
      ]);
      const option = await runCommand([...command, '--pasword=needle'], {});
      expect(option.code).toBe(2);
      expect(url.stderr + option.stderr).not.toContain('needle');
    },
  );

  test('is quiet when nobody reads any more', async () => {
    const command = startCommand(['query', 'service:many', '--limit', 'all'], readerEnv(store()));
    command.child.stdout?.destroy();
    expect(await command.ended).toMatchObject({ code: CLOSED_PIPE, stderr: '' });
  });
});

describe('audit-register query --sql', () => {
  test('binds parameters and the period', async () => {
    const sql = `SELECT action, target_id FROM audit.changes
      WHERE has(target_tables, {table:String}) OR (target_type = {table:String} AND occurred_at >= {from:DateTime64(3)})
      ORDER BY occurred_at`;
    const { code, stdout } = await query('--sql', sql, '--param', 'table=orders', '--from', story.at(3));
    expect([code, jsonLines(stdout)]).toEqual([0, [{ action: 'delete', target_id: '1042' }]]);
  });

  test('binds the period by the type that the SQL declares', async () => {
    const types = [
      'DateTime',
      "DateTime('UTC')",
      'DateTime64(3)',
      'DateTime64(9)',
      'Nullable(DateTime)',
      'Date',
    ];
    const bounds = types.map(
      (type, index) => `{from:${type}} <= now() AND {to:${type}} > now() - 9999999 AS b${index}`,
    );
    for (const [index, bound] of bounds.entries()) {
      const sql = `SELECT ${bound}`;
      const period = ['--from', '2026-11-21T00:00:00.85Z', '--to', '2026-11-21T12:00:00.123456789Z'];
      expect(await query('--sql', sql, ...period)).toMatchObject({ code: 0, stderr: '' });
      expect(types[index]).toBeDefined();
    }
    const sql =
      'SELECT {from:DateTime} = toDateTime(1794682528) AS a, {to:DateTime} = toDateTime(1794682530) AS b';
    const { stdout } = await query(
      '--sql',
      sql,
      '--from',
      '2026-11-14T18:55:28.85Z',
      '--to',
      '2026-11-14T18:55:29.1Z',
    );
    expect(jsonLines(stdout)).toEqual([{ a: 1, b: 1 }]);
  });

  test('answers the very line that its help shows', async () => {
    const line = GUIDES['query']?.examples.find(({ line }) => line.includes('--sql'))?.line ?? '';
    const words = execFileSync('sh', ['-c', `printf '%s\\n' ${line}`], { encoding: 'utf8' });
    const [, command, ...args] = words.trimEnd().split('\n');
    expect(command).toBe('query');
    const { code, stdout, stderr } = await query(...args);
    expect([code, stderr]).toEqual([0, '']);
    expect(
      jsonLines(stdout)
        .map(({ action }) => action)
        .toSorted(),
    ).toEqual(['create', 'delete', 'update']);
  });

  test('says on a terminal in which zone times are', async () => {
    const sql =
      "SELECT occurred_at, toDateTime(0, 'Asia/Tokyo') AS there, now() AS here FROM audit.changes LIMIT 1";
    const { lines } = await at(140, ['--sql', sql], { TZ: 'Europe/Berlin', NO_COLOR: '1' });
    expect(lines[0]).toMatch(/^occurred_at \(UTC\) +there \(Asia\/Tokyo\) +here \(zone of the server\)$/);
    expect((await query('--sql', sql, '--format', 'csv')).stdout).toMatch(/^occurred_at,there,here\r\n/);
  });

  test('never takes a value for SQL', async () => {
    const evil = `x' OR 1=1 --\\' \n\t;`;
    const { stdout } = await query('--sql', 'SELECT {value:String} AS value', '--param', `value=${evil}`);
    expect(jsonLines(stdout)).toEqual([{ value: evil }]);
  });

  test.each(['a,"b', '["a","\\"b"]'])('takes the list %s', async (all) => {
    const sql = 'SELECT arrayJoin({all:Array(String)}) AS each';
    const { stdout } = await query('--sql', sql, '--param', `all=${all}`);
    expect(jsonLines(stdout)).toEqual([{ each: 'a' }, { each: '"b' }]);
  });

  test('rounds no number', async () => {
    const sql =
      "SELECT toUInt64('18446744073709551615') AS a, toDecimal128('12345678901234567890.123456789', 9) AS b";
    expect((await query('--sql', sql)).stdout).toMatch(
      /18446744073709551615.*12345678901234567890\.123456789/,
    );
    expect((await query('--sql', sql, '--format', 'csv')).stdout).toBe(
      'a,b\r\n18446744073709551615,12345678901234567890.123456789\r\n',
    );
    expect((await query('--sql', 'SELECT NULL AS a', '--format', 'csv')).stdout).toBe('a\r\n\r\n');
  });

  test('is a table on a terminal', async () => {
    const { lines } = await at(
      80,
      [
        '--sql',
        "SELECT action, count() AS times FROM audit.changes WHERE target_type = 'orders' GROUP BY action ORDER BY times DESC, action",
      ],
      { NO_COLOR: '1' },
    );
    expect(lines).toEqual(['action  times', 'update      2', 'create      1', 'delete      1']);
  });

  test('can only read, also as a user who may write', async () => {
    const env = { AUDIT_REGISTER_CLICKHOUSE_URL: store().url };
    const sql = 'SELECT 1 SETTINGS readonly = 0, max_threads = 1';
    const { code, stderr } = await runCommand(['query', '--sql', sql], env);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/readonly/);
  });

  test.each([
    "KILL QUERY WHERE user = 'audit_reader'",
    '-- SELECT\n( kIlL\tMutation WHERE 1',
    '/* SELECT 1 */ System RELOAD CONFIG',
    '/* /* */ SELECT 1 -- */\nKILL QUERY WHERE 1',
    '# SELECT\nset max_threads = 1',
    '#! SELECT\n/**/insert/**/into audit.records select * from audit.records',
    "WITH (SELECT ')' AS `)`) AS x /* SELECT */ -- SELECT\n insert INTO audit.records SELECT * FROM audit.records",
    'TRUNCATE TABLE audit.records',
    '"SELECT" 1',
    'SELECT_ 1',
    ';SELECT 1',
    '',
  ])('sends nothing of %j', async (sql) => {
    // Nobody listens there: whoever sends anything says so, and ends with 78.
    const end = await runCommand(['query', '--url', 'http://127.0.0.1:1', '--sql', sql], {});
    expect(end).toMatchObject({ code: 2, stdout: '' });
    expect(end.stderr).toMatch(/^audit-register: --sql takes a statement that reads: .*nothing was sent/);
  });

  test.each([
    '-- KILL\n/* KILL */ (((select 1)))',
    "WITH (SELECT 'INSERT') AS `insert` SELECT `insert`",
    'with recursive a as (select 1 as n) select n from a',
    'FROM numbers(1) SELECT number',
    'Explain AST SELECT 1',
    'SHOW TABLES FROM audit',
    'describe TABLE audit.unique_records',
    'DESC audit.unique_records',
    '# a\n#! b\n exists audit.unique_records',
  ])('reads by %j', async (sql) => {
    expect(await query('--sql', sql)).toMatchObject({ code: 0, stderr: '' });
  });

  test('ends with 1 without rows', async () => {
    for (const format of ['table', 'jsonl', 'csv', 'json'])
      expect((await query('--sql', 'SELECT 1 WHERE 0', '--format', format)).code).toBe(1);
  });
});

describe('the register', () => {
  test('is named by options, the password in a file', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'look-'));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    const { url, username, password } = store().config('audit_reader');
    writeFileSync(join(directory, 'password'), `${password}\n`);
    const options = ['--url', url, '--user', username, '--password-file', join(directory, 'password')];
    const env = { AUDIT_REGISTER_CLICKHOUSE_URL: 'http://wrong:secret@127.0.0.1:1' };
    expect((await runCommand(['query', ...options, '--database', 'audit'], env)).code).toBe(0);
    const elsewhere = await runCommand(['query', ...options, '--database', 'elsewhere'], env);
    expect([elsewhere.code, elsewhere.stderr]).toEqual([78, expect.stringContaining('elsewhere')]);
  });

  test('that is not there is one line and 78', async () => {
    const { code, stderr } = await runCommand(['query', '--url', 'http://127.0.0.1:1'], {});
    expect(code).toBe(78);
    expect(stderr).toMatch(/^audit-register: No ClickHouse answers at http:\/\/127\.0\.0\.1:1 .*\n$/);
  });

  test('that refuses the password says so', async () => {
    const env = { ...readerEnv(store()), AUDIT_REGISTER_CLICKHOUSE_PASSWORD: 'wrong' };
    const { code, stderr } = await runCommand(['query'], env);
    expect([code, stderr]).toEqual([78, expect.stringContaining('AUDIT_REGISTER_CLICKHOUSE_PASSWORD')]);
  });
});
