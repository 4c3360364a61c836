import type { ChangedRecord } from '../../search/object-history.js';
import { describeRecord } from '../../search/sentence.js';
import type { RowName } from '../row-name.js';
import { formatChanges } from './change-lines.js';
import type { Lines } from './lines.js';
import { describeLook, lookOfAssurance, lookOfEnding } from './looks.js';
import { safeCell } from './safe-text.js';
import type { Terminal } from './terminal.js';
import type { Clock } from './times.js';
import { truncate } from './width.js';

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
      return [...(number === 1 ? [titleOf(row, options)] : []), '', ...formatChange(record, options)];
    },
    end: () => [],
  };
}

export function titleOf({ table, id }: RowName, { terminal }: HistoryLinesOptions): string {
  return terminal.paint('bold', truncate(safeCell(`${table} / ${id}`), terminal.width));
}

function formatChange(record: ChangedRecord, { terminal, clock }: HistoryLinesOptions): string[] {
  const { paint, width } = terminal;
  const { who, assurance, did, ending, way, address } = describeRecord(record);
  const [trust, outcome] = [lookOfAssurance(assurance), lookOfEnding(ending)];
  const time = clock.full(record.occurred_at);
  const said = [
    paint('gray', time),
    paint(trust.colour, `${trust.sign} ${truncate(safeCell(who), Math.floor(width / 4))}`),
    did,
    paint(outcome.colour, describeLook(outcome)),
  ];
  const request = String(record['request_id']);
  const path = [
    way,
    ...(address === '' ? [] : [`from ${address}`]),
    ...(/[1-9a-f]/.test(request) ? [`request ${request}`] : []),
  ];
  return [
    said.join(GAP),
    ...formatChanges(
      record.changes,
      { isCreated: record.action === 'create', isDeleted: record.action === 'delete' },
      terminal,
    ),
    ...wrap(path.map(safeCell), width).map((line) => paint('gray', INDENT + line)),
  ];
}

/** Parts on as few lines as they need. */
function wrap(parts: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const joined = lines.length === 0 ? part : `${lines.at(-1)}, ${part}`;
    if (lines.length > 0 && joined.length + INDENT.length <= width) lines[lines.length - 1] = joined;
    else lines.push(truncate(part, width - INDENT.length));
  }
  return lines;
}
