import { spawnSync } from 'node:child_process';

/** Which cores the parts of a run have, as taskset names them; empty where they are not pinned. */
export interface Cores {
  readonly server: string;
  readonly client: string;
  /** Databases and the sink of the spans. */
  readonly others: string;
  /** All of these: for what is measured alone. */
  readonly all: string;
  /** For the report. */
  readonly description: string;
}

const UNPINNED = { server: '', client: '', others: '', all: '' };

/** Divides the cores, and moves this process, and with it what it starts from now on, to those of the databases. */
export function divideCores(): Cores {
  const cores = planCores(readAffinity());
  if (cores.others !== '') taskset('-a', '-c', '-p', cores.others, String(process.pid));
  return cores;
}

/** Moves this process to all cores, and with it what it starts meanwhile, for as long as `measure` takes. */
export async function onAllCores<Found>(
  { all, others }: Cores,
  measure: () => Promise<Found>,
): Promise<Found> {
  if (all === '') return await measure();
  taskset('-a', '-c', '-p', all, String(process.pid));
  try {
    return await measure();
  } finally {
    taskset('-a', '-c', '-p', others, String(process.pid));
  }
}

/** @param affinity cores this process may use; undefined where taskset is missing */
export function planCores(affinity: readonly number[] | undefined): Cores {
  if (affinity === undefined) {
    return { ...UNPINNED, description: 'taskset is missing, so no process is bound to a core' };
  }
  const [server, client, ...rest] = affinity;
  if (server === undefined || client === undefined) {
    return { ...UNPINNED, description: 'there is one core only, which all processes share' };
  }
  const others = rest.length === 0 ? String(client) : rest.join(',');
  const description =
    rest.length === 0
      ? 'the server has a core of its own; the client, the databases and the sink of the spans share the other'
      : 'server and client have a core of their own each; the databases and the sink of the spans have the others';
  return { server: String(server), client: String(client), others, all: affinity.join(','), description };
}

function readAffinity(): readonly number[] | undefined {
  const list = taskset('-c', '-p', String(process.pid))?.split(': ')[1];
  return list === undefined ? undefined : parseCoreList(list.trim());
}

/** `0-3,8` is 0, 1, 2, 3 and 8. */
export function parseCoreList(list: string): readonly number[] {
  return list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}

function taskset(...args: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync('taskset', args, { encoding: 'utf8' });
  return status === 0 ? stdout : undefined;
}
