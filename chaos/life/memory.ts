import { readFileSync, writeFileSync } from 'node:fs';

/** The most resident memory of a process since it began or since the last reset, in bytes; 0 where nobody says. */
export function peakMemory(pid: number): number {
  return readStatus(pid, 'VmHWM');
}

export function currentMemory(pid: number): number {
  return readStatus(pid, 'VmRSS');
}

/** From now on {@link peakMemory} counts anew. Source: proc(5), clear_refs. */
export function resetPeakMemory(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

function readStatus(pid: number, field: string): number {
  try {
    const kilobytes = new RegExp(`^${field}:\\s*(\\d+) kB$`, 'm').exec(
      readFileSync(`/proc/${pid}/status`, 'utf8'),
    )?.[1];
    return Number(kilobytes ?? 0) * 1024;
  } catch {
    // It has ended, or this is no Linux.
    return 0;
  }
}
