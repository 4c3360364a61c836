import { readdirSync, readFileSync } from 'node:fs';

/** What each thread of a process waits in, for whoever has to find out why it hangs. Source: proc(5). */
export function threadsOf(pid: number): string {
  const tasks = `/proc/${pid}/task`;
  try {
    return readdirSync(tasks)
      .map((thread) => `${read(`${tasks}/${thread}/comm`)}: ${read(`${tasks}/${thread}/wchan`)}`)
      .join(', ');
  } catch {
    // It has ended, or this is no Linux.
    return '';
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '?';
  }
}
