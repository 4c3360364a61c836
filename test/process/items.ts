import { Client } from 'pg';

/** The table of the applications. */
export async function createItems(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query('CREATE TABLE items (id serial PRIMARY KEY, name text NOT NULL)');
  await client.end();
}
