import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { parsePublicKeys } from '../../src/integrity/keys.ts';
import type { Report } from '../../src/integrity/report.ts';
import { sealText } from '../../src/integrity/seal.ts';
import type { Seal } from '../../src/integrity/seal.ts';
import { createSigner } from '../../src/integrity/signature.ts';
import type { Signer } from '../../src/integrity/signature.ts';
import { verify } from '../../src/integrity/verify.ts';
import { Held, MINUTE, NOW } from './held.ts';
import { NO_ROWS } from '../../src/integrity/evidence.ts';
import { WrittenChain, certify } from './written-chain.ts';
import type { WrittenSegment } from './written-chain.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const signer = createSigner(privateKey.export({ format: 'pem', type: 'pkcs8' }) as string);
const keys = parsePublicKeys(publicKey.export({ format: 'pem', type: 'spki' }) as string, 'key');

let held: Held;
let chain: WrittenChain;
beforeEach(() => {
  held = new Held();
  chain = new WrittenChain({ startMillis: NOW - 90 * MINUTE, signer });
});

function verified(given: Partial<Parameters<typeof verify>[1]> = {}): Promise<Report> {
  return verify(held, {
    period: { from: '', to: '', service: '' },
    keys,
    retentionDays: undefined,
    known: [],
    heartbeatIntervalMillis: MINUTE,
    ...given,
  });
}

async function write(...kinds: ('records' | 'closing')[]): Promise<void> {
  for (const kind of kinds) await chain.add(kind === 'closing' ? 0 : 2, kind);
}

/** @param leftOut Numbers that never arrived. */
function hold(...leftOut: number[]): void {
  for (const { certificate, sealed } of chain.written)
    if (!leftOut.includes(sealed.seal.number)) held.add(certificate);
}

/** The end that an heir puts behind a segment, which is all that it knows. */
async function closeBehind(
  number: number,
  by: Signer | undefined = signer,
  change: Partial<Seal> = {},
): Promise<void> {
  const { sealed } = chain.written[number - 1] as WrittenSegment;
  const end: Seal = {
    ...sealed.seal,
    segment: randomUUID(),
    number: number + 1,
    kind: 'abandoned',
    first: sealed.seal.last + 1,
    rows: 0,
    digest: NO_ROWS.digest,
    previous: sealed.hash,
    predecessors: [],
    occurredFrom: '0',
    occurredTo: '0',
    ...change,
  };
  held.add(await certify(sealText(end), '', by));
}

function kindsOf(report: Report): string[] {
  return report.findings.map(({ kind }) => kind).sort();
}

