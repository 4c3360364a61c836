import type { PanelBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { comparedSql } from './compared.ts';
import { chosenAtAnyTime } from './filter.ts';
import { COLORS } from './looks.ts';
import { number } from './panels.ts';
import { GAPS, LOSSES, RECORDS, SEGMENTS } from './store.ts';

const WIDTH = 4;
const FILTERS = ['environment', 'service'] as const;
/** Three of the heartbeats that a process makes unless told otherwise. */
const SILENCE = 'INTERVAL 3 MINUTE';

/** The top row: six numbers, each with its change. */
export function numbers(): PanelBuilder[] {
  return [
    number({
      title: 'Alive',
      description: `Processes that were heard of within three minutes before the end of the time range and had not ended.`,
      width: WIDTH,
      sql: processesSql((moment, heard) => `${heard} > ${moment} - ${SILENCE}`),
    }).description(
      'Processes that were heard of within three minutes before the end of the time range, and had not ended. The change is against its beginning.',
    ),
    number(
      {
        title: 'Silent',
        description: '',
        width: WIDTH,
        sql: processesSql((moment, heard) => `${heard} <= ${moment} - ${SILENCE}`),
      },
      COLORS.failure,
    ).description(
      'Processes that were heard of within the day before the end of the time range, not within its last three minutes, and have not closed their chain. The change is against its beginning.',
    ),
    slowest(),
    number(
      {
        title: 'Missing',
        description: 'Records between others of their chain that are not there.',
        width: WIDTH,
        sql: comparedSql(
          { from: GAPS, time: 'before', filters: FILTERS },
          (isCounted) => `sumIf(missing, ${isCounted})`,
        ),
      },
      COLORS.failure,
    ),
    number(
      {
        title: 'Dropped',
        description: 'Records that a process could keep nowhere, by its own account.',
        width: WIDTH,
        sql: comparedSql(
          { from: LOSSES, time: 'sealed_at', filters: FILTERS },
          (isCounted) => `sumIf(dropped, ${isCounted})`,
        ),
      },
      COLORS.failure,
    ),
    number(
      {
        title: 'Dead letters',
        description: 'Records that the store refused for their content and that wait in a spool.',
        width: WIDTH,
        sql: comparedSql(
          { from: LOSSES, time: 'sealed_at', filters: FILTERS },
          (isCounted) => `sumIf(dead, ${isCounted})`,
        ),
      },
      COLORS.failure,
    ),
  ];
}

function slowest(): PanelBuilder {
  return number(
    {
      title: 'Slowest percent',
      description:
        'So long it takes at least, from the making of a record to its arrival in the store, for the slowest of a hundred.',
      width: WIDTH,
      sql: comparedSql(
        { from: RECORDS, filters: FILTERS, where: 'process_id != 0' },
        (isCounted) =>
          `ifNotFinite(quantileIf(0.99)(greatest(dateDiff('millisecond', recorded_at, ingested_at), 0), ${isCounted}), 0) / 1000`,
      ),
    },
    COLORS.neutral,
  )
    .unit('s')
    .decimals(1);
}

/**
 * How many processes are so at the end of the time range, and at its beginning.
 *
 * NOTE: by the clock of the store. Imported history (process 0) has no process that could fall silent. At one number of a
 * chain the process's own entry counts more than the end that an heir put there.
 */
function processesSql(isSo: (moment: string, heard: string) => string): string {
  const stateAt = (name: string, moment: string) => `
    maxIf(ingested_at, ingested_at <= ${moment}) AS heard_${name},
    argMaxIf(kind, (number, kind != 'abandoned'), ingested_at <= ${moment}) AS last_${name}`;
  const count = (name: string, moment: string) =>
    `countIf(last_${name} NOT IN ('', 'closing', 'abandoned') AND heard_${name} > ${moment} - INTERVAL 1 DAY AND ${isSo(moment, `heard_${name}`)})`;
  return `SELECT period.1 AS time, period.2 AS value
FROM (
  SELECT [
    ($__fromTime, nullIf(${count('before', '$__fromTime')}, 0)),
    ($__toTime, toNullable(${count('now', '$__toTime')}))
  ] AS periods
  FROM (
    SELECT${stateAt('before', '$__fromTime')},${stateAt('now', '$__toTime')}
    FROM ${SEGMENTS}
    WHERE ingested_at > $__fromTime - INTERVAL 1 DAY AND ingested_at <= $__toTime AND process_id != 0
    AND ${chosenAtAnyTime(...FILTERS)}
    GROUP BY chain_id
  )
)
ARRAY JOIN periods AS period
ORDER BY time`;
}
