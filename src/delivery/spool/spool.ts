import type { ChainEnd, ProcessName, SealText } from '../../integrity/seal.js';
import type { MissingRows } from '../../integrity/certificate.js';
import type { RowRun } from '../row-run.js';
import type { NamedType, Segment } from '../segment.js';

/** What stands at the beginning of a segment's file: enough to go on from there without the process that began it. */
export interface SegmentHead {
  readonly format: 1;
  readonly segment: string;
  readonly chain: string;
  readonly number: number;
  readonly firstSequence: number;
  readonly previous: string;
  readonly predecessors: readonly ChainEnd[];
  readonly schema: number;
  readonly columns: readonly NamedType[];
  readonly process: ProcessName;
  /** Microseconds since the epoch. */
  readonly openedAt: string;
}

/** The file of one segment. Nothing is on disk before the first append or the seal. */
export interface SegmentFile {
  readonly path: string;
  readonly byteLength: number;
  /** Whether there may be something of it on disk. */
  readonly isBegun: boolean;
  /**
   * Appends rows as one frame, and forces them to disk if asked; one call at a time. Rejects with the error of the file
   * system; the file then holds what it held before, and may be tried again.
   */
  append(run: RowRun, isForced: boolean): Promise<void>;
  /** Appends the seal; the file is complete and closed. */
  seal(seal: SealText): Promise<void>;
  /** False when somebody has removed the file or its directory. */
  isInPlace(): boolean;
  /** For the end of the process. Writes at its own place what an append that is still under way was given, too. */
  appendNow(run: RowRun): void;
  sealNow(seal: SealText): void;
  /** Forces what was written to disk, where this process may do that. */
  force(): Promise<void>;
  /**
   * The sink has the segment although its file was never completed: as if it had been stored and was done. May be called again
   * where it failed.
   */
  discard(seal: SealText): Promise<void>;
  /** The same for the end of the process. @throws the error of the file system */
  discardNow(seal: SealText): void;
  /** Closes a file that is not gone on with, such as one that is no longer in its place. What is in it stays. */
  abandon(): Promise<void>;
}

/** A sealed segment that waits in the spool. */
export interface StoredSegment {
  readonly path: string;
  readonly seal: SealText;
  readonly byteLength: number;
  /** The segment, and the rows that could not be read. Rejects with the error of the file system. */
  load(): Promise<{ readonly segment: Segment; readonly missing: readonly MissingRows[] }>;
  /**
   * The sink has it. Its file goes; of the newest segment of a chain the seal stays until a newer one is delivered, so that
   * whoever finds the chain knows its end. The end of a chain (`closing`, `abandoned`) is kept for its successor to name.
   */
  done(): Promise<void>;
}

export interface SpoolOptions {
  /** Root of the spool; made when missing, 0700. As a function it is asked again when the process has become another user. */
  readonly directory: string | (() => string);
  /** Segments for one destination stand together: only processes with the same one adopt each other's. */
  readonly destination: string;
  /** An append beyond them is rejected with a `SpoolFullError`; seals, and what is written at the end of the process, are not. */
  readonly maxBytes: number;
  /** Told once of each file that cannot be sent, or not now. @default nobody */
  readonly warn?: (message: string) => void;
}

/** The part of the spool that one process or worker thread owns, and what dead siblings left beside it. */
export interface Spool {
  /** Named in messages. */
  readonly path: string;
  /** Bytes of everything for this destination: own files as they are, others as they were when last looked at. */
  byteLength(): number;
  begin(head: SegmentHead): SegmentFile;
  /** Rejects as an append would. Leaves nothing behind. */
  probe(): Promise<void>;
  /** The stored form of an own file that is sealed. */
  stored(file: SegmentFile, seal: SealText): StoredSegment;
  /**
   * Ends of chains that have ended here and that no chain has named yet, as far as they are known by now: none where they are
   * not yet read, and a later chain names them. Two who ask at the same moment may name the same.
   */
  takePredecessors(): ChainEnd[];
  /** Takes over what dead siblings left, in the order of each chain; their last segments are sealed, their chains closed. */
  adopt(): Promise<StoredSegment[]>;
  /** Keeps rows that the sink refuses, with the reason. */
  bury(segment: Segment, reason: string): Promise<void>;
  /** Gives the directory up; removed when nothing waits in it. */
  close(): Promise<void>;
}