describe('an end that an heir has made without knowing of what the process had delivered', () => {
  test('is a note where the process ended in order', async () => {
    await write('records', 'records', 'records', 'closing');
    hold();
    await closeBehind(1);
    const report = await verified();
    expect(report).toMatchObject({ verdict: 'good', counts: { 'closed-early': 1 } });
    expect(report.notes[0]).toMatchObject({ chain: chain.id, number: 2 });
    expect(report.notes[0]?.text).toBe('closed by its heir at segment 2; the process had delivered more');
    expect(report.heads).toMatchObject([{ number: 4, closed: true }]);
  });

  test('is a note in place of the very last segment, too, and without keys', async () => {
    await write('records', 'closing');
    hold();
    await closeBehind(1);
    expect(await verified({ keys: [] })).toMatchObject({ verdict: 'good', counts: { 'closed-early': 1 } });
  });

  test('does not end a chain that nobody has closed behind it', async () => {
    await write('records', 'records', 'records');
    hold();
    await closeBehind(1);
    const { findings, heads } = await verified();
    expect(findings).toMatchObject([{ kind: 'unfinished', number: 3 }]);
    expect(findings[0]?.text).toContain('its heir closed it at segment 2 already');
    expect(heads).toMatchObject([{ number: 3, closed: false }]);
  });

  test('may be followed by one of an heir that knew more', async () => {
    await write('records', 'records', 'records');
    hold();
    await closeBehind(1);
    await closeBehind(3);
    expect(await verified()).toMatchObject({ verdict: 'good', counts: { 'closed-early': 1 } });
  });

  test('hides no segment that is missing in its place', async () => {
    await write('records', 'records', 'records', 'closing');
    hold(2);
    await closeBehind(1);
    expect((await verified()).findings).toMatchObject([
      { kind: 'missing-segment', number: 2, lastNumber: 2, firstSequence: 3, lastSequence: 4 },
    ]);
  });

  test('hides no segment that is missing in the place of several', async () => {
    await write('records', 'records', 'records', 'closing');
    hold(2, 3);
    await closeBehind(1);
    await closeBehind(2);
    expect(await verified()).toMatchObject({
      counts: { 'missing-segment': 1, 'closed-early': 2 },
      findings: [{ number: 2, lastNumber: 3 }],
    });
  });

  test('hides no head that is missing', async () => {
    await write('records', 'records', 'closing');
    hold(1);
    await closeBehind(1);
    expect(kindsOf(await verified())).toEqual(['missing-head']);
  });

  test('hides no segment that was replaced', async () => {
    await write('records', 'records', 'closing');
    hold();
    await closeBehind(1);
    const { sealed } = chain.written[1] as WrittenSegment;
    held.add(await certify(sealText({ ...sealed.seal, digest: 'a'.repeat(64) }), '', signer));
    expect(kindsOf(await verified())).toEqual(['deleted', 'replaced']);
  });

  test('hides no link that is broken', async () => {
    await write('records');
    await chain.add(2, 'records', { seal: { previous: '0'.repeat(64) } });
    await write('closing');
    hold();
    await closeBehind(1);
    expect(kindsOf(await verified())).toEqual(['broken-link']);
  });

  test.each([
    ['unsigned', undefined],
    [
      'signed by a stranger',
      createSigner(
        generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }) as string,
      ),
    ],
  ])('is forged where it is %s, beside a segment and in its place', async (_what, by) => {
    await write('records', 'records', 'closing');
    hold();
    await closeBehind(1, by as Signer);
    held.certificates.forEach((entry) => {
      if (by === undefined && entry.certificate.seal.includes('"abandoned"'))
        entry.certificate = { ...entry.certificate, signature: '', keyId: '' };
    });
    const beside = await verified();
    expect(kindsOf(beside)).toEqual(['forged']);
    expect(beside.findings).toMatchObject([{ number: 2 }]);
    expect(beside.notes).toEqual([]);
    held.certificates.splice(1, 1);
    expect(kindsOf(await verified())).toEqual(['forged', 'missing-segment']);
  });

  test('stands against segments that are not as well signed', async () => {
    await write('records');
    hold();
    await closeBehind(1);
    const { length } = chain.written;
    await write('records', 'records');
    for (const { certificate } of chain.written.slice(length))
      held.add({ ...certificate, signature: '', keyId: '' });
    expect(kindsOf(await verified())).toEqual(['forged', 'lost', 'reordered', 'replaced', 'unfinished']);
  });

  test('stands where somebody goes on from it', async () => {
    await write('records');
    await chain.add(0, 'abandoned');
    await write('records', 'closing');
    hold();
    expect(kindsOf(await verified())).toEqual(['reordered']);
  });

  test('is no such end where it has records', async () => {
    await write('records', 'records', 'closing');
    hold();
    await closeBehind(1, signer, { last: 3, rows: 1 });
    expect(kindsOf(await verified())).toContain('replaced');
  });
});

describe('two ends for one number, of two heirs', () => {
  test('say the same', async () => {
    await write('records', 'records');
    hold();
    await closeBehind(2);
    await closeBehind(2);
    expect(await verified()).toMatchObject({ verdict: 'good', counts: { 'recovered-copy': 1 } });
  });

  test('are set aside together', async () => {
    await write('records', 'records', 'closing');
    hold();
    await closeBehind(1);
    await closeBehind(1);
    expect(await verified()).toMatchObject({ verdict: 'good', counts: { 'closed-early': 2 } });
  });

  test('contradict each other where they follow different segments', async () => {
    await write('records', 'records');
    hold();
    await closeBehind(2);
    await closeBehind(2, signer, { previous: '0'.repeat(64) });
    expect(kindsOf(await verified())).toContain('replaced');
  });
});
