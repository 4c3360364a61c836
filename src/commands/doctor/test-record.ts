import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../../config/config.js';
import { createDelivery } from '../../delivery/create-delivery.js';
import type { Segment } from '../../delivery/segment.js';
import { createSink } from '../../delivery/sinks/create-sink.js';
import type { Sink, SinkResult } from '../../delivery/sinks/sink.js';
import { createGuard } from '../../guard.js';
import { createLog } from '../../log.js';
import { NO_TRACE } from '../../pipeline/facts.js';
import { createGapRecord } from '../../pipeline/gap-record.js';
import { createPipeline } from '../../pipeline/pipeline.js';
import { nowMicros } from '../../record/clock.js';
import { failure, good, oneLine, warning } from './check.js';
import type { Verdict } from './check.js';
import { TEST_ACTION, prove } from './read-back.js';
import type { StoreAccess } from './store-checks.js';

export interface TestRecordParts {
  readonly config: Config;
  readonly env: NodeJS.ProcessEnv;
  readonly writer: StoreAccess;
  readonly reader: StoreAccess | undefined;
  readonly timeoutMillis: number;
}

/** What the sink was told and what it answered. */
interface Sent {
  segment?: Segment;
  rows?: SinkResult;
  certificate?: SinkResult;
}

/**
 * Sends a record on the way that all records go, and reads it back.
 *
 * NOTE: its spool is one of its own, among the temporary files: the one of the applications is theirs alone, must not come to
 * belong to whoever runs this, and what waits in it is not ours to deliver.
 */
export async function sendTestRecord(parts: TestRecordParts): Promise<Verdict> {
  const directory = mkdtempSync(join(tmpdir(), 'audit-register-doctor-'));
  let isKept = false;
  try {
    const sent: Sent = {};
    const beganAt = performance.now();
    const { isDelivered, isMade } = await deliver(parts, directory, sent);
    const tookMillis = Math.ceil(performance.now() - beganAt);
    if (!isMade)
      return warning(
        'the policy or beforeRecord leaves records of category "app" out, so none was sent',
        'see `audit-register policy test`; --no-test-record leaves this check out',
      );
    // NOTE: records without the entry that certifies them would be a finding.
    isKept = !isDelivered && sent.rows?.status === 'accepted' && parts.config.delivery.mode !== 'memory';
    if (!isDelivered) return undelivered(sent, isKept ? directory : '');
    const says = `delivered in ${tookMillis} ms`;
    if (parts.config.sink !== 'clickhouse') return good(`${says} to the sink "${parts.config.sink}"`);
    return await prove(parts, sent.segment?.id ?? '', says);
  } finally {
    if (!isKept) rmSync(directory, { recursive: true, force: true });
  }
}

async function deliver(
  { config: given, env, timeoutMillis }: TestRecordParts,
  directory: string,
  sent: Sent,
): Promise<{ isDelivered: boolean; isMade: boolean }> {
  const config: Config = {
    ...given,
    clickhouse: { ...given.clickhouse, migrate: 'off', timeoutMillis },
    otlp: { ...given.otlp, timeoutMillis },
    delivery: { ...given.delivery, spoolDirectory: directory },
  };
  const log = createLog('silent');
  const guard = createGuard(log);
  const sink = watched(createSink(config, log), sent);
  const describeGap = createGapRecord(config.service);
  const delivery = createDelivery(config, { sink, log, env, describeGap });
  try {
    createPipeline(config, delivery, guard).event(testEvent(), {
      request: undefined,
      work: undefined,
      trace: NO_TRACE,
      startedAtNanos: BigInt(nowMicros()) * 1_000n,
      durationMicros: 0,
    });
    if (delivery.counts().appended === 0) return { isDelivered: false, isMade: false };
    return { isDelivered: await delivery.close(timeoutMillis), isMade: true };
  } finally {
    await sink.close();
  }
}

function testEvent(): Parameters<ReturnType<typeof createPipeline>['event']>[0] {
  return {
    action: TEST_ACTION,
    outcome: 'success',
    severity: 'info',
    targetType: 'audit-register',
    targetId: 'doctor',
    changedFields: [],
    oldValues: {},
    newValues: {},
    attributes: { 'audit.test': 'sent by `audit-register doctor`; nothing has happened' },
  };
}

/** NOTE: the first segment has the record, the one after it only says that the chain has ended. */
function watched(sink: Sink, sent: Sent): Sink {
  const { certify } = sink;
  return {
    name: sink.name,
    ...(sink.mendOfRefusal !== undefined && { mendOfRefusal: sink.mendOfRefusal }),
    send: async (segment, options) => {
      const result = await sink.send(segment, options);
      if (segment.rowCount > 0) Object.assign(sent, { segment, rows: result });
      return result;
    },
    ...(certify !== undefined && {
      certify: async (certificate, segmentId) => {
        const result = await certify.call(sink, certificate, segmentId);
        if (sent.segment?.id === segmentId) sent.certificate = result;
        return result;
      },
    }),
    close: () => sink.close(),
  };
}

function undelivered({ rows, certificate }: Sent, directory: string): Verdict {
  const what = rows?.status === 'accepted' ? 'its certificate' : 'the record';
  const result = rows?.status === 'accepted' ? certificate : rows;
  const reason = result === undefined ? 'no answer in time' : reasonOf(result);
  const waits =
    directory === ''
      ? 'see the checks above'
      : `deliver it with AUDIT_REGISTER_SPOOL_DIR=${directory} audit-register spool flush`;
  return failure(`${what} was not taken: ${oneLine(reason)}`, waits);
}

function reasonOf(result: SinkResult): string {
  return result.status === 'accepted' ? 'accepted too late' : result.reason;
}
