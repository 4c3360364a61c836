import { generateKeyPairSync } from 'node:crypto';
import { createSigner } from '../../../src/integrity/signature.ts';
import { uuidV7 } from '../../../src/record/uuid.ts';
import type { StoredRecord } from '../../../src/record/record.ts';
import { WrittenChain, deliver } from '../../integrity/written-chain.ts';
import type { WrittenSegment } from '../../integrity/written-chain.ts';
import type { TestClickHouse } from '../../support/clickhouse.ts';

type Fields = Partial<StoredRecord>;

const VISITS = 420;
const SEGMENT = 150;
const DAY_MILLIS = 86_400_000;

const PEOPLE: readonly Fields[] = [
  person('user-17', 'alice', 'verified', '10.1.2.3', ['support', 'admin']),
  person('user-21', 'bob', 'verified', '10.1.2.4', ['support']),
  person('user-34', 'carol', 'trusted', '203.0.113.7', ['warehouse']),
  person('user-52', 'dave', 'expired', '198.51.100.23', ['customer']),
  person('user-60', 'erin', 'claimed', '192.0.2.44', ['customer']),
];

function person(
  id: string,
  name: string,
  assurance: string,
  address: string,
  roles: readonly string[],
): Fields {
  return {
    actor_type: 'user',
    actor_id: id,
    actor_name: name,
    actor_assurance: assurance,
    actor_roles: roles,
    auth_method: assurance === 'trusted' ? 'proxy' : 'jwt',
    auth_issuer: 'https://id.shop.example',
    session_id: `s-${id.slice(5)}f3c1`,
    source_address: address,
    source_port: 51_234,
    user_agent: 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0',
    tenant_id: 'acme',
  };
}

/** A day of a shop until now, as the preload would have recorded it: signed segments of one chain. */
export async function seedShopDay(store: TestClickHouse, nowMillis: number): Promise<void> {
  const { privateKey } = generateKeyPairSync('ed25519');
  const chain = new WrittenChain({
    signer: createSigner(String(privateKey.export({ type: 'pkcs8', format: 'pem' }))),
    startMillis: nowMillis - 60_000,
  });
  const records = Array.from({ length: VISITS }, (_, visit) =>
    visitOf(visit, timeOf(visit, nowMillis)),
  ).flat();
  const written: WrittenSegment[] = [];
  for (let first = 0; first < records.length; first += SEGMENT) {
    const part = records.slice(first, first + SEGMENT);
    written.push(
      await chain.add(part.length, 'records', {
        // They arrive as they are made, as far as the store can tell.
        record: (row) => ({ ...part[row], recorded_at: BigInt(nowMillis) * 1_000n }),
      }),
    );
  }
  await deliver(store, written);
}

/** More by day than by night, without chance: every run makes the same pictures. */
function timeOf(visit: number, nowMillis: number): number {
  const share = (VISITS - visit - 1) / VISITS;
  const wave = 0.045 * Math.sin(share * 4 * Math.PI) + 0.012 * Math.sin(visit * 1.7);
  return nowMillis - 45_000 - Math.max(0, share + wave) * (DAY_MILLIS - 5_400_000);
}

function visitOf(visit: number, millis: number): Fields[] {
  const kind = (visit * 7 + (visit >> 3)) % 20;
  const who = PEOPLE[(visit * 3 + (visit >> 2)) % PEOPLE.length] ?? {};
  const order = String(1_000 + ((visit * 37) % 90));
  if (kind === 0)
    return [login(millis, { actor_type: 'anonymous', source_address: '198.51.100.66' }, 'carol')];
  if (kind === 1) return request(millis, who, 'DELETE', '/orders/:id', `/orders/${order}`, 403);
  if (kind === 2) return [login(millis, who, String(who.actor_name))];
  if (kind === 3) return [job(millis)];
  if (kind === 4) return pay(millis, who, order, 'rolled_back');
  if (kind < 9) return pay(millis, who, order, 'committed');
  if (kind < 12) return remove(millis, who, order);
  return change(millis, who, order, visit);
}

function at(millis: number, micros = 0): Fields {
  const nanos = BigInt(Math.floor(millis)) * 1_000_000n + BigInt(micros) * 1_000n;
  return { occurred_at: nanos, recorded_at: nanos / 1_000n + 40_000n };
}

function request(
  millis: number,
  who: Fields,
  method: string,
  route: string,
  path: string,
  status: number,
  more: Fields = {},
): Fields[] {
  const id = uuidV7();
  const outcome = status === 403 ? 'denied' : status < 400 ? 'success' : 'failure';
  return [
    {
      ...base(who, method, route, path, status),
      ...at(millis),
      record_id: id,
      request_id: id,
      category: 'http',
      action: ACTIONS[method] ?? 'read',
      outcome,
      target_type: 'route',
      target_id: route,
      duration_us: 31_400,
      ...more,
    },
  ];
}

const ACTIONS: Readonly<Record<string, string>> = { POST: 'create', PATCH: 'update', DELETE: 'delete' };

