/** Something that must be so, and what was found. */
export interface Claim {
  readonly claim: string;
  readonly holds: boolean;
  /** What was seen, with figures. */
  readonly found: string;
}

export function claim(text: string, holds: boolean, found: string): Claim {
  return { claim: text, holds, found };
}

/** Most numbers named of a long list. */
const NAMED = 5;

export function listed(numbers: readonly number[]): string {
  if (numbers.length === 0) return '0';
  const rest = numbers.length > NAMED ? ', …' : '';
  return `${numbers.length} (${numbers.slice(0, NAMED).join(', ')}${rest})`;
}
