import { loadDriver } from './driver.js';
import type { DriverClient, SourceRow } from './driver.js';
import { ImportError, sourceError } from './errors.js';

const CONNECT_TIMEOUT_MILLIS = 10_000;

/** A statement that takes longer is not about to answer. */
const STATEMENT_TIMEOUT_MILLIS = 10 * 60_000;

/**
 * NOTE: in each transaction and not for the session, which a connection pooler gives to others as well. The text of
 * times depends on the first two settings; the third keeps PostgreSQL from sorting all rows of a table that was never
 * analysed, such as one out of a dump, for each page of it.
 */
const BEGIN =
  "BEGIN TRANSACTION READ ONLY; SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO'; SET LOCAL enable_sort = off";

/** The PostgreSQL that is read. Nothing is ever written to it: every statement is in a READ ONLY transaction. */
export class Source {
  readonly #client: DriverClient;

  private constructor(client: DriverClient) {
    this.#client = client;
  }

  /**
   * @param url Where it is; without one, pg's own variables say it (`PGHOST`, `PGPASSWORD`, …).
   * @param cwd Where pg is looked for when it is not beside this package.
   */
  static async open(url: string | undefined, cwd: string): Promise<Source> {
    const { Client } = await loadDriver(cwd);
    try {
      const client = new Client({
        ...(url !== undefined && { connectionString: url }),
        application_name: 'audit-register import',
        connectionTimeoutMillis: CONNECT_TIMEOUT_MILLIS,
        query_timeout: STATEMENT_TIMEOUT_MILLIS,
      });
      // NOTE: a connection that breaks between two statements is told by the next one.
      client.on('error', () => {});
      await client.connect();
      return new Source(client);
    } catch (error) {
      throw sourceError('The database of easy-audit cannot be reached; check --postgres', error);
    }
  }

  /** Rows of one statement. */
  async query(text: string, values: readonly unknown[] = []): Promise<readonly SourceRow[]> {
    try {
      await this.#client.query(BEGIN);
      const { rows } = await this.#client.query(text, values);
      await this.#client.query('COMMIT');
      return rows;
    } catch (error) {
      await this.#client.query('ROLLBACK').catch(() => {});
      throw sourceError('The database of easy-audit refused', error);
    }
  }

  /** The one row of a statement that gives one. */
  async one(text: string, values: readonly unknown[] = []): Promise<SourceRow> {
    const [row] = await this.query(text, values);
    if (row === undefined) throw new ImportError('ERR_AUDIT_IMPORT_SOURCE', `No row came from: ${text}`);
    return row;
  }

  async close(): Promise<void> {
    await this.#client.end().catch(() => {});
  }
}
