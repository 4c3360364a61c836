import { InvalidArgumentError } from 'commander';

/** A point in time as an option gives it, in ISO 8601; a date is its first moment in UTC. */
export function parseTime(text: string): string {
  const hasZone = /(?:Z|[+-]\d{2}:?\d{2})$/i.test(text);
  const plain = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)?$/.test(text);
  const millis =
    plain || hasZone
      ? Date.parse(plain && text.length > 10 ? `${text.replace(' ', 'T')}Z` : text)
      : Number.NaN;
  if (Number.isNaN(millis)) {
    throw new InvalidArgumentError('A time is 2026-11-01, 2026-11-01T12:00:00 (both UTC) or has a zone.');
  }
  return new Date(millis).toISOString();
}
