import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startReceiver } from '../delivery/otlp-receiver.ts';
import { useClickHouse } from '../support/clickhouse.ts';
import { startPostgres } from '../support/postgres.ts';
import type { Postgres } from '../support/postgres.ts';
import { until } from './condition.ts';
import { createItems } from './items.ts';
import { useInstallation } from './launch.ts';
import type { Launched } from './launch.ts';

const installation = useInstallation();
const clickHouse = useClickHouse();
const silent = createServer(() => {});
let postgres: Postgres;

beforeAll(async () => {
  postgres = await startPostgres();
  await createItems(postgres.url);
});
afterAll(async () => {
  silent.close();
  await postgres?.stop();
});

function launch(env: Readonly<Record<string, string>>): Launched {
  return installation().launch('faked.cjs', { env: { ...env, DATABASE_URL: postgres.url } });
}

async function visit(app: Launched): Promise<void> {
  const response = await fetch(await app.address(), { method: 'POST', headers: { connection: 'close' } });
  expect({ status: response.status, text: await response.text() }).toEqual({
    status: 200,
    text: 'served in 2001',
  });
}

describe('an application whose timers never fire and whose clock stands still', () => {
  test.each(['spool', 'write-ahead'])(
    'is answered and recorded at the real time, and ends by SIGTERM, by %s',
    async (delivery) => {
      const from = Date.now();
      const app = launch({ AUDIT_REGISTER_DELIVERY: delivery });
      await visit(app);
      await until('three records', () => app.lines().length === 3);
      const to = Date.now();
      app.child.kill('SIGTERM');
      expect((await app.ended).signal).toBe('SIGTERM');
      expect(app.stderr()).toBe('');
      expect(app.lines().map(({ category }) => category)).toEqual(['db', 'db', 'http']);
      for (const line of app.lines()) {
        for (const name of ['occurred_at', 'recorded_at']) {
          const millis = Date.parse(`${String(line[name]).replace(/\.(\d{3})\d*Z?$/, '.$1')}Z`);
          expect(millis, `${name} of ${JSON.stringify(line)}`).toBeGreaterThanOrEqual(from);
          expect(millis).toBeLessThanOrEqual(to);
        }
      }
      const statement = app.lines().find(({ target_type }) => target_type === 'items');
      expect(statement?.['duration_us']).toBeGreaterThan(0);
    },
  );

  test('has its records in ClickHouse while it runs, segment after segment', async () => {
    const app = launch({
      AUDIT_REGISTER_SINK: 'clickhouse',
      AUDIT_REGISTER_CLICKHOUSE_URL: clickHouse().url,
      OTEL_SERVICE_NAME: 'faked',
    });
    for (const count of [3, 6]) {
      await visit(app);
      await until(`${count} records in ClickHouse (${app.stderr()})`, async () => {
        const rows = await clickHouse().query("SELECT 1 FROM audit.records WHERE service_name = 'faked'");
        return rows.length === count;
      });
    }
    app.child.kill('SIGTERM');
    expect((await app.ended).signal).toBe('SIGTERM');
  });

  test('has its records at a receiver of OTLP while it runs, segment after segment', async () => {
    const receiver = await startReceiver();
    const app = launch({ AUDIT_REGISTER_SINK: 'otlp', AUDIT_REGISTER_OTLP_ENDPOINT: receiver.url });
    try {
      for (const count of [3, 6]) {
        await visit(app);
        await until(`${count} records (${app.stderr()})`, () => {
          const records = receiver.taken().filter(({ eventName }) => eventName === 'audit.record');
          return records.length === count;
        });
      }
    } finally {
      await receiver.close();
    }
  });

  test('ends by SIGTERM though its sink never answers', async () => {
    await once(silent.listen(0, '127.0.0.1'), 'listening');
    const { port } = silent.address() as AddressInfo;
    const app = launch({
      AUDIT_REGISTER_SINK: 'clickhouse',
      AUDIT_REGISTER_CLICKHOUSE_URL: `http://127.0.0.1:${port}`,
    });
    const isAsked = once(silent, 'connection');
    await visit(app);
    await isAsked;
    app.child.kill('SIGTERM');
    expect((await app.ended).signal).toBe('SIGTERM');
  });
});
