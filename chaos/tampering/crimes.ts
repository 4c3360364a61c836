import type { Seal } from '../../src/integrity/seal.ts';
import type { Finding } from '../../src/integrity/finding.ts';
import type { CrimeScene } from './crime-scene.ts';
import { certificateOf, hashOf, textOf } from './forged-seal.ts';

/** Where it was done. */
export interface Trace {
  readonly chain: string;
  /** Of a segment in the chain. */
  readonly number?: number;
  readonly sequence?: number;
}

export interface Crime {
  readonly name: string;
  /** Only a chain that names this one as its predecessor can miss it. */
  readonly needsSuccessor?: true;
  commit(scene: CrimeScene): Promise<Trace>;
}

export const CRIMES: readonly Crime[] = [
  { name: 'a value is edited', commit: editValue },
  { name: 'a row is deleted', commit: deleteRow },
  { name: 'a row is inserted into a segment', commit: insertRow },
  { name: 'a row is inserted behind the end of a chain', commit: appendRow },
  { name: 'a row is inserted with a chain of its own', commit: insertChain },
  { name: 'two rows change places', commit: swapRows },
  { name: 'a segment is removed with its certificate', commit: removeSegment },
  { name: 'the tail of a chain is cut off', commit: cutTail },
  { name: 'a whole segment is replaced, its certificate without a signature', commit: replaceSegment },
  { name: 'a digest is forged under the old signature', commit: forgeDigest },
  { name: 'a chain is rewritten from a segment on, signed by another key', commit: rewriteChain },
  { name: 'a certificate is removed', commit: removeCertificate },
  { name: 'a whole chain is removed', commit: removeChain, needsSuccessor: true },
];

/** Whether a finding says where it was done. */
export function locates({ chain, number, sequence }: Trace, finding: Finding): boolean {
  const { firstSequence = Infinity, lastSequence = firstSequence } = finding;
  const { number: first = Infinity, lastNumber = first } = finding;
  if (finding.chain !== chain) return false;
  if (sequence !== undefined && firstSequence <= sequence && sequence <= lastSequence) return true;
  if (number !== undefined && first <= number && number <= lastNumber) return true;
  return number === undefined && sequence === undefined;
}

async function editValue(scene: CrimeScene): Promise<Trace> {
  const { chain, number, first: sequence } = middle(scene);
  await change(scene, `UPDATE actor_id = 'mallory' WHERE ${rowAt(chain, sequence)}`);
  return { chain, number, sequence };
}

async function deleteRow(scene: CrimeScene): Promise<Trace> {
  const { chain, number, last: sequence } = middle(scene);
  await change(scene, `DELETE WHERE ${rowAt(chain, sequence)}`);
  return { chain, number, sequence };
}

async function insertRow(scene: CrimeScene): Promise<Trace> {
  const { chain, number, first: sequence } = middle(scene);
  await copyRow(scene, chain, sequence, `generateUUIDv7() AS record_id, 'mallory' AS actor_id`);
  return { chain, number, sequence };
}

async function appendRow(scene: CrimeScene): Promise<Trace> {
  const { chain, first, last, number } = tail(scene);
  const sequence = Math.max(first, last) + 1;
  const changes = `generateUUIDv7() AS record_id, toUInt64(${sequence}) AS sequence`;
  await copyRow(scene, chain, middle(scene).first, changes);
  return { chain, number, sequence };
}

async function insertChain(scene: CrimeScene): Promise<Trace> {
  const chain = '00000000-0000-4000-8000-00000000c0de';
  const changes = `generateUUIDv7() AS record_id, toUUID('${chain}') AS chain_id, toUInt64(1) AS sequence, generateUUIDv4() AS segment_id`;
  await copyRow(scene, middle(scene).chain, middle(scene).first, changes);
  return { chain };
}

async function swapRows(scene: CrimeScene): Promise<Trace> {
  const { chain, number, first, last } = middle(scene);
  const swapped = `if(sequence = ${first}, ${last}, ${first})`;
  await change(
    scene,
    `UPDATE sequence = ${swapped} WHERE chain_id = '${chain}' AND sequence IN (${first}, ${last})`,
  );
  return { chain, number, sequence: first };
}

async function removeSegment(scene: CrimeScene): Promise<Trace> {
  const { chain, number, segment } = middle(scene);
  await change(scene, `DELETE WHERE segment_id = '${segment}'`);
  await dropCertificates(scene, chain, `= ${number}`);
  return { chain, number };
}

