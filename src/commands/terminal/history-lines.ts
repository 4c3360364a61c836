import type { ChangedRecord } from '../../search/object-history.js';
import { describeRecord } from '../../search/sentence.js';
import type { RowName } from '../row-name.js';
import { actorWithin } from './actor-within.js';
import { formatChanges } from './change-lines.js';
import type { Lines } from './lines.js';
import { describeLook, lookOfAssurance, lookOfEnding } from './looks.js';
import { safeCell } from './safe-text.js';
import type { Terminal } from './terminal.js';
import type { Clock } from './times.js';
import { truncate, widthOf } from './width.js';

const INDENT = '    ';
const GAP = '  ';

export interface HistoryLinesOptions {
  readonly terminal: Pick<Terminal, 'width' | 'paint'>;
  readonly clock: Clock;
}

/** A paragraph for each change: when, who, what, whether it lasted; its fields; through which request and from where. */
export function createHistoryLines(row: RowName, options: HistoryLinesOptions): Lines<ChangedRecord> {
  let number = 0;
  return {
    next: (record) => {
      number += 1;
      return [...(number === 1 ? [titleOf(row, options)] : []), '', ...formatChange(record, row, options)];
    },
    end: () => [],
  };
}

export function titleOf({ table, id }: RowName, { terminal }: HistoryLinesOptions): string {
  return terminal.paint('bold', truncate(safeCell(`${table} / ${id}`), terminal.width));
}

function formatChange(record: ChangedRecord, row: RowName, options: HistoryLinesOptions): string[] {
  const { terminal } = options;
  return [
    ...headOf(record, options),
    ...formatChanges(
      record.changes,
      { isCreated: record.action === 'create', isDeleted: record.action === 'delete' },
      terminal,
    ),
    ...wrap(wayOf(record, row).map(safeCell), terminal.width).map((line) =>
      terminal.paint('gray', INDENT + line),
    ),
  ];
}

/** On one line, or on two where it is narrow. */
function headOf(record: ChangedRecord, { terminal, clock }: HistoryLinesOptions): string[] {
  const { paint, width } = terminal;
  const sentence = describeRecord(record);
  const { assurance, did, ending } = sentence;
  const [trust, outcome] = [lookOfAssurance(assurance), lookOfEnding(ending)];
  const time = clock.full(record.occurred_at);
  const rest = width - widthOf([describeLook(outcome), INDENT, GAP].join(GAP));
  const sign = `${trust.sign} `;
  const actor = sign + actorWithin(sentence, Math.floor(rest / 2) - widthOf(sign));
  const deed = truncate(safeCell(did), Math.floor(rest / 2));
  const plain = [time, actor, deed, describeLook(outcome)].join(GAP);
  const told = [paint(trust.colour, actor), deed, paint(outcome.colour, describeLook(outcome))].join(GAP);
  const shownTime = paint('gray', time);
  return widthOf(plain) <= width ? [shownTime + GAP + told] : [shownTime, GAP + told];
}

function wayOf(record: ChangedRecord, { table }: RowName): string[] {
  const { way, address } = describeRecord(record);
  const [request, target] = [String(record['request_id']), String(record['target_type'])];
  return [
    way,
    ...(address === '' ? [] : [`from ${address}`]),
    ...(/[1-9a-f]/.test(request) ? [`request ${request}`] : []),
    ...(target === table ? [] : [`table ${target}`]),
  ];
}

/** Parts on as few lines as they need. */
function wrap(parts: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const joined = lines.length === 0 ? part : `${lines.at(-1)}, ${part}`;
    if (lines.length > 0 && widthOf(joined) + INDENT.length <= width) lines[lines.length - 1] = joined;
    else lines.push(truncate(part, width - INDENT.length));
  }
  return lines;
}
