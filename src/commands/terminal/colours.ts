import { styleText } from 'node:util';

export type Colour = 'red' | 'yellow' | 'magenta' | 'gray' | 'bold';

/** Colours a safe text, or leaves it as it is where there are no colours. */
export type Paint = (colour: Colour | undefined, text: string) => string;

/**
 * Colours are for terminals that have them. As Node.js itself does it, `FORCE_COLOR` counts more than `NO_COLOR`, and both
 * more than what the terminal says.
 */
export function createPaint(env: NodeJS.ProcessEnv, isTerminal: boolean): Paint {
  if (!wantsColours(env, isTerminal)) return (_colour, text) => text;
  return (colour, text) =>
    colour === undefined || text === '' ? text : styleText(colour, text, { validateStream: false });
}

function wantsColours(env: NodeJS.ProcessEnv, isTerminal: boolean): boolean {
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return isTerminal && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
}
