import { accessSync, constants, lstatSync, statfsSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { dirname } from 'node:path';
import type { Config } from '../../config/config.js';
import { destinationOf } from '../../delivery/create-delivery.js';
import { listSpool } from '../../delivery/spool/list-spool.js';
import type { ListedDestination } from '../../delivery/spool/list-spool.js';
import { spoolRoot } from '../../delivery/spool/spool-root.js';
import { countOf } from '../../log.js';
import { failure, good, skipped, warning } from './check.js';
import type { Check, Verdict } from './check.js';

const MEBIBYTE = 1_048_576;
const FOR_OTHERS = 0o077;
/** Every file of a spool is read. */
const TIMEOUT_MILLIS = 30_000;

export function spoolChecks(config: Config, env: NodeJS.ProcessEnv): readonly Check[] {
  if (config.delivery.mode === 'memory') {
    const none = (): Verdict =>
      skipped('AUDIT_REGISTER_DELIVERY=memory: there is none, and what waits is lost with its process');
    return [{ name: 'spool', run: none }];
  }
  const root = spoolRoot(config.delivery.spoolDirectory, env);
  let listed: Promise<readonly ListedDestination[]> | undefined;
  const list = (): Promise<readonly ListedDestination[]> => (listed ??= listSpool(root));
  return [
    { name: 'spool', run: () => checkDirectory(root, config.delivery.spoolMaxBytes) },
    {
      name: 'waiting records',
      timeoutMillis: TIMEOUT_MILLIS,
      run: async () => judgeWaiting(await list(), destinationOf(config)),
    },
    {
      name: 'dead letters',
      timeoutMillis: TIMEOUT_MILLIS,
      run: async () => judgeDeadLetters(await list()),
    },
  ];
}

function checkDirectory(root: string, maxBytes: number): Verdict {
  const stat = statOf(root);
  const place = stat === undefined ? nearestAbove(root) : root;
  const own = process.getuid?.();
  if (stat !== undefined && !stat.isDirectory())
    return failure(`${root} is no directory`, 'set AUDIT_REGISTER_SPOOL_DIR to one');
  if (stat !== undefined && own !== undefined && stat.uid !== own)
    return warning(
      `${root} belongs to user ${stat.uid}, and this is user ${own}`,
      `run doctor as the applications do (sudo -u '#${stat.uid}' …)`,
    );
  if (!isWritable(place))
    return failure(`${place} cannot be written to`, 'mend its rights, or set AUDIT_REGISTER_SPOOL_DIR');
  const { bavail, bsize } = statfsSync(place);
  const free = bavail * bsize;
  const says = `${root}${stat === undefined ? ' (not made yet)' : ''}, ${mebibytes(free)} free of the ${mebibytes(maxBytes)} it may need`;
  if (stat !== undefined && process.platform !== 'win32' && (stat.mode & FOR_OTHERS) !== 0)
    return warning(`${says}; others may look into it`, `chmod 700 ${root}`);
  return free < maxBytes ? warning(says, 'make room, or lower AUDIT_REGISTER_SPOOL_MAX_BYTES') : good(says);
}

/** What living processes hold they deliver; what dead ones left waits for the next process. */
function judgeWaiting(listed: readonly ListedDestination[], configured: string): Verdict {
  const owners = listed.flatMap(({ owners: each, destination }) =>
    each.map((owner) => ({ ...owner, isOurs: destination === configured })),
  );
  const alive = owners.filter(({ isAlive }) => isAlive).length;
  const holding = owners.filter(({ segments }) => segments.length > 0);
  const rows = holding.reduce(
    (sum, { segments }) => sum + segments.reduce((all, one) => all + one.rows, 0),
    0,
  );
  const running = `${alive} ${alive === 1 ? 'process' : 'processes'} alive`;
  if (holding.length === 0) return good(`nothing waits, ${running}`);
  const damaged = holding.flatMap(({ segments }) => segments).filter(({ isDamaged }) => isDamaged).length;
  const says = `${countOf(rows, 'record')} waiting, ${running}`;
  if (damaged > 0)
    return failure(`${says}; ${countOf(damaged, 'file')} damaged`, 'see `audit-register spool list`');
  if (holding.some(({ isAlive, isOurs }) => !isAlive && isOurs))
    return warning(`${says}; some are of dead processes`, 'run `audit-register spool flush`');
  if (holding.some(({ isAlive }) => !isAlive))
    return warning(
      `${says}; some are of dead processes and for another sink`,
      'run `audit-register spool flush` with the settings of their applications',
    );
  return good(says);
}

function judgeDeadLetters(listed: readonly ListedDestination[]): Verdict {
  const letters = listed.flatMap(({ deadLetters }) => deadLetters);
  const evidence = listed.flatMap((each) => each.evidence);
  if (letters.length > 0) {
    const rows = letters.reduce((sum, letter) => sum + letter.rows, 0);
    return warning(
      `${countOf(letters.length, 'dead letter')} with ${countOf(rows, 'record')}: ${letters[0]?.reason ?? ''}`,
      'mend the reason, then `audit-register spool redrive --all`',
    );
  }
  return evidence.length > 0
    ? warning(
        `${countOf(evidence.length, 'damaged file')} kept as evidence`,
        'see `audit-register spool list`',
      )
    : good('none');
}

function statOf(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

function nearestAbove(path: string): string {
  const parent = dirname(path);
  return statOf(parent) !== undefined || parent === path ? parent : nearestAbove(parent);
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function mebibytes(bytes: number): string {
  return `${Math.floor(bytes / MEBIBYTE)} MiB`;
}
