import { join } from 'node:path';
import { Client } from 'pg';
import { startPostgres } from '../../examples/demo/postgres.ts';

/** A real PostgreSQL with the table that requests write into. */
export interface Database {
  readonly url: string;
  /** Numbers that are committed, of one run. */
  numbersOf(run: string): Promise<number[]>;
  stop(): Promise<void>;
}

export async function startDatabase(directory: string): Promise<Database> {
  const postgres = await startPostgres({ dataDirectory: join(directory, 'postgres') });
  const client = new Client({ connectionString: postgres.url });
  // NOTE: an interrupted harness ends PostgreSQL first.
  client.on('error', () => {});
  await client.connect();
  await client.query('CREATE TABLE numbers (run text NOT NULL, number integer NOT NULL)');
  return {
    url: postgres.url,
    async numbersOf(run) {
      const { rows } = await client.query<{ number: number }>('SELECT number FROM numbers WHERE run = $1', [
        run,
      ]);
      return rows.map(({ number }) => number);
    },
    async stop() {
      await client.end();
      await postgres.stop();
    },
  };
}
