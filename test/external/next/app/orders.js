import pg from 'pg';

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 5 });

export async function seeOrder(id) {
  await pool.query('UPDATE orders SET seen = seen + 1 WHERE id = $1', [Number(id)]);
}

export async function deleteOrder(id) {
  await pool.query('DELETE FROM orders WHERE id = $1', [Number(id)]);
}