function base(who: Fields, method: string, route: string, path: string, status: number): Fields {
  return {
    ...who,
    http_method: method,
    http_route: route,
    url_path: path,
    http_status: status,
    service_name: 'shop',
    service_version: '1.4.2',
    environment: 'production',
    host_name: 'web-1',
    severity: status < 400 ? 'info' : 'warning',
    policy_level: 'request',
    trace_id: uuidV7().replaceAll('-', ''),
    span_id: uuidV7().replaceAll('-', '').slice(16),
  };
}

interface Statement {
  readonly action: string;
  readonly table: string;
  readonly id: string;
  readonly sql: string;
  readonly micros: number;
  readonly more?: Fields;
}

function within(head: Fields, millis: number, statements: readonly Statement[], outcome: string): Fields[] {
  const { record_id: request, ...shared } = head;
  return statements.map(({ action, table, id, sql, micros, more }) => ({
    ...shared,
    ...at(millis, micros),
    record_id: uuidV7(),
    request_id: String(request),
    category: action === 'commit' || action === 'rollback' ? 'transaction' : 'db',
    action,
    outcome: 'success',
    target_type: table,
    target_id: id,
    target_tables: table === '' ? [] : [table],
    db_system: 'postgresql',
    db_namespace: 'shop',
    db_statement: sql,
    db_rows: 1,
    duration_us: 1_850,
    transaction_outcome: outcome,
    ...(outcome === 'autocommit' ? {} : { transaction_id: `tx-${String(request).slice(-6)}` }),
    ...more,
  }));
}

function pay(millis: number, who: Fields, order: string, outcome: string): Fields[] {
  const isPaid = outcome === 'committed';
  const [head = {}] = request(
    millis,
    who,
    'POST',
    '/orders/:id/pay',
    `/orders/${order}/pay`,
    isPaid ? 200 : 402,
  );
  const set = { status: 'paid', paid_at: new Date(millis).toISOString() };
  return [
    head,
    ...within(
      head,
      millis,
      [
        {
          action: 'update',
          table: 'orders',
          id: order,
          micros: 4_200,
          sql: 'UPDATE orders SET status = ?, paid_at = ? WHERE id = ? RETURNING old.*',
          more: {
            changed_fields: Object.keys(set),
            new_values: set,
            old_values: { status: 'open', paid_at: 'NULL', customer: '17', total: '120.50', currency: 'EUR' },
          },
        },
        {
          action: 'update',
          table: 'stock',
          id: String(Number(order) % 40),
          micros: 11_800,
          sql: 'UPDATE stock SET reserved = reserved - ? WHERE product_id = ?',
          more: { changed_fields: ['reserved'] },
        },
        { action: isPaid ? 'commit' : 'rollback', table: '', id: '', micros: 24_900, sql: '' },
      ],
      outcome,
    ),
  ];
}

function change(millis: number, who: Fields, order: string, visit: number): Fields[] {
  const [head = {}] = request(millis, who, 'PATCH', '/orders/:id', `/orders/${order}`, 200);
  const note = ['call before delivery', 'gift wrap', 'leave at the door'][visit % 3] ?? '';
  return [
    head,
    ...within(
      head,
      millis,
      [
        {
          action: 'update',
          table: 'orders',
          id: order,
          micros: 3_900,
          sql: 'UPDATE orders SET note = ? WHERE id = ?',
          more: { changed_fields: ['note'], new_values: { note } },
        },
      ],
      'autocommit',
    ),
  ];
}

function remove(millis: number, who: Fields, order: string): Fields[] {
  const [head = {}] = request(millis, who, 'DELETE', '/orders/:id', `/orders/${order}`, 204);
  return [
    head,
    ...within(
      head,
      millis,
      [
        {
          action: 'delete',
          table: 'orders',
          id: order,
          micros: 5_100,
          sql: 'DELETE FROM orders WHERE id = ? RETURNING *',
          more: { old_values: { status: 'open', total: '120.50', customer: '17' } },
        },
      ],
      'autocommit',
    ),
  ];
}

function login(millis: number, who: Fields, name: string): Fields {
  const isFailed = who.actor_type === 'anonymous';
  return {
    ...base(who, 'POST', '/login', '/login', isFailed ? 401 : 200),
    ...at(millis),
    record_id: uuidV7(),
    category: 'auth',
    action: isFailed ? 'login_failed' : 'login',
    outcome: isFailed ? 'failure' : 'success',
    target_type: 'account',
    target_id: name,
    ...(isFailed ? { error_type: 'wrong_password', actor_assurance: 'none' } : {}),
  };
}

function job(millis: number): Fields {
  return {
    ...at(millis),
    record_id: uuidV7(),
    actor_type: 'system',
    actor_id: 'shop',
    actor_name: 'shop',
    service_name: 'shop',
    environment: 'production',
    category: 'db',
    action: 'delete',
    outcome: 'success',
    severity: 'info',
    target_type: 'sessions',
    target_tables: ['sessions'],
    db_rows: 37,
    db_system: 'postgresql',
    db_namespace: 'shop',
    db_statement: 'DELETE FROM sessions WHERE expires_at < now()',
    duration_us: 9_300,
    transaction_outcome: 'autocommit',
  };
}
