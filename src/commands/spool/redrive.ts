import { resolve } from 'node:path';
import { hostname } from 'node:os';
import { ConfigurationError, EXIT } from '../../errors.js';
import { Redrive } from '../../delivery/redrive.js';
import type { RedriveResult } from '../../delivery/redrive.js';
import type { ListedDeadLetter } from '../../delivery/spool/list-spool.js';
import { countOf } from '../../log.js';
import { createBlankRecord } from '../../pipeline/blank-record.js';
import type { CommandContext } from '../command.js';
import { createProgress } from '../progress.js';
import { safeText } from '../terminal/safe-text.js';
import { findSpool, readSpool, requireOwnSpool } from './place.js';
import type { SpoolPlace } from './place.js';
import { openShipping } from './shipping.js';

export interface RedriveOptions {
  readonly all: boolean;
  readonly dryRun: boolean;
  /** Seconds. */
  readonly timeout: number;
}

/** Sends dead letters again; a finding when one is left. */
export async function runRedrive(
  files: readonly string[],
  options: RedriveOptions,
  context: CommandContext,
): Promise<number> {
  if (files.length === 0 && !options.all) {
    context.say('Name the dead letters, or say --all; `audit-register spool list` shows them.');
    return EXIT.usage;
  }
  const place = findSpool(context);
  if (place === undefined) return EXIT.good;
  const letters = await chosenLetters(files, place, context);
  if (options.dryRun || letters.length === 0) return describe(letters, context);
  requireOwnSpool(place.root);
  return report(await redrive(letters, place, options, context), context);
}

async function redrive(
  letters: readonly ListedDeadLetter[],
  { config }: SpoolPlace,
  { timeout }: RedriveOptions,
  context: CommandContext,
): Promise<RedriveResult> {
  const shipping = openShipping(config, context, timeout);
  const { shipper, settled, spool } = shipping;
  const progress = createProgress('dead letters sent again', () => {});
  const service = { name: 'audit-register', version: '', instance: '', environment: '' };
  const work = new Redrive({
    spool,
    process: {
      service: service.name,
      version: '',
      instance: '',
      environment: '',
      host: hostname(),
      pid: process.pid,
    },
    blank: createBlankRecord(service)(),
    add: (item) => shipper.add(item),
    counts: () => shipper.counts(),
    settled: () => settled(),
    stop: () => shipper.stop(),
  });
  try {
    for (const [index, { path }] of letters.entries()) {
      if (context.signal.aborted || !(await work.take(path))) break;
      progress.update(index + 1, letters.length);
    }
    await work.end();
  } finally {
    progress.end();
    await shipping.end();
  }
  return work.result;
}

/** Of the configured sink: for another one they would be sent to the wrong place. */
async function chosenLetters(
  files: readonly string[],
  { destination, root }: SpoolPlace,
  { cwd, say }: CommandContext,
): Promise<readonly ListedDeadLetter[]> {
  const destinations = await readSpool(root);
  const own = destinations
    .filter((each) => each.destination === destination)
    .flatMap(({ deadLetters }) => deadLetters);
  const others = destinations.filter(
    (each) => each.destination !== destination && each.deadLetters.length > 0,
  );
  if (files.length === 0) {
    for (const other of others)
      say(
        `For another sink, not touched: ${countOf(other.deadLetters.length, 'dead letter')} of ${other.destination}.`,
      );
    return own;
  }
  return files.map((file) => {
    const letter = own.find(({ path }) => path === resolve(cwd, file) || path.endsWith(`/${file}`));
    if (letter !== undefined) return letter;
    throw new ConfigurationError(
      `${file} is no dead letter for the configured sink; \`audit-register spool list\` shows them.`,
    );
  });
}

function describe(letters: readonly ListedDeadLetter[], { print }: CommandContext): number {
  for (const { path, reason, rows } of letters)
    print(safeText(`${path}: ${countOf(rows, 'record')}, refused: ${reason}`));
  print(
    `${countOf(letters.length, 'dead letter')} with ${countOf(
      letters.reduce((sum, { rows }) => sum + rows, 0),
      'record',
    )} to send`,
  );
  return EXIT.good;
}

function report(
  { delivered, refused, unreadable, waiting }: RedriveResult,
  { print, say, signal }: CommandContext,
): number {
  print(`${countOf(delivered, 'record')} delivered, ${refused} refused again, ${waiting} in the spool`);
  for (const each of unreadable) print(safeText(`left: ${each}`));
  if (waiting > 0)
    say(
      'What was not delivered waits in the spool like any other record: `audit-register spool flush`, or any process, delivers it.',
    );
  if (signal.aborted) say('Interrupted; what was not sent stays a dead letter.');
  return refused + waiting + unreadable.length > 0 || signal.aborted ? EXIT.finding : EXIT.good;
}
