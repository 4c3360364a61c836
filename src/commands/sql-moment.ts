import { timeSpan } from '../search/quantities.js';

const NANO_DIGITS = 9;
const SECOND_NANOS = 10n ** BigInt(NANO_DIGITS);

/**
 * A moment as a parameter of this type takes it. Seconds since 1970 mean the same whatever the zone of the server; DateTime takes
 * only whole ones, and a name that has several types takes what suits all. Where digits are left out the period gets longer.
 *
 * @param iso In ISO 8601.
 * @param types As the SQL declares them: `DateTime`, `DateTime64(3)`, `Nullable(Date)`, `String`, …
 */
export function momentAs(types: readonly string[], iso: string, { isEnd = false } = {}): string {
  const bare = types.map((type) => type.replaceAll(/^(?:(?:Nullable|LowCardinality)\()+|\s/g, ''));
  const is = (pattern: RegExp): boolean => bare.some((type) => pattern.test(type));
  if (is(/^Date(?:32)?(?!Time)\b/)) return iso.slice(0, 'yyyy-mm-dd'.length);
  if (is(/^(?:Fixed)?String/)) return iso;
  const digits = Math.min(...bare.map(fractionDigits));
  const step = 10n ** BigInt(NANO_DIGITS - digits);
  const nanos = timeSpan(iso, 0).from + (isEnd ? step - 1n : 0n);
  const whole = nanos - (nanos % step);
  const seconds = String(whole / SECOND_NANOS);
  if (digits === 0) return seconds;
  const fraction = String(whole % SECOND_NANOS).padStart(NANO_DIGITS, '0');
  return `${seconds}.${fraction.slice(0, digits)}`;
}

function fractionDigits(type: string): number {
  const [, digits] = /^DateTime64\((\d)/.exec(type) ?? [];
  if (digits !== undefined) return Number(digits);
  return /^(?:Float|Decimal)/.test(type) ? NANO_DIGITS : 0;
}
