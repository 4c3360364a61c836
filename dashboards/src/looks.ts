import { MappingType } from '@grafana/grafana-foundation-sdk/dashboard';
import type { ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard';

/** A colour of Grafana's themes and the word, with a sign, that goes beside it. */
interface Look {
  readonly color: string;
  readonly text: string;
}

/** The same meaning has the same colour everywhere: neutral, red, amber, violet, grey. */
export const COLORS = {
  neutral: 'text',
  success: 'semi-dark-blue',
  failure: 'red',
  denied: 'orange',
  rolledBack: 'purple',
  unknown: '#8e8e8e',
} as const;

/** Outcomes as the queries word them. */
export const OUTCOMES: Readonly<Record<string, Look>> = {
  ok: { color: COLORS.neutral, text: '✓ ok' },
  committed: { color: COLORS.neutral, text: '✓ committed' },
  'rolled back': { color: COLORS.rolledBack, text: '↩ rolled back' },
  denied: { color: COLORS.denied, text: '⊘ denied' },
  failed: { color: COLORS.failure, text: '✗ failed' },
  unknown: { color: COLORS.unknown, text: '? unknown' },
};

/** How much a name is worth: the values of column `actor_assurance`. */
export const ASSURANCES: Readonly<Record<string, Look>> = {
  verified: { color: COLORS.neutral, text: '✓ verified' },
  trusted: { color: COLORS.neutral, text: '✓ trusted' },
  claimed: { color: COLORS.denied, text: '? claimed' },
  expired: { color: COLORS.denied, text: '⌛ expired' },
  invalid: { color: COLORS.failure, text: '✗ invalid' },
  none: { color: COLORS.unknown, text: '– none' },
};

/** Whether something was seen before. */
export const NOVELTIES: Readonly<Record<string, Look>> = {
  new: { color: COLORS.denied, text: '● new' },
  known: { color: COLORS.unknown, text: 'known' },
};

/** Deletions stand out among what was done to a row. */
export const DEEDS: Readonly<Record<string, Look>> = {
  deleted: { color: COLORS.failure, text: '✗ deleted' },
};

export function mapping(looks: Readonly<Record<string, Look>>): ValueMapping[] {
  const options = Object.entries(looks).map(([value, look], index) => [value, { ...look, index }]);
  return [{ type: MappingType.ValueToText, options: Object.fromEntries(options) }];
}
