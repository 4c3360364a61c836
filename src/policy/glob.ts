import type { PicomatchOptions } from 'picomatch';
import { loadLater } from '../later.js';
import { lazily } from '../lazily.js';

const library = lazily(() => {
  return require('picomatch') as typeof import('picomatch');
});

/** Above any path or name: what is longer is compiled at once, for it may be refused. */
const USUAL_CHARACTERS = 1_024;

/**
 * Whether a value matches a glob. Most globs of a policy are never asked, because something else decides before; so each is
 * compiled for the first value that comes to it.
 *
 * @throws SyntaxError for a glob that is far too long
 */
export function compileGlobLate(glob: string, options: PicomatchOptions): (value: string) => boolean {
  const compiled = lazily(() => library()(glob, options));
  if (glob.length > USUAL_CHARACTERS) compiled();
  else loadLater(library);
  return (value) => compiled()(value);
}
