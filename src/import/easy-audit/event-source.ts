import type { SourceRow } from '../driver.js';
import { ImportError } from '../errors.js';
import { END_OF_TIME } from '../retention.js';
import type { Kept } from '../retention.js';
import { settledId } from '../settled.js';
import type { Source } from '../source.js';
import type { EventTable } from './tables.js';
import { eventTime } from './times.js';
import type { EventTime } from './times.js';
import { userJoin } from './user-table.js';
import type { UserTable } from './user-table.js';

/** Rows that one statement reads: with the longest texts they take about 200 MB, usually less than one. */
const PAGE_ROWS = 250;

/** Characters of one column that are read; no column of the register holds as many. */
const MOST_CHARACTERS = 131_072;

const WHOLE_NUMBERS = new Set(['smallint', 'integer', 'bigint']);

export interface EventSourceOptions {
  readonly users: UserTable;
  /** Of columns without a time zone (`USE_TZ = False`); empty when not given. */
  readonly timeZone: string;
}

/** What is in a table up to an id. */
export interface EventCounts {
  readonly rows: number;
  /** Not kept by the register's TTL. */
  readonly beyond: number;
  readonly oldest: EventTime;
  readonly newest: EventTime;
  readonly oldestText: string;
  readonly newestText: string;
}

/** One event table as it is: older versions of easy-audit have fewer columns. */
export class EventSource {
  readonly table: EventTable;
  readonly #source: Source;
  readonly #time: string;
  readonly #select: string;
  readonly #joins: string;
  /** Without it a record has the user's key but no name. */
  readonly hasNames: boolean;
  /** Without it a record has the model its snapshot names, if any. */
  readonly hasTypes: boolean;

  private constructor(
    table: EventTable,
    source: Source,
    parts: { time: string; select: string; joins: string; hasNames: boolean; hasTypes: boolean },
  ) {
    this.table = table;
    this.#source = source;
    this.#time = parts.time;
    this.#select = parts.select;
    this.#joins = parts.joins;
    this.hasNames = parts.hasNames;
    this.hasTypes = parts.hasTypes;
  }

  /** @returns undefined where the source has no such table. */
  static async open(
    table: EventTable,
    source: Source,
    options: EventSourceOptions,
  ): Promise<EventSource | undefined> {
    const types = await columnTypes(source, table.name);
    if (types.size === 0) return undefined;
    if (!WHOLE_NUMBERS.has(types.get('id') ?? '')) throw unknownShape(table.name, 'id', types.get('id'));
    const time = timeOf(table.name, types.get('datetime'), options.timeZone);
    const columns = table.columns.filter((column) => types.has(column));
    const hasTypes = columns.includes('content_type_id') && (await canRead(source, 'django_content_type'));
    const users = columns.includes('user_id') ? await userJoin(source, options.users, table.name) : undefined;
    const select = [
      'SELECT e.id::text AS id, e.datetime::text AS datetime',
      `${microsOf(time)} AS micros`,
      ...columns.map((column) => `left(e.${column}::text, ${MOST_CHARACTERS}) AS ${column}`),
      ...(users === undefined ? [] : [`${users.column} AS user_name`]),
      ...(hasTypes ? ['c.app_label::text AS app_label', 'c.model::text AS model'] : []),
    ];
    const joins = [
      ...(users === undefined ? [] : [users.join]),
      ...(hasTypes ? ['LEFT JOIN django_content_type c ON c.id = e.content_type_id'] : []),
    ];
    return new EventSource(table, source, {
      time,
      select: select.join(', '),
      joins: joins.join(' '),
      hasNames: users !== undefined,
      hasTypes: hasTypes || !columns.includes('content_type_id'),
    });
  }

  settledId(): Promise<string> {
    return settledId(this.#source, this.table.name);
  }

  /** Rows behind one id up to another, in order, a page at a time. */
  async *rows(after: string, upTo: string): AsyncGenerator<SourceRow> {
    let last = after;
    while (true) {
      const page = await this.#source.query(
        this.#rowsOf(`id > $1::bigint AND id <= $2::bigint ORDER BY id LIMIT ${PAGE_ROWS}`),
        [last, upTo],
      );
      yield* page;
      if (page.length < PAGE_ROWS) return;
      last = (page.at(-1) as SourceRow)['id'] as string;
    }
  }

