import { chainPlaceOf, isoOfMicros, placeOf } from './finding.js';
import type { Finding } from './finding.js';
import type { Link } from './link.js';

/** Numbers in a row that share a fault, told as one finding. */
interface Run {
  readonly from: Link;
  to: Link;
  count: number;
  readonly keyId: string;
}

const MOST_RUNS = 1_000;

/** What the signatures of one chain are worth. */
export class SignatureRuns {
  #signed = 0;
  readonly #unsigned: Run[] = [];
  readonly #unknownKey: Run[] = [];

  take(link: Link): void {
    if (link.verdict === 'valid') this.#signed += 1;
    if (link.verdict === 'unsigned') extend(this.#unsigned, link, '');
    if (link.verdict === 'unknown-key') extend(this.#unknownKey, link, link.keyId);
  }

  /** NOTE: only at the end of the chain is it known whether others of it are signed. */
  findings(): Finding[] {
    const strange = this.#unknownKey.map((run) =>
      findingOf(
        run,
        'forged',
        `signed by key ${run.keyId}, which was not given (--public-key): somebody else's, or one that is missing here`,
      ),
    );
    const bare = this.#unsigned.map((run) =>
      this.#signed > 0
        ? findingOf(run, 'forged', 'not signed, although others of the chain are: made without the key')
        : findingOf(
            run,
            'unsigned',
            'nothing of this chain is signed: its process had no AUDIT_REGISTER_SIGNING_KEY, or somebody else has made it',
          ),
    );
    return [...strange, ...bare];
  }
}

function findingOf({ from, to, count }: Run, kind: 'forged' | 'unsigned', text: string): Finding {
  const end = placeOf(to.seal).to;
  return {
    ...chainPlaceOf(from.seal),
    number: from.seal.number,
    ...(count > 1 && { lastNumber: to.seal.number }),
    ...(count === 1 && { segment: from.seal.segment }),
    from: isoOfMicros(from.seal.openedAt),
    ...(end !== undefined && { to: end }),
    kind,
    text,
  };
}

function extend(runs: Run[], link: Link, keyId: string): void {
  const run = runs.at(-1);
  const isNext = run?.keyId === keyId && link.seal.number - run.to.seal.number <= 1;
  if (run !== undefined && (isNext || runs.length >= MOST_RUNS)) {
    run.to = link;
    run.count += 1;
  } else {
    runs.push({ from: link, to: link, count: 1, keyId });
  }
}
