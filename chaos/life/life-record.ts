/** One life of the application in a run. */
export interface LifeRecord {
  /** When it was ended, in `performance.now()`. */
  readonly endedAt: number;
  /** `SIGKILL`, `exit code 1`, … */
  readonly how: string;
  /** False where it was ended before it listened. */
  readonly wasReady: boolean;
  readonly peakBytes: number;
  /** The last lines on standard error. */
  readonly stderr: string;
}
