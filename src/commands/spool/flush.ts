import { EXIT } from '../../errors.js';
import type { ListedDestination } from '../../delivery/spool/list-spool.js';
import type { StoredSegment } from '../../delivery/spool/spool.js';
import { countOf } from '../../log.js';
import type { CommandContext } from '../command.js';
import { createProgress } from '../progress.js';
import { safeText } from '../terminal/safe-text.js';
import { describeOwner } from './list.js';
import { findSpool, readSpool, requireOwnSpool } from './place.js';
import { openShipping } from './shipping.js';
import type { Shipping } from './shipping.js';

export interface FlushOptions {
  /** Seconds. */
  readonly timeout: number;
}

/** Delivers what dead processes left; a finding when something of it is left. */
export async function runFlush({ timeout }: FlushOptions, context: CommandContext): Promise<number> {
  const place = findSpool(context);
  if (place === undefined) return EXIT.good;
  const { config, destination, root } = place;
  requireOwnSpool(root);
  const shipping = openShipping(config, context, timeout);
  try {
    await deliverAll(shipping);
  } finally {
    await shipping.end();
  }
  const { delivered, dead, lost } = shipping.shipper.counts();
  context.print(`${countOf(delivered, 'record')} delivered to ${shipping.sink.name}`);
  if (dead > 0) context.print(`${countOf(dead, 'record')} refused, kept as dead letters`);
  if (lost > 0) context.print(`${countOf(lost, 'record')} could not be read`);
  if (context.signal.aborted) context.say('Interrupted; what is left stays in the spool.');
  const left = sayWhatIsLeft(await readSpool(root), destination, context);
  return left > 0 || dead > 0 || lost > 0 || context.signal.aborted ? EXIT.finding : EXIT.good;
}

/** NOTE: of very many segments the spool gives out some at a time. */
async function deliverAll({ settled, shipper, spool }: Shipping): Promise<void> {
  const progress = createProgress('records delivered', () => {});
  let rows = 0;
  try {
    for (let found = await spool.adopt(); found.length > 0; found = await spool.adopt()) {
      for (const stored of found) {
        rows += stored.seal.seal.rows;
        shipper.add(shippable(stored, spool));
      }
      if (!(await settled((waiting) => progress.update(rows - waiting, rows)))) return;
    }
  } finally {
    progress.end();
  }
}

function shippable(
  stored: StoredSegment,
  spool: Shipping['spool'],
): Parameters<Shipping['shipper']['add']>[0] {
  return {
    seal: stored.seal,
    since: Number.NEGATIVE_INFINITY,
    load: () => stored.load(),
    bury: (segment, reason) => spool.bury(segment, reason),
    done: () => stored.done(),
  };
}

/** @returns Segments that dead processes left for the configured sink. */
function sayWhatIsLeft(
  destinations: readonly ListedDestination[],
  configured: string,
  { print, say }: CommandContext,
): number {
  let left = 0;
  for (const { destination, owners, deadLetters } of destinations) {
    const holding = owners.filter(({ segments }) => segments.length > 0);
    if (destination !== configured) {
      if (holding.length > 0)
        say(
          `For another sink, not touched: ${destination}; set what its applications have (AUDIT_REGISTER_SINK, …).`,
        );
      continue;
    }
    for (const owner of holding) {
      if (owner.isAlive) say(`Kept by who is alive, and delivers it: ${describeOwner(owner)}`);
      else {
        left += owner.segments.length;
        print(safeText(`left: ${describeOwner(owner)}`));
      }
    }
    if (deadLetters.length > 0)
      say(
        `${countOf(deadLetters.length, 'dead letter')}; see \`audit-register spool list\` and \`redrive\`.`,
      );
  }
  return left;
}
