import { Option } from 'commander';
import { EXIT } from '../errors.js';
import type { ActorSummary } from '../search/actor-summary.js';
import type { FoundRecord, Search } from '../search/search.js';
import { describeRecord } from '../search/sentence.js';
import { writeAnyOf, writeTerm } from '../search/write-term.js';
import { findActor } from './actor-found.js';
import type { AddCommand, CommandContext } from './command.js';
import { parseLimit } from './limit.js';
import { parsePeriod } from './moment.js';
import { addPeriodOptions, addReadingOptions, readRegister } from './reading.js';
import type { PeriodOptions, Reading, ReadingOptions } from './reading.js';
import { formatActor } from './terminal/actor-lines.js';
import { formatByRequest } from './terminal/request-lines.js';
import { safeJsonText } from './terminal/safe-text.js';

export interface WhoCommandOptions extends ReadingOptions, PeriodOptions {
  readonly limit: number;
  readonly format?: WhoFormat;
}

type WhoFormat = 'table' | 'json';

const FORMATS: readonly WhoFormat[] = ['table', 'json'];
const DEFAULT_LIMIT = 20;
/** What the register gives at once. */
const MOST_RECORDS = 1_000;
/** What a search may name at once. */
const MOST_JOINED = 100;

export const addWhoCommand: AddCommand = (program, run) => {
  const command = program
    .command('who')
    .description('show what is known of one person or program, and what was done last')
    .argument('<user>', 'identifier or name');
  addReadingOptions(
    addPeriodOptions(command)
      .option('--limit <number>', 'how many of the latest records', parseLimit, DEFAULT_LIMIT)
      .addOption(
        new Option(
          '--format <format>',
          'how to show it (default: table on a terminal, json in a pipe)',
        ).choices(FORMATS),
      ),
  ).action((user: string, options: WhoCommandOptions) => run((context) => runWho(user, options, context)));
};

/** Shows who somebody is; 1 where nobody is called so. */
export async function runWho(
  user: string,
  options: WhoCommandOptions,
  context: CommandContext,
): Promise<number> {
  const period = parsePeriod(options);
  return await readRegister(options, context, async (reading) => {
    const actor = await findActor(user, period, reading);
    if (actor === undefined) return EXIT.finding;
    const latest = await readLatest(actor, period, options.limit, reading);
    const format = options.format ?? (reading.terminal.isTerminal ? 'table' : 'json');
    await show(actor, latest, format, options.utc, reading);
    return EXIT.good;
  });
}

/** What was done under this name, as somebody else, and the logins that are surely of this actor. */
async function readLatest(
  { actorId, impersonated, logins }: ActorSummary,
  period: Search,
  limit: number,
  { reader }: Reading,
): Promise<readonly FoundRecord[]> {
  const most = Math.min(limit, MOST_RECORDS);
  const joined = logins.joined.slice(0, Math.min(most, MOST_JOINED));
  const searches = [
    writeTerm('actor_id', actorId),
    ...(impersonated.length === 0 ? [] : [writeTerm('impersonator', actorId)]),
    ...(joined.length === 0 ? [] : [writeAnyOf('record', joined)]),
  ];
  const pages = await Promise.all(
    searches.map(async (text) => (await reader.page({ ...period, text }, { limit: most })).records),
  );
  const records = new Map(pages.flat().map((record) => [record.record_id, record]));
  return [...records.values()]
    .toSorted((a, b) => b.occurred_at.localeCompare(a.occurred_at) || b.record_id.localeCompare(a.record_id))
    .slice(0, most);
}

async function show(
  actor: ActorSummary,
  latest: readonly FoundRecord[],
  format: WhoFormat,
  isUtc: boolean,
  { terminal, clock }: Reading,
): Promise<void> {
  if (format === 'json') return await terminal.write(safeJsonText(JSON.stringify({ ...actor, latest })));
  await terminal.write(
    ...formatActor(actor, { terminal, clock, isUtc }),
    '',
    ...formatByRequest(latest, { terminal, clock, isOfOneActor: latest.every(isOfThemselves) }),
  );
}

function isOfThemselves(record: FoundRecord): boolean {
  return describeRecord(record).impersonator === '';
}
