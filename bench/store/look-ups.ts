import { createRegisterReader } from '../../dist/search/register-reader.js';
import type { FilledStore } from './filled-store.ts';
import type { Parameters } from './questions.ts';

export interface LookUp {
  readonly name: string;
  /** @returns How much was found. */
  readonly read: () => Promise<number>;
}

/** What people ask of the explorer and of `audit-register search`, by the very code of both. */
export function lookUps(store: FilledStore, parameters: Parameters): LookUp[] {
  const reader = createRegisterReader(store.reader, 'audit');
  const iso = (time = ''): string => `${time.replace(' ', 'T')}Z`;
  const day = { from: iso(parameters['from']), to: iso(parameters['to']) };
  const page = async (text: string, period: { from: string; to: string }): Promise<number> =>
    (await reader.page({ text, ...period }, { limit: 50 })).records.length;
  const always = { from: '', to: '' };
  const of = (name: string): string => parameters[name] ?? '';
  const searches: readonly (readonly [string, string])[] = [
    ['the newest of a day', ''],
    ['failures of a day', 'outcome:failure'],
    ['denied in a day', 'outcome:denied'],
    ['an actor, in a day', `actor:"${of('actor')}"`],
    ['an address, in a day', `ip:${of('address')}`],
    ['a word, in a day', 'payments'],
  ];
  const everywhere: readonly (readonly [string, string])[] = [
    ['an actor, ever', `actor:"${of('actor')}"`],
    ['a row, ever', `row:orders/${of('id')}`],
    ['a trace, ever', `trace:${of('trace')}`],
    ['a request, ever', `request:${of('request')}`],
    ['a session, ever', `session:${of('session')}`],
    ['a transaction, ever', `transaction:"${of('transaction')}"`],
    ['an address, ever', `ip:${of('address')}`],
  ];
  return [
    ...searches.map(([name, text]) => ({ name, read: () => page(text, day) })),
    ...everywhere.map(([name, text]) => ({ name, read: () => page(text, always) })),
    {
      name: 'a record and its request',
      read: async () => {
        const record = await reader.record(of('record'));
        return record === undefined ? 0 : (await reader.request(record)).length;
      },
    },
    {
      name: 'history of a row, field by field',
      read: async () =>
        (await reader.objectHistory('orders', of('id'), { text: '', ...always }, { limit: 100 })).length,
    },
    {
      name: 'bars over a day',
      read: async () => (await reader.histogram({ text: '', ...day }, 100)).buckets.length,
    },
    {
      name: 'an actor in sum, a day',
      read: async () => (await reader.actor(of('actor'), { text: '', ...day })).total,
    },
    {
      name: 'suggested actors, a day',
      read: async () => (await reader.suggest('actor', 'user1', { text: '', ...day }, 10)).length,
    },
    {
      name: 'suggested actions, ever',
      read: async () => (await reader.suggest('action', '', { text: '', ...always }, 10)).length,
    },
  ];
}
