import { randomUUID } from 'node:crypto';
import type { ServiceConfig } from '../config/config.js';
import { messageOf } from '../errors.js';
import { openClickHouseSource } from '../integrity/clickhouse-source.js';
import type { NamedKey } from '../integrity/keys.js';
import { PURGE_DIGEST_ATTRIBUTE, PurgeDigest } from '../integrity/purge.js';
import type { Amendment } from '../integrity/purge.js';
import type { ChainEnd } from '../integrity/seal.js';
import type { Signer } from '../integrity/signature.js';
import { uuidV7 } from '../record/uuid.js';
import { writeAccount } from './account.js';
import type { Accountant } from './account.js';
import { PurgeError } from './errors.js';
import { insertAmendments } from './insert.js';
import { findDonePurges } from './interrupted.js';
import type { Register } from './register.js';
import { remainsOf } from './remains.js';
import { removeMonth } from './removal.js';
import type { Removal } from './removal.js';
import { describeSelection } from './selection.js';
import type { Selection } from './selection.js';
import type { MonthShare } from './survey.js';

/** Amendments of one insert. */
const BATCH_AMENDMENTS = 10_000;

export interface PurgeOptions {
  readonly selection: Selection;
  readonly reason: string;
  /** Purges also what is not as it was sealed, and promises nothing of it. */
  readonly isEvenIfAltered: boolean;
  /** Whose signatures are believed. None: signatures are not looked at. */
  readonly keys: readonly NamedKey[];
  readonly sign: Signer | undefined;
  readonly service: ServiceConfig;
  /** As which the store knows whoever purges. */
  readonly storeUser: string;
}

/** What stands against a purge. */
export interface Check {
  readonly altered: readonly string[];
  /** Rows of segments that nobody has certified, or not yet. */
  readonly unsealedRows: number;
  readonly isSigned: boolean;
}

export interface PurgedMonth {
  readonly month: number;
  readonly purge: string;
  readonly rows: number;
  readonly removal: Removal;
}

/** Looks at every segment that would lose rows. */
export async function checkSegments(
  register: Register,
  { selection, keys }: Pick<PurgeOptions, 'selection' | 'keys'>,
  months: readonly MonthShare[],
): Promise<Check> {
  const altered: string[] = [];
  let unsealedRows = 0;
  let isSigned = false;
  for (const month of months) {
    unsealedRows += month.rows;
    for await (const remains of remainsOf(register, selection, month, keys)) {
      unsealedRows -= remains.rows;
      isSigned ||= remains.isSigned;
      if (!remains.isAsSealed) altered.push(remains.amendment.segment);
    }
  }
  return { altered, unsealedRows, isSigned };
}

/** @throws PurgeError where something stands against it */
export function requireGood(check: Check, { isEvenIfAltered, sign }: PurgeOptions): void {
  if (check.isSigned && sign === undefined) {
    throw new PurgeError(
      'ERR_AUDIT_PURGE_KEY',
      'The records are signed, so the record of their purge must be, or verification will not believe it: set AUDIT_REGISTER_SIGNING_KEY.',
    );
  }
  if (isEvenIfAltered) return;
  const [first] = check.altered;
  if (first !== undefined) {
    throw new PurgeError(
      'ERR_AUDIT_PURGE_ALTERED',
      `Not what was sealed: ${check.altered.length} of the segments, among them ${first}. A purge would destroy the evidence. See \`audit-register verify\`, or give --even-if-altered.`,
    );
  }
  if (check.unsealedRows > 0) {
    throw new PurgeError(
      'ERR_AUDIT_PURGE_ALTERED',
      `${check.unsealedRows} rows stand in segments that nobody has certified: they are on their way, older than certificates, or somebody else has put them there. Wait, or give --even-if-altered.`,
    );
  }
}

/** Purges month by month: what will be left is promised, the purge is announced, then the rows go. */
export async function* purge(
  register: Register,
  options: PurgeOptions,
  months: readonly MonthShare[],
  onProgress: (done: number, of: number) => void,
): AsyncGenerator<PurgedMonth> {
  const accountant = accountantOf(options);
  for (const month of months) yield await purgeMonth(register, options, accountant, month, onProgress);
}

