import type { Sentence } from '../../search/sentence.js';
import { safeCell } from './safe-text.js';
import { truncate, widthOf } from './width.js';

const AS = ' as ';

/** Who it was in at most so many columns. Of an impersonation both are cut, so that none passes for the other. */
export function actorWithin(
  { who, impersonator }: Pick<Sentence, 'who' | 'impersonator'>,
  width: number,
): string {
  const told = safeCell(who);
  if (impersonator === '' || widthOf(told) <= width) return truncate(told, width);
  const [really, actor] = [safeCell(impersonator), safeCell(who.slice(impersonator.length + AS.length))];
  const room = width - AS.length;
  const shown = truncate(actor, Math.max(Math.ceil(room / 2), room - widthOf(really)));
  return truncate(truncate(really, room - widthOf(shown)) + AS + shown, width);
}
