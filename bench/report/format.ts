import type { Spread } from './statistics.ts';

/** `12.3 (11.9–12.8)`, or the number alone where there was one round. */
export function formatSpread(spread: Spread, digits: number, unit = ''): string {
  const median = formatNumber(spread.median, digits) + unit;
  if (spread.min === spread.max) return median;
  return `${median} (${formatNumber(spread.min, digits)}–${formatNumber(spread.max, digits)})`;
}

export function formatNumber(value: number, digits: number): string {
  // NOTE: adding zero turns the -0 of a rounded small negative number into 0.
  const rounded = Number(value.toFixed(digits)) + 0;
  return rounded.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

export function formatTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const alignment = header.map((_cell, index) => (index === 0 ? '---' : '---:'));
  return [header, alignment, ...rows].map(line).join('\n');
}
