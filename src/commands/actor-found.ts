import type { ActorSummary } from '../search/actor-summary.js';
import type { Search } from '../search/search.js';
import type { Suggestion } from '../search/suggestions.js';
import { writeTerm } from '../search/write-term.js';
import { tellNothingFound } from './nothing-found.js';
import type { Reading } from './reading.js';
import { safeText } from './terminal/safe-text.js';
import { UsageError } from './usage-error.js';

const MOST_NAMESAKES = 20;
const SHOWN_NEAR = 5;

/**
 * Whom an identifier or name means; undefined where nobody, which is told.
 *
 * @throws UsageError where several are called so.
 */
export async function findActor(
  user: string,
  period: Search,
  reading: Reading,
): Promise<ActorSummary | undefined> {
  const { reader, say } = reading;
  const named = { ...period, text: writeTerm('actor_name', user) };
  const [own, found] = await Promise.all([
    reader.actor(user, period),
    reader.suggest('actor_id', '', named, MOST_NAMESAKES),
  ]);
  const others = found.filter(({ value }) => value !== user);
  if (own.total > 0 || own.impersonated.length > 0) {
    if (others.length > 0) say(`Others are called ${safeText(user)} too: ${list(others)}.`);
    return own;
  }
  const [only, ...rest] = others;
  if (rest.length > 0)
    throw new UsageError(
      `Several are called ${safeText(user)}: ${list(others)}. Give one of these identifiers.`,
    );
  if (only !== undefined) return await reader.actor(only.value, period);
  if (own.logins.typed > 0) return own;
  await tellNobody(user, period, reading);
  return undefined;
}

async function tellNobody(user: string, period: Search, reading: Reading): Promise<void> {
  const { reader, say } = reading;
  const startingWith = (prefix: string): Promise<readonly Suggestion[]> =>
    reader.suggest('actor', prefix, period, SHOWN_NEAR);
  const alike = await startingWith(user.slice(0, 1));
  const known = alike.length > 0 ? alike : await startingWith('');
  if (known.length === 0) return await tellNothingFound(period, reading);
  say(`Nobody on record is called ${safeText(user)}. There are: ${list(known)}.`);
}

function list(suggestions: readonly Suggestion[]): string {
  return suggestions
    .map(({ value, count }) => `${safeText(value)} (${count} ${count === 1 ? 'record' : 'records'})`)
    .join(', ');
}