async function cutTail(scene: CrimeScene): Promise<Trace> {
  const { chain, number, first } = middle(scene);
  await change(scene, `DELETE WHERE chain_id = '${chain}' AND sequence >= ${first}`);
  await dropCertificates(scene, chain, `>= ${number}`);
  return { chain };
}

async function replaceSegment(scene: CrimeScene): Promise<Trace> {
  const seal = middle(scene);
  await change(
    scene,
    `UPDATE actor_id = 'mallory', url_path = '/innocent' WHERE segment_id = '${seal.segment}'`,
  );
  const forged = { ...seal, digest: await scene.digestOf(seal.segment) };
  await dropCertificates(scene, seal.chain, `= ${seal.number}`);
  await scene.insert('segments', { seal: textOf(forged), shortfall: '', signature: '', key_id: '' });
  return { chain: seal.chain, number: seal.number };
}

async function forgeDigest(scene: CrimeScene): Promise<Trace> {
  const { chain, number, segment, digest } = middle(scene);
  await change(scene, `UPDATE actor_id = 'mallory' WHERE segment_id = '${segment}'`);
  const forged = await scene.digestOf(segment);
  const { database } = scene;
  await scene.command(
    `INSERT INTO ${database}.segments (seal, shortfall, signature, key_id)
     SELECT replaceOne(seal, '${digest}', '${forged}'), shortfall, signature, key_id FROM ${database}.segments
     WHERE ${certificateAt(chain, `= ${number}`)}`,
  );
  await scene.command(
    `ALTER TABLE ${database}.segments DELETE WHERE ${certificateAt(chain, `= ${number}`)} AND position(seal, '${digest}') > 0`,
  );
  return { chain, number };
}

/** The best that can be done without the key: every link fits again. */
async function rewriteChain(scene: CrimeScene): Promise<Trace> {
  const start = middle(scene);
  const { chain, number, segment } = start;
  await change(scene, `UPDATE actor_id = 'mallory' WHERE segment_id = '${segment}'`);
  const digest = await scene.digestOf(segment);
  await dropCertificates(scene, chain, `>= ${number}`);
  let { previous } = start;
  for (const seal of scene.seals.slice(number - 1)) {
    const forged: Seal = { ...seal, previous, ...(seal.number === number && { digest }) };
    previous = hashOf(textOf(forged));
    await scene.insert('segments', certificateOf(forged, scene.stage.keys.foreignKey));
  }
  return { chain, number };
}

async function removeCertificate(scene: CrimeScene): Promise<Trace> {
  const { chain, number } = middle(scene);
  await dropCertificates(scene, chain, `= ${number}`);
  return { chain, number };
}

async function removeChain(scene: CrimeScene): Promise<Trace> {
  const { chain } = middle(scene);
  await change(scene, `DELETE WHERE chain_id = '${chain}'`);
  await dropCertificates(scene, chain, '> 0');
  return { chain };
}

/** A segment with several records that has others before and behind it. */
function middle({ seals }: CrimeScene): Seal {
  const seal = seals.find(({ number, rows }) => number > 1 && number < seals.length && rows > 1);
  if (seal === undefined)
    throw new Error(`no chain is long enough to be tampered with: ${seals.length} segments`);
  return seal;
}

function tail({ seals }: CrimeScene): Seal {
  const seal = seals.at(-1);
  if (seal === undefined) throw new Error('there is no chain');
  return seal;
}

function change({ command, database }: CrimeScene, action: string): Promise<void> {
  return command(`ALTER TABLE ${database}.records ${action}`);
}

function copyRow(
  { command, database }: CrimeScene,
  chain: string,
  sequence: number,
  changes: string,
): Promise<void> {
  return command(
    // NOTE: in one SELECT the condition would be about the columns as they are replaced.
    `INSERT INTO ${database}.records SELECT * REPLACE(${changes})
     FROM (SELECT * FROM ${database}.records WHERE ${rowAt(chain, sequence)})`,
  );
}

function dropCertificates({ command, database }: CrimeScene, chain: string, which: string): Promise<void> {
  return command(`ALTER TABLE ${database}.segments DELETE WHERE ${certificateAt(chain, which)}`);
}

function rowAt(chain: string, sequence: number): string {
  return `chain_id = '${chain}' AND sequence = ${sequence}`;
}

function certificateAt(chain: string, which: string): string {
  return `JSONExtractString(seal, 'chain') = '${chain}' AND JSONExtractUInt(seal, 'number') ${which}`;
}
