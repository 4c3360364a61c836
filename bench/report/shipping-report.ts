import type { ShippingResults, ShippingSample } from '../sections/shipping.ts';
import { SHIPPING_VARIANTS } from '../shipping/variants.ts';
import type { ShippingVariant } from '../shipping/variants.ts';
import { formatNumber, formatSpread, formatTable } from './format.ts';
import { perRound, spreadOf } from './statistics.ts';

const HEADER = [
  'way',
  'rows/s',
  'MB/s',
  'against JSONEachRow',
  'CPU of the sender, µs a row',
  'CPU of ClickHouse, µs a row',
  'with its merges',
];

export function shippingReport({ effort, samples, hasCollector }: ShippingResults): string {
  const names = Object.keys(SHIPPING_VARIANTS) as ShippingVariant[];
  const rows = names.flatMap((name) => rowOf(name, samples[name] ?? [], samples.json ?? []));
  const count = formatNumber(effort.batches * effort.rowsOfBatch, 0);
  return [
    '## Shipping',
    `${count} records (one request and two UPDATEs of it, in turn) in batches of ${formatNumber(effort.rowsOfBatch, 0)}, from one process into the table of the register, two inserts at once; all inserts are synchronous and forced to disk, without compression. MB are those of the rows in RowBinary, whatever was sent.`,
    formatTable(HEADER, rows),
    ...(hasCollector
      ? []
      : ['The collector was not built (`npm run build:collector`, which needs Go), so it was not measured.']),
  ].join('\n\n');
}

function rowOf(
  name: ShippingVariant,
  own: readonly ShippingSample[],
  json: readonly ShippingSample[],
): string[][] {
  if (own.length === 0) return [];
  const spread = (figure: (sample: ShippingSample) => number, digits: number): string =>
    formatSpread(spreadOf(own.map(figure)), digits);
  const perSecond = ({ rows, seconds }: ShippingSample): number => rows / seconds;
  return [
    [
      SHIPPING_VARIANTS[name],
      spread(perSecond, 0),
      spread(({ bytes, seconds }) => bytes / 1e6 / seconds, 1),
      name === 'json'
        ? ''
        : formatSpread(
            perRound([own, json], (a, b) => perSecond(a) / perSecond(b)),
            2,
            '×',
          ),
      spread(({ cpuMicrosPerRow }) => cpuMicrosPerRow, 2),
      spread(({ storeMicrosPerRow }) => storeMicrosPerRow.insert, 1),
      spread(({ storeMicrosPerRow }) => storeMicrosPerRow.all, 1),
    ],
  ];
}
