import { messageOf } from '../errors.js';
import { ExportError } from './errors.js';

const NO_ROOM = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

export async function guarded<Value>(work: () => Promise<Value>, isKept = false): Promise<Value> {
  try {
    return await work();
  } catch (cause) {
    throw cause instanceof ExportError ? cause : describeFileError(cause, isKept);
  }
}

/** @param isKept Whether a checkpoint is on the disk that the next run goes on from. */
export function describeFileError(error: unknown, isKept = false): ExportError {
  const { code = '' } = error as NodeJS.ErrnoException;
  const again = `Make room and run the same command again${isKept ? ': it goes on where it stopped' : ''}.`;
  const advice = NO_ROOM.has(code) ? `${again} Or give another --out.` : 'Give another --out.';
  return new ExportError(`the export cannot be written: ${messageOf(error)}. ${advice}`, { cause: error });
}
