import type { ActorSummary, Seen } from '../../search/actor-summary.js';
import { describeLook, lookOfAssurance, lookOfEnding } from './looks.js';
import { safeCell } from './safe-text.js';
import type { Terminal } from './terminal.js';
import type { Clock } from './times.js';
import { fit, truncate, widthOf } from './width.js';

const LABEL_WIDTH = 12;
const GAP = '  ';
const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const NO_BAR = '·';
const HOURS = 24;
const HOUR_MINUTES = 60;
const HOUR_AXIS = '0     6     12    18   23';
const VOUCHED = new Set(['verified', 'trusted']);

export interface ActorLinesOptions {
  readonly terminal: Pick<Terminal, 'width' | 'paint'>;
  readonly clock: Clock;
  readonly isUtc: boolean;
}

/** Who somebody is: since when, under which names and how well they are known, from where, when and what. */
export function formatActor(actor: ActorSummary, options: ActorLinesOptions): readonly string[] {
  const { terminal, clock } = options;
  const lines: string[] = [terminal.paint('bold', truncate(titleOf(actor), terminal.width))];
  const add = (label: string, ...texts: readonly string[]): void => {
    texts.forEach((text, index) => {
      const shown = truncate(text, terminal.width - LABEL_WIDTH - GAP.length);
      lines.push(terminal.paint('gray', fit(index === 0 ? label : '', LABEL_WIDTH)) + GAP + shown);
    });
  };
  const addSeen = (label: string, seen: readonly Seen[], word?: (value: string) => string): void => {
    if (seen.length > 0) add(label, listWithin(seen, terminal.width - LABEL_WIDTH - GAP.length, word));
  };
  const doubt = doubtOf(actor);
  if (doubt !== '') lines.push(terminal.paint('yellow', truncate(doubt, terminal.width)));
  lines.push('');
  if (actor.firstAt !== '') add('first seen', clock.full(actor.firstAt));
  if (actor.lastAt !== '') add('last seen', clock.full(actor.lastAt));
  addSeen('names', actor.names);
  addSeen('identity', actor.assurances, (value) => describeLook(lookOfAssurance(value)));
  addSeen('addresses', actor.addresses);
  addSeen('agents', actor.agents);
  addSeen('sessions', actor.sessions);
  addSeen('services', actor.services);
  addSeen('tenants', actor.tenants);
  addSeen('acted as', actor.impersonated);
  addSeen('acted by', actor.impersonatedBy);
  if (actor.hours.some((count) => count > 0)) add('hours', ...hourLines(actor, options));
  addSeen('actions', actor.actions);
  if (actor.total > 0) add('outcomes', outcomesOf(actor));
  if (actor.forged.count > 0) add('forged', ...forgedLines(actor, options));
  if (actor.logins.typed > 0) add('typed name', ...typedLines(actor));
  return lines;
}

function titleOf({ actorId, names: [name], types: [type], total, impersonated }: ActorSummary): string {
  const title = name === undefined || name.value === actorId ? actorId : `${name.value} (${actorId})`;
  const asOthers = impersonated.reduce((sum, { count }) => sum + count, 0);
  const done = [
    ...(total > 0 || asOthers === 0 ? [counted(total, 'record')] : []),
    ...(asOthers > 0 ? [`${counted(asOthers, 'record')} as somebody else`] : []),
  ];
  return [safeCell(title), safeCell(type?.value ?? 'unknown'), ...done].join(', ');
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** Who holds a forged token is mostly somebody else: nothing of it stands among the habits of this actor. */
function forgedLines({ forged }: ActorSummary, { terminal, clock }: ActorLinesOptions): string[] {
  const { count, lastAt, addresses, agents } = forged;
  const room = terminal.width - LABEL_WIDTH - GAP.length;
  return [
    `${describeLook(lookOfAssurance('invalid'))}: ${counted(count, 'record')} of a forged token, last ${clock.full(lastAt)}`,
    ...(addresses.length === 0 ? [] : [`from ${listWithin(addresses, room - 'from '.length)}`]),
    ...(agents.length === 0 ? [] : [`with ${listWithin(agents, room - 'with '.length)}`]),
  ];
}

function typedLines({ logins: { typed, typedSearch } }: ActorSummary): string[] {
  return [
    `also as a typed name: ${counted(typed, 'login')}, nobody can say whose; see`,
    `query ${inShell(safeCell(typedSearch))}`,
  ];
}

function inShell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Whoever claims a name is not the one who has it. */
function doubtOf({ assurances, total }: ActorSummary): string {
  const doubtful = assurances.filter(({ value }) => !VOUCHED.has(value) && value !== 'none');
  const count = doubtful.reduce((sum, seen) => sum + seen.count, 0);
  if (count === 0) return '';
  const how = doubtful.map(({ value }) => describeLook(lookOfAssurance(value))).join(', ');
  return count === total
    ? `${how}: this name is only claimed, nobody vouches for any of it.`
    : `${how}: ${count} of ${total} records only claim this name.`;
}

/** The most frequent first, and how many more there are; none is cut in the middle unless it is alone too long. */
function listWithin(
  seen: readonly Seen[],
  room: number,
  word: (value: string) => string = (value) => value,
): string {
  const items = seen.map(({ value, count }) => `${safeCell(word(value))} (${count})`);
  for (let shown = items.length; shown > 1; shown--) {
    const rest = items.length - shown;
    const text = [...items.slice(0, shown), ...(rest > 0 ? [`${rest} more`] : [])].join(', ');
    if (widthOf(text) <= room) return text;
  }
  const more = items.length > 1 ? `, ${items.length - 1} more` : '';
  return truncate(items[0] ?? '', room - more.length) + more;
}

/** NOTE: the register counts by hours of UTC; zones with half hours are shown to the nearest hour. */
function hourLines({ hours, lastAt }: ActorSummary, { isUtc, clock }: ActorLinesOptions): string[] {
  const offset = isUtc ? 0 : Math.round(-new Date(lastAt).getTimezoneOffset() / HOUR_MINUTES);
  const most = Math.max(1, ...hours);
  const bars = Array.from({ length: HOURS }, (_, hour) => {
    const count = hours[(hour - offset + HOURS) % HOURS] ?? 0;
    return count === 0 ? NO_BAR : (BARS[Math.ceil((count / most) * BARS.length) - 1] ?? NO_BAR);
  });
  return [`${bars.join('')}  ${clock.zone(lastAt)}`, HOUR_AXIS];
}

function outcomesOf({ counts }: ActorSummary): string {
  const endings = { ok: counts.ok, failed: counts.failed, denied: counts.denied, unknown: counts.unknown };
  return Object.entries({ ...endings, 'rolled back': counts.rolled_back })
    .filter(([, count]) => count > 0)
    .map(([ending, count]) => `${describeLook(lookOfEnding(ending))} (${count})`)
    .join(', ');
}
