import { InvalidArgumentError } from 'commander';

/** How many at most; `all` for no limit. */
export function parseLimit(text: string): number {
  if (text === 'all') return Infinity;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It is a number from 1, or `all`.');
}
