import { once } from 'node:events';
import { createPaint } from './colours.js';
import type { Paint } from './colours.js';

/** Lines of a file or pipe may be long. */
const PIPED_WIDTH = 140;

/** Where a command writes its result: a terminal, a pipe or a file. */
export interface Terminal {
  readonly isTerminal: boolean;
  /** In columns, as it is now: a window changes its size. */
  readonly width: number;
  readonly paint: Paint;
  /** Writes lines; fulfilled when more may come. */
  readonly write: (...lines: readonly string[]) => Promise<void>;
}

type Output = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };

/** @param beforeWrite Clears the line, where something is shown there. */
export function createTerminal(
  env: NodeJS.ProcessEnv,
  beforeWrite: () => void,
  stdout: Output = process.stdout,
): Terminal {
  const isTerminal = stdout.isTTY ?? false;
  return {
    isTerminal,
    get width() {
      return stdout.columns || Number(env['COLUMNS']) || PIPED_WIDTH;
    },
    paint: createPaint(env, isTerminal),
    write: async (...lines) => {
      beforeWrite();
      if (lines.length === 0 || stdout.write(`${lines.join('\n')}\n`)) return;
      await once(stdout, 'drain');
    },
  };
}
