import type { JSX } from 'preact';
import type { Described } from '../api/answers.js';
import { text } from '../records/filters.js';
import { Link } from '../view/navigation.js';
import { useReading } from '../view/reading.js';
import { durationOf } from '../view/times.js';
import { Badge, endingMeaning } from '../words/meaning.js';
import { Text } from '../words/visible.js';

/** The request as it went: itself, each statement with its rows, commit or rollback, and the response. */
export function Timeline({
  request,
  recordId,
}: {
  request: readonly Described[];
  recordId: string;
}): JSX.Element {
  if (request.length === 0) return <p class="quiet-text">It belongs to no request.</p>;
  const span = spanOf(request);
  const head = request.find(({ record }) => record.category === 'http');
  const status = head === undefined ? '' : text(head.record, 'http_status');
  return (
    <ol class="timeline">
      {request.map((described) => (
        <Step
          key={described.record.record_id}
          described={described}
          span={span}
          isThis={described.record.record_id === recordId}
        />
      ))}
      {head === undefined ? null : (
        <li class="step response">
          <span class="step-at">{durationOf(Number(head.record['duration_us'] ?? 0))}</span>
          <span class="step-what">{status === '0' ? 'no response was sent' : `response ${status}`}</span>
        </li>
      )}
    </ol>
  );
}

interface Span {
  readonly begin: number;
  readonly micros: number;
}

interface StepProps {
  readonly described: Described;
  readonly span: Span;
  readonly isThis: boolean;
}

function Step({ described: { record, sentence }, span, isThis }: StepProps): JSX.Element {
  const { view } = useReading();
  const offset = Math.max(0, microsOf(record.occurred_at) - span.begin);
  const micros = Number(record['duration_us'] ?? 0);
  const meaning = endingMeaning(sentence.ending);
  const isHead = record.category === 'http';
  const percent = (value: number): string => `${Math.min(100, (value / span.micros) * 100).toFixed(2)}%`;
  return (
    <li class={`step${isThis ? ' this' : ''}${isHead ? ' request' : ''}`}>
      <span class="step-at">{isHead ? '0' : `+${durationOf(offset)}`}</span>
      <Link
        class="step-link"
        to={{ ...view, recordId: record.record_id }}
        aria-current={isThis ? 'true' : undefined}
      >
        <span class="step-what">
          {isHead ? (
            <Text of={sentence.way} />
          ) : (
            <>
              <Text of={sentence.did} /> <b>{sentence.what === '' ? null : <Text of={sentence.what} />}</b>
            </>
          )}
        </span>
        <span class="step-facts">
          {rowsSaid(record)}
          <Badge meaning={meaning} />
        </span>
        <span class={`step-bar tone-${meaning.tone}`} aria-hidden="true">
          <i
            style={{
              marginLeft: percent(offset),
              width: `max(3px, ${percent(Math.min(micros, span.micros - offset))})`,
            }}
          />
        </span>
      </Link>
      <span class="step-took">{durationOf(micros)}</span>
    </li>
  );
}

function rowsSaid(record: Described['record']): string {
  if (record.category !== 'db') return '';
  const rows = text(record, 'db_rows');
  return rows === '1' ? '1 row' : `${rows} rows`;
}

function spanOf(request: readonly Described[]): Span {
  const begins = request.map(({ record }) => microsOf(record.occurred_at));
  const ends = request.map(({ record }, index) => (begins[index] ?? 0) + Number(record['duration_us'] ?? 0));
  const begin = Math.min(...begins);
  return { begin, micros: Math.max(1, Math.max(...ends) - begin) };
}

/** `Date` knows milliseconds only; statements are nearer to each other than that. */
function microsOf(iso: string): number {
  const fraction = /\.(\d+)/.exec(iso)?.[1] ?? '';
  return Date.parse(iso.replace(/\.\d+/, '')) * 1_000 + Number(fraction.padEnd(6, '0').slice(0, 6));
}
