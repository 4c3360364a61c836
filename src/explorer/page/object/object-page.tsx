import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { api } from '../api/api.js';
import type { Asked } from '../api/api.js';
import type { ObjectAnswer, ObjectChange } from '../api/answers.js';
import { useLoaded } from '../api/use-loaded.js';
import { Changes } from '../detail/changes.js';
import { filterOf, requestOf } from '../records/filters.js';
import { PeriodPicker } from '../search/period-picker.js';
import { writeTerm } from '../../../search/write-term.js';
import { AllTime } from '../states/all-time.js';
import { Note, Cancelled, Failure, Slow } from '../states/states.js';
import { SkeletonRows } from '../states/skeleton.js';
import { Link } from '../view/navigation.js';
import { isEverything, resolvePeriod } from '../view/period.js';
import { Time, useReading } from '../view/reading.js';
import { Badge, assuranceMeaning, endingMeaning } from '../words/meaning.js';
import { Sign } from '../words/sign.js';
import { Filterable } from '../words/value-menu.js';
import { Text } from '../words/visible.js';

interface Props {
  readonly table: string;
  readonly id: string;
}

/** Every change of one row: who, when, old → new. */
export function ObjectPage({ table, id }: Props): JSX.Element {
  const { view } = useReading();
  const key = JSON.stringify([table, id, view.period]);
  // One "now" for all pages of the history.
  const asked = useMemo(() => ({ search: '', ...resolvePeriod(view.period, Date.now()) }), [key]);
  const { value, phase, error, isSlow, cancel, retry } = useLoaded(
    (signal) => api.object({ table, id }, asked, undefined, signal),
    key,
  );
  const changes = value?.changes ?? [];
  const next = value?.next;
  const row = writeTerm('row', `${table}/${id}`);
  return (
    <div class="sheet">
      <header class="sheet-head">
        <div>
          <p class="sheet-kind">
            <Sign name="row" /> Row
          </p>
          <h1>
            <Text of={table} /> / <Text of={id} />
          </h1>
        </div>
        <PeriodPicker />
      </header>
      {isSlow ? <Slow cancel={cancel} /> : null}
      {phase === 'loading' && value === undefined ? <SkeletonRows count={10} /> : null}
      {phase === 'cancelled' ? <Cancelled retry={retry} /> : null}
      {error === undefined ? null : <Failure error={error} retry={retry} />}
      {phase === 'done' && changes.length === 0 ? <NoChanges /> : null}
      {changes.length === 0 ? null : (
        <>
          <p class="quiet-text">
            {next === undefined
              ? `${changes.length} ${changes.length === 1 ? 'change' : 'changes'} in this time.`
              : `The latest ${changes.length} of more changes in this time.`}{' '}
            <Link to={{ ...view, place: { page: 'records' }, search: row, recordId: '' }}>As records</Link>
          </p>
          <ol class="history">
            {changes.map((change) => (
              <HistoryEntry key={change.record.record_id} change={change} />
            ))}
          </ol>
          {next === undefined ? null : (
            <EarlierChanges key={`${key} ${next}`} row={{ table, id }} asked={asked} after={next} />
          )}
        </>
      )}
    </div>
  );
}

interface EarlierProps {
  readonly row: Props;
  readonly asked: Asked;
  /** Where the changes shown so far end. */
  readonly after: string;
}

/** What came before, on demand, and then what came before that. */
function EarlierChanges({ row, asked, after }: EarlierProps): JSX.Element {
  const [isWanted, setWanted] = useState(false);
  const { value, phase, error, isSlow, cancel, retry } = useLoaded(
    (signal): Promise<ObjectAnswer | undefined> =>
      isWanted ? api.object(row, asked, after, signal) : Promise.resolve(undefined),
    `${after} ${isWanted}`,
  );
  if (!isWanted) {
    return (
      <p class="earlier">
        <button type="button" class="tool" onClick={() => setWanted(true)}>
          Show earlier changes
        </button>{' '}
        <span class="quiet-text">or choose a shorter time above.</span>
      </p>
    );
  }
  return (
    <>
      {isSlow ? <Slow cancel={cancel} /> : null}
      {phase === 'loading' ? <SkeletonRows count={5} /> : null}
      {phase === 'cancelled' ? <Cancelled retry={retry} /> : null}
      {error === undefined ? null : <Failure error={error} retry={retry} />}
      <ol class="history">
        {value?.changes.map((change) => (
          <HistoryEntry key={change.record.record_id} change={change} />
        ))}
      </ol>
      {value?.next === undefined ? null : <EarlierChanges row={row} asked={asked} after={value.next} />}
    </>
  );
}

function HistoryEntry({ change: { record, sentence, fields } }: { change: ObjectChange }): JSX.Element {
  const { view } = useReading();
  const ending = endingMeaning(sentence.ending);
  const request = requestOf(record);
  return (
    <li class={`entry tone-${ending.tone}`}>
      <div class="entry-head">
        <Filterable filter={filterOf('who', record, sentence)}>
          <b>
            <Text of={sentence.who} />
          </b>
        </Filterable>
        <Badge meaning={assuranceMeaning(sentence.assurance)} short />
        <Text of={sentence.did} />
        <Badge meaning={ending} />
        <span class="entry-way">
          {request === undefined ? (
            <Text of={sentence.way} />
          ) : (
            <Link to={{ ...view, place: { page: 'records' }, search: `request:${request}`, recordId: '' }}>
              <Text of={sentence.way} />
            </Link>
          )}
        </span>
        {sentence.address === '' ? null : (
          <span class="entry-way">
            from{' '}
            <Filterable filter={filterOf('address', record, sentence)}>
              <Text of={sentence.address} />
            </Filterable>
          </span>
        )}
        <Link
          class="entry-time"
          to={{
            ...view,
            place: { page: 'records' },
            search: `record:${record.record_id}`,
            recordId: record.record_id,
            period: { kind: 'last', span: 'all' },
          }}
        >
          <Time at={record.occurred_at} whole />
        </Link>
      </div>
      {fields.length === 0 ? (
        <p class="quiet-text">No field is known to have changed.</p>
      ) : (
        <Changes changes={fields} action={record.action} />
      )}
    </li>
  );
}

function NoChanges(): JSX.Element {
  const { view } = useReading();
  return (
    <Note sign="row" title="No change of this row">
      <p>
        {isEverything(view.period) ? 'Not at any time.' : 'Not in this time.'} A table is called as the
        statement called it: orders and shop.orders are both possible.
      </p>
      <AllTime />
    </Note>
  );
}
