import { hostname, userInfo } from 'node:os';
import { OpenSegment } from '../delivery/segment.js';
import type { Segment } from '../delivery/segment.js';
import { signedText } from '../integrity/certificate.js';
import { digestOf, sealText } from '../integrity/seal.js';
import type { ChainEnd, Seal } from '../integrity/seal.js';
import type { Signer } from '../integrity/signature.js';
import { createBlankRecord } from '../pipeline/blank-record.js';
import { nowMicros } from '../record/clock.js';
import { SCHEMA_VERSION } from '../record/columns.js';
import type { AuditRecord } from '../record/record.js';
import { uuidV4, uuidV7 } from '../record/uuid.js';
import type { ServiceConfig } from '../config/config.js';
import { insertRows, insertSeal } from './insert.js';
import type { Register } from './register.js';

/** `announced` stands before anything is deleted and vouches for the amendments; `finished` says how it ended. */
export type Phase = 'announced' | 'finished';

export interface Account {
  readonly phase: Phase;
  /** Of both records of one purge: the `record_id` of the first. */
  readonly purge: string;
  readonly outcome: 'success' | 'failure' | 'unknown';
  readonly error: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** What it follows. */
  readonly predecessors: readonly ChainEnd[];
}

/** Who keeps the account of a purge: this process, as a service, with a key where there is one. */
export interface Accountant {
  readonly service: ServiceConfig;
  readonly sign: Signer | undefined;
  readonly correlation: string;
}

/**
 * Writes one record of a purge into a chain of its own, which is sealed, closed and certified before this returns.
 *
 * @returns The end of the chain.
 */
export async function writeAccount(
  register: Register,
  accountant: Accountant,
  account: Account,
): Promise<ChainEnd> {
  const openedAt = nowMicros();
  const open = new OpenSegment(uuidV4(), 1);
  open.appendAt(recordOf(register, accountant, account), {
    chain_id: open.chainId,
    sequence: 1,
    segment_id: open.id,
    schema_version: SCHEMA_VERSION,
  });
  const segment = open.seal();
  const { seal, text, hash } = sealText(sealOf(open, segment, accountant, account, openedAt));
  await insertRows(register, segment);
  const signed = await accountant.sign?.(signedText(text, ''));
  await insertSeal(register, segment.id, {
    seal: text,
    shortfall: '',
    signature: signed?.signature ?? '',
    keyId: signed?.keyId ?? '',
  });
  return { chain: seal.chain, number: seal.number, hash };
}

function recordOf(
  { database }: Register,
  { service, correlation }: Accountant,
  account: Account,
): AuditRecord {
  const micros = BigInt(nowMicros());
  const { username } = userInfo();
  const values: Partial<AuditRecord> = {
    record_id: account.phase === 'announced' ? account.purge : uuidV7(),
    occurred_at: micros * 1_000n,
    recorded_at: micros,
    category: 'app',
    action: 'purge',
    outcome: account.outcome,
    severity: 'warning',
    policy_level: 'metadata',
    actor_type: 'user',
    actor_id: username,
    actor_name: username,
    // NOTE: what the machine of whoever purges says of itself; nobody else vouches for it.
    actor_assurance: 'claimed',
    correlation_id: correlation,
    target_type: `${database}.records`,
    error_type: account.error === '' ? '' : 'purge_failed',
    error_message: account.error,
    attributes: {
      ...account.attributes,
      'audit.purge.id': account.purge,
      'audit.purge.phase': account.phase,
    },
  };
  return Object.assign(createBlankRecord(service)(), values);
}

function sealOf(
  open: OpenSegment,
  segment: Segment,
  { service }: Accountant,
  { predecessors }: Account,
  openedAt: number,
): Seal {
  return {
    format: 1,
    chain: segment.chainId,
    number: 1,
    segment: segment.id,
    kind: 'closing',
    first: 1,
    last: 1,
    rows: 1,
    digest: digestOf(segment.rows),
    previous: '',
    predecessors,
    occurredFrom: String(open.occurred.from),
    occurredTo: String(open.occurred.to),
    openedAt: String(openedAt),
    sealedAt: String(nowMicros()),
    schema: SCHEMA_VERSION,
    process: {
      service: service.name,
      version: service.version,
      instance: service.instance,
      environment: service.environment,
      host: hostname(),
      pid: process.pid,
    },
    counts: { appended: 1, delivered: 0, dropped: 0, dead: 0 },
  };
}
