import { FRAME_HEADER_BYTES, FRAME_KIND, nextFrame, readFrameHeader, readPayload, seedOf } from './frame.js';
import { readWhole } from './read-file.js';

/** A frame of a segment's file, for people to look at. */
export interface ListedFrame {
  readonly at: number;
  readonly kind: string;
  readonly bytes: number;
  readonly first?: number;
  readonly rows?: number;
  readonly isWhole: boolean;
}

const NO_SEED = 0;
const KINDS = new Map<number, string>(Object.entries(FRAME_KIND).map(([name, kind]) => [kind, name]));

/** What stands between the frames that are found is left out. */
export async function readFrames(path: string, segmentId: string): Promise<ListedFrame[]> {
  const bytes = await readWhole(path);
  const frames: ListedFrame[] = [];
  let seed = NO_SEED;
  for (let at = 0; at !== -1 && at < bytes.length;) {
    const header = readFrameHeader(bytes, at, seed);
    seed = seedOf(segmentId);
    if (header === undefined) {
      at = nextFrame(bytes, at + 1, seed);
      continue;
    }
    frames.push({
      at,
      kind: KINDS.get(header.kind) ?? `unknown (${header.kind})`,
      bytes: header.payloadBytes,
      ...(header.rowCount > 0 && { first: header.first, rows: header.rowCount }),
      isWhole: readPayload(bytes, at, header) !== undefined,
    });
    at += FRAME_HEADER_BYTES + header.payloadBytes;
  }
  return frames;
}
