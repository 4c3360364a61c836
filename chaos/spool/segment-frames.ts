/** A frame of a segment's file, as far as this harness needs to know the format. */
export interface Frame {
  readonly start: number;
  readonly end: number;
  /** Numbers of the requests whose records are in it. */
  readonly numbers: readonly number[];
}

const MARKER = Buffer.from([0xff, 0x41, 0x52, 0x46]);
const HEADER_BYTES = 32;
const PAYLOAD_LENGTH_AT = 8;
const PATH = /\/(?:plain|sql)\/(\d+)/g;

/** Reads a whole file by itself rather than by the code that is tested. @throws Error for what is no such file */
export function readFrames(file: Buffer): Frame[] {
  const frames: Frame[] = [];
  for (let start = 0; start < file.length; start = frames.at(-1)?.end ?? file.length) {
    if (!file.subarray(start, start + MARKER.length).equals(MARKER))
      throw new Error(
        `no frame begins at byte ${start} of ${file.length} of a segment's file: ${file.subarray(start, start + 16).toString('hex')}`,
      );
    const end = start + HEADER_BYTES + file.readUInt32LE(start + PAYLOAD_LENGTH_AT);
    const text = file.subarray(start + HEADER_BYTES, end).toString('latin1');
    const numbers = [...text.matchAll(PATH)].map(([, number]) => Number(number));
    frames.push({ start, end, numbers: [...new Set(numbers)] });
  }
  return frames;
}
