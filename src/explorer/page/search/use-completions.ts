import { useEffect, useState } from 'preact/hooks';
import { api } from '../api/api.js';
import type { Asked } from '../api/api.js';
import type { SearchField } from '../api/answers.js';
import { writeTerm } from '../../../search/write-term.js';
import { completingAt } from './terms.js';
import type { Completing } from './terms.js';

export interface Completion {
  /** What stands in the list. */
  readonly label: string;
  readonly hint: string;
  /** What is put into the search. */
  readonly insert: string;
}

const MOST = 10;
const TYPING_MILLIS = 120;

/** Fields and their fixed values at once; values that were seen, from the server, once typing pauses. */
export function useCompletions(
  text: string,
  caret: number,
  isOpen: boolean,
  fields: readonly SearchField[],
  asked: Asked,
): { completing: Completing; completions: readonly Completion[] } {
  const completing = completingAt(text, caret);
  const [seen, setSeen] = useState<{ key: string; completions: readonly Completion[] }>(NOTHING);
  const field = completing.field === undefined ? undefined : findField(fields, completing.field);
  const isFixed = field === undefined || field.values !== undefined;
  const key = isFixed || !isOpen ? '' : `${field.name} ${completing.prefix}`;
  useEffect(() => {
    if (key === '' || field === undefined) return undefined;
    const controller = new AbortController();
    const timer = setTimeout(() => {
      const others = { ...asked, search: '' };
      void api.suggest(field.name, completing.prefix, others, controller.signal).then(
        ({ values }) =>
          setSeen({ key, completions: values.map((value) => valueCompletion(value.value, value.count)) }),
        // The search itself tells what is wrong; completion only has nothing to offer.
        () => setSeen({ key, completions: [] }),
      );
    }, TYPING_MILLIS);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [key, asked.from, asked.to]);
  if (!isOpen) return { completing, completions: [] };
  if (completing.field === undefined)
    return { completing, completions: fieldCompletions(completing, fields) };
  if (field?.values !== undefined)
    return { completing, completions: fixedCompletions(completing, field.values) };
  return { completing, completions: seen.key === key ? seen.completions.slice(0, MOST) : [] };
}

const NOTHING = { key: '', completions: [] };

export function findField(fields: readonly SearchField[], name: string): SearchField | undefined {
  return fields.find((field) => field.name === name || field.aliases.includes(name));
}

function fieldCompletions({ prefix, isNegated }: Completing, fields: readonly SearchField[]): Completion[] {
  const wanted = prefix.toLowerCase();
  const own = fields.filter(({ name }) => name.startsWith(wanted));
  const others = fields.filter(({ aliases }) => aliases.some((alias) => alias.startsWith(wanted)));
  const named = [...new Set([...own, ...others])];
  return named.slice(0, wanted === '' ? fields.length : MOST).map(({ name, meaning }) => ({
    label: `${name}:`,
    hint: meaning,
    insert: `${isNegated ? '-' : ''}${name}:`,
  }));
}

function fixedCompletions({ prefix }: Completing, values: readonly string[]): Completion[] {
  const wanted = prefix.toLowerCase();
  return values.filter((value) => value.startsWith(wanted)).map((value) => valueCompletion(value));
}

function valueCompletion(value: string, count?: number): Completion {
  const insert = `${writeTerm('', value).slice(1)} `;
  return { label: value, hint: count === undefined ? '' : count.toLocaleString('en'), insert };
}
