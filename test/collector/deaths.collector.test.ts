import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Segment } from '../../src/delivery/segment.ts';
import type { Sink } from '../../src/delivery/sinks/sink.ts';
import { uuidV4 } from '../../src/record/uuid.ts';
import { SECRETS } from '../compose/compose-clickhouse.ts';
import { run } from '../integrity/command.ts';
import { until } from '../process/condition.ts';
import { segmentOf } from '../store/segments.ts';
import { startPreloaded } from '../support/preloaded.ts';
import type { PreloadedApp } from '../support/preloaded.ts';
import { Collecting } from './collecting.ts';

let collecting: Collecting;
beforeAll(async () => {
  collecting = await Collecting.start();
});
afterAll(() => collecting?.stop());

const TOTALS = `SELECT toUInt32(count()) AS rows, toUInt32(uniqExact(chain_id, sequence)) AS places,
  toUInt32(uniqExact(record_id)) AS records FROM audit.records`;

/** A crash, and a start at the same place. */
const DEATHS = {
  collector: () => collecting.restartCollector('kill'),
  store: async () => {
    await collecting.killStore();
    await collecting.startStoreAgain();
  },
  both: async () => {
    await collecting.killStore();
    await collecting.restartCollector('kill');
    await collecting.startStoreAgain();
  },
};

describe('segments that are sent while the collector and ClickHouse are killed', () => {
  const CHAINS = 3;
  const SEGMENTS = 40;
  const ROWS = 100;

  test('arrive: each record of each chain once, whatever was killed in the middle', async () => {
    const chains = Array.from({ length: CHAINS }, () => uuidV4());
    let accepted = 0;
    let refused = 0;
    const senders = chains.map(async (chain) => {
      const sink = collecting.sink();
      for (let index = 0; index < SEGMENTS; index += 1) {
        refused += await sendUntilTaken(sink, segmentOf(records(), { chain, first: index * ROWS + 1 }));
        accepted += 1;
      }
      await sink.close();
    });
    const deaths = [
      'collector',
      'store',
      'collector',
      'both',
      'collector',
      'store',
      'both',
      'collector',
    ] as const;
    for (const [index, what] of deaths.entries()) {
      await until(
        `part ${index + 1}`,
        () => accepted >= ((index + 1) * CHAINS * SEGMENTS) / (deaths.length + 2),
        60_000,
      );
      await DEATHS[what]();
    }
    await Promise.all(senders);
    const total = CHAINS * SEGMENTS * ROWS;
    await collecting.untilDrained();
    expect(await collecting.query(TOTALS)).toEqual([{ rows: total, places: total, records: total }]);
    // Some came while nobody listened.
    expect(refused).toBeGreaterThan(0);
  });

  function records(): { occurred_at: bigint }[] {
    return Array.from({ length: ROWS }, () => ({ occurred_at: BigInt(Date.now()) * 1_000_000n }));
  }

  /** As the shipper of the preload does. @returns How often it was not taken. */
  async function sendUntilTaken(sink: Sink, segment: Segment): Promise<number> {
    let refused = 0;
    await until(
      'a collector that takes it',
      async () => {
        const { status } = await sink.send(segment, { mayBeOld: refused > 0 });
        if (status === 'accepted') return true;
        refused += 1;
        return false;
      },
      60_000,
    );
    return refused;
  }
});

describe('an application under the preload', () => {
  const FIXTURE = `${import.meta.dirname}/fixtures/answering-app.cjs`;

  test('has a record of each answer, once, and a chain that is verified, although the collector and ClickHouse were killed', async () => {
    const state = await mkdtemp(join(tmpdir(), 'audit-register-state-'));
    const env = {
      XDG_STATE_HOME: state,
      AUDIT_REGISTER_SINK: 'otlp',
      AUDIT_REGISTER_OTLP_ENDPOINT: collecting.collector.url,
      AUDIT_REGISTER_FLUSH_INTERVAL_MS: '50',
      OTEL_SERVICE_NAME: 'killed-under',
    };
    const app = await startPreloaded(FIXTURE, { env, store: { env: {}, read: () => Promise.resolve([]) } });
    const visitors = visit(app);
    for (const what of ['collector', 'store', 'collector'] as const) {
      await visitors.untilAnswered(300);
      await DEATHS[what]();
    }
    await visitors.untilAnswered(300);
    const answered = await visitors.end();
    expect((await app.end()).exitCode).toBe(0);
    // What the process could not send before its end is in its spool.
    expect(await run(['spool', 'flush'], state, env)).toMatchObject({ code: 0 });
    await collecting.untilDrained();
    await collecting.untilStored(answered, "service_name = 'killed-under' AND category = 'http'");
    const [totals] = await collecting.query<{ rows: number }>(
      `${TOTALS} WHERE service_name = 'killed-under'`,
    );
    expect(totals).toEqual({ rows: totals?.rows, places: totals?.rows, records: totals?.rows });
    const [requests] = await collecting.query(
      "SELECT toUInt32(count()) AS rows FROM audit.records WHERE service_name = 'killed-under' AND category = 'http'",
    );
    expect(requests).toEqual({ rows: answered });
    expect(await verdict('killed-under')).toMatchObject({ verdict: 'good', findings: [] });
    await rm(state, { recursive: true, force: true });
  });

  async function verdict(service: string): Promise<unknown> {
    const { stdout, stderr } = await run(['verify', '--json', '--service', service], import.meta.dirname, {
      AUDIT_REGISTER_CLICKHOUSE_URL: collecting.store.url,
      AUDIT_REGISTER_CLICKHOUSE_USER: 'audit_reader',
      AUDIT_REGISTER_CLICKHOUSE_PASSWORD: SECRETS.AUDIT_READER_PASSWORD,
    });
    if (stdout === '') throw new Error(stderr);
    return JSON.parse(stdout);
  }
});

/** Asks without a pause, four at a time. */
function visit(app: PreloadedApp): {
  untilAnswered: (more: number) => Promise<unknown>;
  end: () => Promise<number>;
} {
  let answered = 0;
  const ending = new AbortController();
  const visitors = [1, 2, 3, 4].map(async () => {
    while (!ending.signal.aborted) {
      const response = await fetch(`${app.url}/${answered}`);
      await response.text();
      answered += 1;
    }
  });
  return {
    untilAnswered: (more) => {
      const goal = answered + more;
      return until(`${more} more answers`, () => answered >= goal);
    },
    end: async () => {
      ending.abort();
      await Promise.all(visitors);
      return answered;
    },
  };
}