  async row(id: string): Promise<SourceRow | undefined> {
    const [row] = await this.#source.query(this.#rowsOf('id = $1::bigint'), [id]);
    return row;
  }

  /** NOTE: joined after the page is cut, or PostgreSQL may join the whole table for each page. */
  #rowsOf(condition: string): string {
    return `${this.#select} FROM (SELECT * FROM ${this.table.name} WHERE ${condition}) e ${this.#joins} ORDER BY e.id`;
  }

  async counts(after: string, upTo: string, kept: Kept): Promise<EventCounts> {
    const row = await this.#source.one(
      `SELECT count(*)::text AS rows,
         count(*) FILTER (WHERE t.time < ${instant(3)} OR t.time >= ${instant(4)})::text AS beyond,
         ${microsOf('min(t.time)')} AS oldest, min(t.time)::text AS oldest_text,
         ${microsOf('max(t.time)')} AS newest, max(t.time)::text AS newest_text
       FROM (SELECT ${this.#time} AS time FROM ${this.table.name} e WHERE e.id > $1::bigint AND e.id <= $2::bigint) t`,
      [
        after,
        upTo,
        kept.from === 0n ? null : `${kept.from}`,
        kept.until === END_OF_TIME ? null : `${kept.until}`,
      ],
    );
    return {
      rows: Number(row['rows']),
      beyond: Number(row['beyond']),
      oldest: eventTime(row['oldest'], row['oldest_text']),
      newest: eventTime(row['newest'], row['newest_text']),
      oldestText: row['oldest_text'] ?? '',
      newestText: row['newest_text'] ?? '',
    };
  }
}

/** Columns and types of a table as the connection finds it; none where there is no such table. */
async function columnTypes(source: Source, table: string): Promise<ReadonlyMap<string, string>> {
  const rows = await source.query(
    `SELECT attname::text AS name, format_type(atttypid, NULL) AS type FROM pg_attribute
     WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped`,
    [table],
  );
  return new Map(rows.map(({ name, type }) => [name as string, type as string]));
}

/** Content types may be in another database than the events, or be nobody's to read but Django's. */
async function canRead(source: Source, table: string): Promise<boolean> {
  const { readable } = await source.one(
    "SELECT coalesce(has_table_privilege(to_regclass($1), 'SELECT'), false)::text AS readable",
    [table],
  );
  return readable === 'true';
}

/** The time as one with a time zone. */
function timeOf(table: string, type: string | undefined, timeZone: string): string {
  if (type === 'timestamp with time zone') return 'e.datetime';
  if (type !== 'timestamp without time zone') throw unknownShape(table, 'datetime', type);
  if (timeZone !== '') return `(e.datetime AT TIME ZONE '${timeZone.replaceAll("'", "''")}')`;
  throw new ImportError(
    'ERR_AUDIT_IMPORT_SOURCE',
    `${table} holds times without a time zone (USE_TZ = False); say with --time-zone which one they are in, such as Europe/Berlin: TIME_ZONE of the Django settings.`,
  );
}

/** Microseconds since the epoch; null for the infinities. */
function microsOf(time: string): string {
  return `CASE WHEN isfinite(${time}) THEN ((extract(epoch FROM ${time}) * 1000000)::numeric(30, 0))::text END`;
}

/** NOTE: null, and so never true in a comparison, where the register takes every time: those it cannot hold as its ends. */
function instant(parameter: number): string {
  return `to_timestamp($${parameter}::text::double precision / 1000000)`;
}

function unknownShape(table: string, column: string, type: string | undefined): ImportError {
  return new ImportError(
    'ERR_AUDIT_IMPORT_SOURCE',
    `${table}.${column} is ${type ?? 'missing'}: this is no table of easy-audit as it is known.`,
  );
}
