import { userInfo } from 'node:os';
import { Chain } from '../delivery/chain.js';
import type { Sink } from '../delivery/sinks/sink.js';
import { deliver } from './delivery.js';
import type { ChainEnd, ProcessName } from '../integrity/seal.js';
import type { Signer } from '../integrity/signature.js';
import { createBlankRecord } from '../pipeline/blank-record.js';
import { nowMicros } from '../record/clock.js';
import type { AuditRecord } from '../record/record.js';
import { uuidV7 } from '../record/uuid.js';

/** Of the records that a command makes, whatever application it works for. */
const SERVICE = 'audit-register';

/** What one run of an import has done. */
export interface ImportRun {
  readonly source: string;
  /** Microseconds since the epoch. */
  readonly startedMicros: number;
  readonly isInterrupted: boolean;
  /** What was done, a text for each table that got segments. */
  readonly tables: Readonly<Record<string, string>>;
  /** How far the chains have come. */
  readonly ends: readonly ChainEnd[];
}

/**
 * Leaves a record of the import itself, in a chain of its own that names the ends of the history's chains: what is cut off
 * from them later is missed by it.
 */
export async function recordRun(run: ImportRun, sink: Sink, sign: Signer | undefined): Promise<void> {
  const record = recordOf(run);
  const chain = new Chain(processOf(record), run.ends);
  const part = chain.begin();
  chain.append(part, record);
  part.segment.take();
  const { text } = chain.seal(part, 'closing', { appended: 1, delivered: 0, dropped: 0, dead: 0 });
  const segment = part.segment.seal();
  await deliver(sink.name, () => sink.send(segment, { mayBeOld: false }));
  const { signature, keyId } = (await sign?.(text)) ?? { signature: '', keyId: '' };
  const certificate = { seal: text, shortfall: '', signature, keyId };
  await deliver(
    sink.name,
    async () => (await sink.certify?.(certificate, segment.id)) ?? { status: 'accepted' },
  );
}

function recordOf({ source, startedMicros, isInterrupted, tables }: ImportRun): AuditRecord {
  const now = nowMicros();
  const blank = createBlankRecord({ name: SERVICE, version: '', instance: '', environment: '' })();
  const values: Partial<AuditRecord> = {
    record_id: uuidV7(),
    occurred_at: BigInt(startedMicros) * 1_000n,
    recorded_at: BigInt(now),
    duration_us: Math.max(0, now - startedMicros),
    action: 'import',
    outcome: isInterrupted ? 'failure' : 'success',
    error_type: isInterrupted ? 'interrupted' : '',
    severity: 'notice',
    policy_level: 'metadata',
    actor_type: 'user',
    actor_id: userName(),
    actor_assurance: 'claimed',
    target_type: 'register',
    target_id: source,
    attributes: Object.fromEntries(
      Object.entries(tables).map(([table, text]) => [`audit.import.${table}`, text]),
    ),
  };
  return Object.assign(blank, values);
}

function processOf(record: AuditRecord): ProcessName {
  return {
    service: record.service_name,
    version: record.service_version,
    instance: record.service_instance,
    environment: record.environment,
    host: record.host_name,
    pid: record.process_id,
  };
}

/** Who ran the command, as far as the system knows: a container may have no name for its user. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return '';
  }
}
