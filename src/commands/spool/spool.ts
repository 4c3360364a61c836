import { InvalidArgumentError } from 'commander';
import type { AddCommand } from '../command.js';
import { runFlush } from './flush.js';
import type { FlushOptions } from './flush.js';
import { runInspect } from './inspect.js';
import { runList } from './list.js';
import { runRedrive } from './redrive.js';
import type { RedriveOptions } from './redrive.js';

const DEFAULT_TIMEOUT_SECONDS = 60;

export const addSpoolCommand: AddCommand = (program, run) => {
  const spool = program.command('spool').description('what waits on this machine to be delivered');
  spool
    .command('list')
    .description('who has what in the spool, and the dead letters')
    .option('--json', 'print everything as JSON', false)
    .action((options: { json: boolean }) => run((context) => runList(options, context)));
  spool
    .command('inspect')
    .description('show what a file of the spool holds: its rows as JSON lines, the rest on standard error')
    .argument('<file>', 'a segment or dead letter: its path or the id of the segment')
    .action((file: string) => run((context) => runInspect(file, context)));
  spool
    .command('flush')
    .description('deliver what dead processes left; ends with 1 when something is left')
    .option(
      '--timeout <seconds>',
      `give up when nothing was delivered for so long (default: ${DEFAULT_TIMEOUT_SECONDS})`,
      parseSeconds,
      DEFAULT_TIMEOUT_SECONDS,
    )
    .action((options: FlushOptions) => run((context) => runFlush(options, context)));
  spool
    .command('redrive')
    .description('send dead letters again, as new records that say where they come from')
    .argument('[file...]', 'dead letters')
    .option('--all', 'every dead letter for the configured sink', false)
    .option('--dry-run', 'say what would be sent, change nothing', false)
    .option(
      '--timeout <seconds>',
      `give up when nothing was delivered for so long (default: ${DEFAULT_TIMEOUT_SECONDS})`,
      parseSeconds,
      DEFAULT_TIMEOUT_SECONDS,
    )
    .action((files: readonly string[], options: RedriveOptions) =>
      run((context) => runRedrive(files, options, context)),
    );
};

function parseSeconds(text: string): number {
  const seconds = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (seconds > 0) return seconds;
  throw new InvalidArgumentError('It is a number of seconds.');
}
