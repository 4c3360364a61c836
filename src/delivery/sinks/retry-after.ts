import { epochMillis } from '../../timers.js';

/**
 * How long a server asks to be left alone: seconds, or a date. Undefined where it says nothing that can be understood.
 * Source: RFC 9110, section 10.2.3.
 */
export function retryAfterMillis(
  header: string | undefined,
  nowMillis: number = epochMillis(),
): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000;
  // NOTE: Date.parse takes nearly anything for a date, such as "-1"; an HTTP date begins with its weekday.
  const date = /^[A-Z][a-z]{2,8},? /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMillis);
}