function accountantOf({ service, sign }: PurgeOptions): Accountant {
  return { service, sign, correlation: randomUUID() };
}

async function purgeMonth(
  register: Register,
  options: PurgeOptions,
  accountant: Accountant,
  month: MonthShare,
  onProgress: (done: number, of: number) => void,
): Promise<PurgedMonth> {
  const { selection } = options;
  const purge = uuidV7();
  const segments = await writeAmendments(register, options, month, purge);
  const attributes = { ...attributesOf(options, month), 'audit.purge.segments': String(segments) };
  const digest = await digestOf(register, purge);
  const announced = await writeAccount(register, accountant, {
    phase: 'announced',
    purge,
    outcome: 'unknown',
    error: '',
    attributes: { ...attributes, [PURGE_DIGEST_ATTRIBUTE]: digest },
    predecessors: [],
  });
  const finish = (outcome: 'success' | 'failure', how: string): Promise<ChainEnd> =>
    writeAccount(register, accountant, {
      phase: 'finished',
      purge,
      outcome,
      error: outcome === 'failure' ? how : '',
      attributes: outcome === 'success' ? { ...attributes, 'audit.purge.removal': how } : attributes,
      predecessors: [announced],
    });
  try {
    const removal = await removeMonth(register, selection, month.month, onProgress);
    await finish('success', removal);
    return { month: month.month, purge, rows: month.rows, removal };
  } catch (error) {
    // NOTE: what went wrong first is what there is to say, whatever goes wrong after it.
    await finish('failure', messageOf(error)).catch(() => undefined);
    throw error;
  }
}

/** @returns How many segments will be as promised. */
async function writeAmendments(
  register: Register,
  { selection, keys, isEvenIfAltered }: PurgeOptions,
  month: MonthShare,
  purge: string,
): Promise<number> {
  let batch: Amendment[] = [];
  let segments = 0;
  let parts = 0;
  const write = async (): Promise<void> => {
    if (batch.length === 0) return;
    await insertAmendments(register, purge, parts, batch);
    parts += 1;
    segments += batch.length;
    batch = [];
  };
  for await (const { amendment, isAsSealed } of remainsOf(register, selection, month, keys)) {
    if (!isAsSealed && !isEvenIfAltered) throw alteredMeanwhile(amendment);
    if (!isAsSealed) continue;
    batch.push(amendment);
    if (batch.length === BATCH_AMENDMENTS) await write();
  }
  await write();
  return segments;
}

function alteredMeanwhile({ segment }: Amendment): PurgeError {
  return new PurgeError(
    'ERR_AUDIT_PURGE_ALTERED',
    `Segment ${segment} was changed while the purge was prepared; nothing more was removed. See \`audit-register verify\`.`,
  );
}

async function digestOf({ client, database }: Register, purge: string): Promise<string> {
  const period = { from: '', to: '', service: '' };
  const source = await openClickHouseSource({ client, database, name: database, period });
  const digest = new PurgeDigest();
  for await (const amendment of source.amendmentsOf(purge)) digest.add(amendment);
  return digest.digest();
}

function attributesOf(
  { selection, reason, isEvenIfAltered, storeUser }: PurgeOptions,
  { month, rows }: MonthShare,
): Record<string, string> {
  return {
    'audit.purge.selection': describeSelection(selection),
    'audit.purge.taken_in_by': selection.takenInBy,
    'audit.purge.month': String(month),
    'audit.purge.rows': String(rows),
    'audit.purge.reason': reason,
    'audit.purge.store_user': storeUser,
    ...(isEvenIfAltered && { 'audit.purge.even_if_altered': 'true' }),
  };
}

/** Says of purges that were interrupted that they are done, where they are. @returns Their ids. */
export async function settleInterrupted(register: Register, options: PurgeOptions): Promise<string[]> {
  const accountant = accountantOf(options);
  const done = await findDonePurges(register);
  for (const { purge, rows } of done) {
    await writeAccount(register, accountant, {
      phase: 'finished',
      purge,
      outcome: 'success',
      error: '',
      attributes: { 'audit.purge.rows': rows, 'audit.purge.store_user': options.storeUser },
      predecessors: [],
    });
  }
  return done.map(({ purge }) => purge);
}
