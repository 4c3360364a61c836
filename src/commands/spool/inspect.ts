import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { ConfigurationError, EXIT, messageOf } from '../../errors.js';
import { deadLetterKind, readDeadLetter } from '../../delivery/spool/dead-letters.js';
import { readFrames } from '../../delivery/spool/read-frames.js';
import { isReadable, readSegmentFile } from '../../delivery/spool/read-segment-file.js';
import type { SegmentReading } from '../../delivery/spool/read-segment-file.js';
import type { Segment } from '../../delivery/segment.js';
import { countOf } from '../../log.js';
import { decodeRows } from '../../record/decode.js';
import { toJsonLine } from '../../record/json.js';
import type { CommandContext } from '../command.js';
import { safeJsonText } from '../terminal/safe-text.js';
import { findSpool, readSpool } from './place.js';

/** Prints the rows of a file of the spool, and says the rest; a finding where it is not as it was written. */
export async function runInspect(given: string, context: CommandContext): Promise<number> {
  const path = await findFile(given, context);
  context.say(`file: ${path}`);
  return deadLetterKind(basename(path)) === 'letter'
    ? inspectLetter(path, context)
    : inspectSegment(path, context);
}

async function inspectSegment(path: string, context: CommandContext): Promise<number> {
  const { say } = context;
  const reading = await readSegmentFile(path);
  if (!isReadable(reading)) {
    say(`it cannot be read: ${reading.reason}`);
    return EXIT.finding;
  }
  const { head, seal, segment, isDamaged } = reading;
  say(`head: ${JSON.stringify({ ...head, columns: `${head.columns.length} columns` })}`);
  for (const frame of await readFrames(path, segment.id)) say(`frame: ${JSON.stringify(frame)}`);
  say(seal === undefined ? 'seal: none, it is open or its process died' : `seal: ${seal.text}`);
  sayDamage(reading, say);
  const isWhole = printRows(segment, context);
  return isWhole && !isDamaged ? EXIT.good : EXIT.finding;
}

function sayDamage({ isDamaged, missing }: SegmentReading, say: (line: string) => void): void {
  if (!isDamaged) return;
  say('damage: it is not what was written');
  for (const { first, last } of missing) say(`damage: records ${first} to ${last} cannot be read`);
}

async function inspectLetter(path: string, context: CommandContext): Promise<number> {
  const letter = await readDeadLetter(path);
  if (letter === undefined) {
    context.say('it cannot be read: it is no dead letter, or damaged');
    return EXIT.finding;
  }
  const { reason, segment, since } = letter;
  const { chainId, firstSequence, id, lastSequence, rowCount } = segment;
  context.say(
    `dead letter since ${since}: ${countOf(rowCount, 'record')}, ${firstSequence} to ${lastSequence} of chain ${chainId}, segment ${id}`,
  );
  context.say(`refused: ${reason}`);
  return printRows(segment, context) ? EXIT.good : EXIT.finding;
}

function printRows(segment: Segment, { print, say }: CommandContext): boolean {
  try {
    for (const row of decodeRows(segment.rows, segment.columns))
      print(safeJsonText(toJsonLine(row).trimEnd()));
    return true;
  } catch (error) {
    say(`its rows cannot be read: ${messageOf(error)}`);
    return false;
  }
}

/** A path, or what `list` says of a segment. */
async function findFile(given: string, context: CommandContext): Promise<string> {
  const path = resolve(context.cwd, given);
  if (existsSync(path)) return path;
  const place = findSpool(context);
  for (const { deadLetters, owners } of place === undefined ? [] : await readSpool(place.root)) {
    const files = [...owners.flatMap(({ segments }) => segments), ...deadLetters];
    const found = files.find(
      (file) => ('segment' in file && file.segment === given) || file.path.includes(`/${given}`),
    );
    if (found !== undefined) return found.path;
  }
  throw new ConfigurationError(
    `There is no file ${given}, and no segment of that id in the spool; \`audit-register spool list --json\` names them.`,
  );
}
