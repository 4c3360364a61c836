import { randomUUID } from 'node:crypto';
import type { StoredRecord } from '../../src/record/record.ts';
import { addRecords } from '../store/records.ts';
import type { TestClickHouse } from '../support/clickhouse.ts';

type Fields = Partial<Record<keyof StoredRecord, unknown>>;

const HOUR_MILLIS = 3_600_000;

/** Alice pays an order and deletes it, a job of nobody cleans up, and somebody is refused. All an hour ago, in this order. */
export interface Story {
  /** In ISO 8601: of the first request; the second comes a minute later, and so on. */
  readonly at: (minute: number) => string;
  readonly payment: string;
  readonly deletion: string;
}

export const ALICE: Fields = {
  actor_type: 'user',
  actor_id: 'u-1',
  actor_name: 'alice',
  actor_assurance: 'verified',
  auth_method: 'jwt',
  session_id: 'session-1',
  source_address: '10.1.2.3',
  user_agent: 'Firefox/140',
};

export async function tellStory(store: TestClickHouse): Promise<Story> {
  const begin = Date.now() - HOUR_MILLIS;
  const at = (minute: number): string => new Date(begin + minute * 60_000).toISOString();
  const [payment, deletion] = [randomUUID(), randomUUID()];
  const shop = { service_name: 'shop', environment: 'test' };
  const write = { category: 'db', target_type: 'orders', target_id: '1042', db_rows: 1, outcome: 'success' };
  const paid = { ...ALICE, ...shop, request_id: payment, http_method: 'POST', http_route: '/orders/:id/pay' };
  const deleted = {
    ...ALICE,
    ...shop,
    request_id: deletion,
    http_method: 'DELETE',
    http_route: '/orders/:id',
  };
  await addRecords(store, [
    {
      ...paid,
      ...write,
      occurred_at: at(0),
      action: 'create',
      transaction_outcome: 'committed',
      changed_fields: ['id', 'status', 'note'],
      new_values: { id: '1042', status: 'open', note: 'NULL' },
    },
    {
      ...paid,
      ...write,
      occurred_at: at(1),
      action: 'update',
      transaction_outcome: 'committed',
      changed_fields: ['status'],
      new_values: { status: 'paid' },
    },
    {
      ...paid,
      ...write,
      occurred_at: at(2),
      action: 'update',
      transaction_outcome: 'rolled_back',
      changed_fields: ['status'],
      new_values: { status: 'stolen' },
    },
    {
      ...paid,
      occurred_at: at(0),
      record_id: payment,
      category: 'http',
      action: 'create',
      outcome: 'success',
      url_path: '/orders/1042/pay',
      http_status: 200,
    },
    {
      ...deleted,
      ...write,
      occurred_at: at(3),
      action: 'delete',
      transaction_outcome: 'autocommit',
    },
    {
      ...deleted,
      occurred_at: at(3),
      record_id: deletion,
      category: 'http',
      action: 'delete',
      outcome: 'success',
      url_path: '/orders/1042',
      http_status: 204,
    },
    {
      ...shop,
      ...write,
      target_id: '7,9',
      target_type: 'shop.order_items',
      occurred_at: at(4),
      actor_type: 'system',
      actor_id: 'shop',
      actor_assurance: 'none',
      action: 'update',
      outcome: 'failure',
      transaction_outcome: 'unknown',
      error_type: '23505',
    },
    {
      ...shop,
      occurred_at: at(5),
      record_id: randomUUID(),
      category: 'http',
      action: 'read',
      outcome: 'denied',
      actor_type: 'user',
      actor_id: 'mallory',
      actor_assurance: 'claimed',
      http_method: 'GET',
      http_route: '/admin',
      url_path: '/admin',
      http_status: 403,
      source_address: '2001:db8::7',
    },
  ]);
  return { at, payment, deletion };
}
