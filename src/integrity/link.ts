import { placeOf } from './finding.js';
import type { Finding } from './finding.js';
import type { Entry, EntryColumns } from './evidence.js';
import type { Shortfall } from './certificate.js';
import { readSeal, readShortfall } from './read-seal.js';
import { sealHash } from './seal.js';
import type { Seal } from './seal.js';
import type { SignatureCheck, SignatureVerdict } from './signature.js';

/** A link of a chain: one seal, whoever has said it how often. */
export interface Link {
  readonly seal: Seal;
  readonly hash: string;
  /** The best of its entries. */
  readonly verdict: SignatureVerdict;
  readonly keyId: string;
  /** What is said to be missing, by entries that are as good as the best; undefined stands for nothing. */
  readonly shortfalls: readonly (Shortfall | undefined)[];
  readonly ingestedAtMillis: number;
  readonly entries: number;
  readonly isOutside: boolean;
  readonly lastNumber: number;
}

export interface Judgement {
  readonly links: readonly Link[];
  readonly findings: readonly Finding[];
}

const WORTH: Readonly<Record<SignatureVerdict, number>> = {
  valid: 4,
  unchecked: 3,
  unsigned: 2,
  'unknown-key': 1,
  wrong: 0,
};

/** Whether somebody who could make the one could have made the other. */
export function isAsGood(link: Link, other: Link): boolean {
  return WORTH[link.verdict] >= WORTH[other.verdict];
}

/** Judges the entries that there are for one number of a chain: the best link first. */
export async function judgeEntries(entries: readonly Entry[], check: SignatureCheck): Promise<Judgement> {
  const findings: Finding[] = [];
  const bySeal = new Map<string, Judged[]>();
  for (const entry of entries) {
    const seal = readSeal(entry.certificate.seal);
    if (seal === undefined || !isSaidBy(entry.columns, seal)) {
      findings.push(unreadableEntry(entry));
      continue;
    }
    const judged = { entry, seal, verdict: await check(entry.certificate) };
    if (judged.verdict === 'wrong') findings.push(wrongSignature(judged));
    const others = bySeal.get(entry.certificate.seal);
    if (others === undefined) bySeal.set(entry.certificate.seal, [judged]);
    else others.push(judged);
  }
  const links = [...bySeal.values()].map(linkOf).sort((a, b) => WORTH[b.verdict] - WORTH[a.verdict]);
  return { links, findings };
}

interface Judged {
  readonly entry: Entry;
  readonly seal: Seal;
  readonly verdict: SignatureVerdict;
}

function linkOf(judged: readonly Judged[]): Link {
  const best = judged.reduce((a, b) => (WORTH[b.verdict] > WORTH[a.verdict] ? b : a));
  const { certificate, isOutside, lastNumber } = best.entry;
  const believed = judged.filter(({ verdict }) => verdict === best.verdict);
  const texts = new Set(believed.map(({ entry }) => entry.certificate.shortfall));
  return {
    seal: best.seal,
    hash: sealHash(certificate.seal),
    verdict: best.verdict,
    keyId: certificate.keyId,
    // NOTE: a shortfall that cannot be read excuses nothing.
    shortfalls: [...texts].map((text) => (text === '' ? undefined : readShortfall(text))),
    ingestedAtMillis: Math.min(...judged.map(({ entry }) => entry.ingestedAtMillis)),
    entries: judged.length,
    isOutside,
    lastNumber,
  };
}

/** NOTE: whoever may set the columns could hide an entry from a period, or a segment from its rows. */
function isSaidBy(columns: EntryColumns, seal: Seal): boolean {
  return (
    columns.chain === seal.chain &&
    columns.number === seal.number &&
    columns.segment === seal.segment &&
    columns.rows === seal.rows &&
    columns.occurredFrom === seal.occurredFrom &&
    columns.occurredTo === seal.occurredTo &&
    columns.openedAt === seal.openedAt &&
    columns.sealedAt === seal.sealedAt &&
    columns.service === seal.process.service
  );
}

function unreadableEntry({ columns, ingestedAtMillis }: Entry): Finding {
  return {
    kind: 'forged',
    chain: columns.chain,
    number: columns.number,
    segment: columns.segment,
    from: new Date(ingestedAtMillis).toISOString(),
    to: new Date(ingestedAtMillis).toISOString(),
    text: 'this entry of audit.segments holds no seal that audit-register makes, or columns that do not say what its seal says: somebody else has put it there or changed it',
  };
}

function wrongSignature({ entry, seal }: Judged): Finding {
  return {
    ...placeOf(seal),
    kind: 'forged',
    text: `the signature is not one of key ${entry.certificate.keyId} over this seal: the entry was made or changed by somebody without the key`,
  };
}
