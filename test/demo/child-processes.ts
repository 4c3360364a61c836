import { readdirSync, readFileSync } from 'node:fs';

/** Command lines of the living processes that have the text in their arguments or their environment. Linux only. */
export function processesWith(text: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => !/\) Z /.test(read(pid, 'stat')))
    .filter((pid) => read(pid, 'cmdline').includes(text) || read(pid, 'environ').includes(text))
    .map((pid) => read(pid, 'cmdline').replaceAll('\0', ' '));
}

/** Empty when the process has ended in the meantime or is somebody else's. */
function read(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
