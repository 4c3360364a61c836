/** A question and the SQL that answers it. No `$`, backtick, backslash, `!` or double quote: it goes through a shell as it is. */
export interface Question {
  readonly title: string;
  readonly sql: string;
}

export const QUESTIONS: readonly Question[] = [
  {
    title: 'Who deleted order 1042?',
    sql:
      'SELECT occurred_at, actor_name, actor_assurance, final_outcome, source_address FROM audit.changes ' +
      "WHERE action = 'delete' AND target_type = 'orders' AND target_id = '1042' ORDER BY occurred_at",
  },
  {
    title: 'Who was refused, and what did they want?',
    sql:
      'SELECT actor_name, actor_assurance, http_method, url_path, http_status, source_address ' +
      "FROM audit.requests WHERE outcome = 'denied' ORDER BY occurred_at DESC LIMIT 10",
  },
  {
    title: 'Who logged in, and who could not?',
    sql:
      'SELECT occurred_at, action, target_id AS account, outcome, error_type, source_address ' +
      "FROM audit.records WHERE category = 'auth' ORDER BY occurred_at DESC LIMIT 10",
  },
  {
    title: 'Which changes were taken back?',
    sql:
      'SELECT occurred_at, actor_name, action, target_type, target_id, db_rows ' +
      "FROM audit.changes WHERE final_outcome = 'rolled_back' ORDER BY occurred_at DESC LIMIT 10",
  },
  {
    title: 'What did everybody do, day by day?',
    sql: 'SELECT day, actor_id, actor_name, actor_assurance, requests, writes, denied FROM audit.actor_activity ORDER BY day, actor_id',
  },
];

const FORMAT = 'FORMAT PrettyCompactMonoBlock';

/** Lines to copy into a shell, with `curl`, and one with ClickHouse's own client. */
export function formatQuestions(clickhouseUrl: string, tcpPort: number): readonly string[] {
  const address = new URL('/', clickhouseUrl).href;
  const [first] = QUESTIONS;
  return [
    ...QUESTIONS.flatMap(({ title, sql }) => [`# ${title}`, `curl ${address} -d "${sql} ${FORMAT}"`, '']),
    '# The same with ClickHouse’s own client, where it is installed',
    `clickhouse-client --host 127.0.0.1 --port ${tcpPort} --query "${first?.sql} ${FORMAT}"`,
  ];
}
