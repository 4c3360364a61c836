import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { api } from '../api/api.js';
import type { RecordAnswer } from '../api/answers.js';
import { useLoaded } from '../api/use-loaded.js';
import { actorPlace, filterOf, requestOf, rowPlace, text } from '../records/filters.js';
import { Cancelled, Failure, Slow } from '../states/states.js';
import { SkeletonRows } from '../states/skeleton.js';
import { Link, navigate } from '../view/navigation.js';
import { Time, useReading } from '../view/reading.js';
import { durationOf } from '../view/times.js';
import { hrefOf, visit } from '../view/view.js';
import { CopyButton } from '../words/copy.js';
import { Badge, assuranceMeaning, endingMeaning } from '../words/meaning.js';
import { Sign } from '../words/sign.js';
import { Filterable } from '../words/value-menu.js';
import { Text } from '../words/visible.js';
import { AllFields } from './all-fields.js';
import { Changes, changesOf } from './changes.js';
import { Soundness } from './soundness.js';
import { Timeline } from './timeline.js';

/** One record: its sentence, what it changed, the request it was part of, its integrity, and every field. */
export function DetailPane({ id }: { id: string }): JSX.Element {
  const { view } = useReading();
  const pane = useRef<HTMLElement>(null);
  const { phase, value, error, isSlow, cancel, retry } = useLoaded((signal) => api.record(id, signal), id);
  useEffect(() => {
    // In a narrow window the pane lies over the list: there the keyboard must be in it.
    if (matchMedia('(max-width: 1080px)').matches) pane.current?.focus();
    return () => {
      if (document.activeElement !== document.body) return;
      document.querySelector<HTMLElement>('[role=grid]')?.focus({ preventScroll: true });
    };
  }, []);
  return (
    <aside ref={pane} class="detail" aria-label="Record" tabIndex={-1}>
      <header class="detail-head">
        <span class="detail-kind">Record</span>
        <CopyButton text={location.origin + hrefOf(view)} what="the link to this view">
          Link
        </CopyButton>
        {value === undefined ? null : (
          <CopyButton text={JSON.stringify(value.record, undefined, 2)} what="the record as JSON">
            JSON
          </CopyButton>
        )}
        <button
          type="button"
          class="quiet"
          aria-label="Close the record"
          onClick={() => navigate({ ...view, recordId: '' })}
        >
          <Sign name="cross" />
        </button>
      </header>
      {isSlow ? <Slow cancel={cancel} /> : null}
      {phase === 'loading' ? <SkeletonRows count={8} /> : null}
      {phase === 'cancelled' ? <Cancelled retry={retry} /> : null}
      {error === undefined ? null : <Failure error={error} retry={retry} />}
      {phase === 'done' && value !== undefined ? <Detail answer={value} /> : null}
    </aside>
  );
}

function Detail({ answer }: { answer: RecordAnswer }): JSX.Element {
  const { record, sentence } = answer;
  const changes = changesOf(record);
  return (
    <div class="detail-body">
      <h2 class="detail-sentence">
        <Filterable filter={filterOf('who', record, sentence)}>
          <Text of={sentence.who} />
        </Filterable>{' '}
        <Filterable filter={filterOf('did', record, sentence)}>
          <Text of={sentence.did} />
        </Filterable>{' '}
        <Filterable filter={filterOf('what', record, sentence)}>
          <Text of={sentence.what} />
        </Filterable>
      </h2>
      <p class="detail-line">
        <Badge meaning={endingMeaning(sentence.ending)} />
        <Badge
          meaning={assuranceMeaning(text(record, 'actor_type') === 'system' ? 'system' : sentence.assurance)}
        />
        {record.actor_late ? <span class="badge tone-unknown">named later</span> : null}
      </p>
      <dl class="detail-facts">
        <dt>When</dt>
        <dd>
          <Time at={record.occurred_at} whole /> · took {durationOf(Number(record['duration_us'] ?? 0))}
        </dd>
        {sentence.way === '' ? null : (
          <>
            <dt>Way</dt>
            <dd>
              <Text of={sentence.way} />
            </dd>
          </>
        )}
        {sentence.address === '' ? null : (
          <>
            <dt>From</dt>
            <dd>
              <Filterable filter={filterOf('address', record, sentence)}>
                <Text of={sentence.address} />
              </Filterable>
            </dd>
          </>
        )}
        {text(record, 'error_message') === '' && text(record, 'error_type') === '' ? null : (
          <>
            <dt>Error</dt>
            <dd class="tone-bad">
              <Text
                of={[text(record, 'error_type'), text(record, 'error_message')].filter(Boolean).join(': ')}
              />
            </dd>
          </>
        )}
      </dl>
      <Ways answer={answer} />
      {changes.length === 0 ? null : (
        <section class="part">
          <h3>Changes</h3>
          <Changes changes={changes} action={record.action} />
        </section>
      )}
      {text(record, 'db_statement') === '' ? null : (
        <section class="part">
          <h3>
            Statement <CopyButton text={text(record, 'db_statement')} what="the statement" />
          </h3>
          <pre class="statement" tabIndex={0}>
            <Text of={text(record, 'db_statement')} lines />
          </pre>
        </section>
      )}
      <section class="part">
        <h3>The request</h3>
        <Timeline request={answer.request} recordId={record.record_id} />
      </section>
      <section class="part">
        <h3>Integrity</h3>
        <Soundness segment={answer.integrity} />
      </section>
      <AllFields record={record} />
    </div>
  );
}

/** Where the next question is answered. */
function Ways({ answer: { record, sentence } }: { answer: RecordAnswer }): JSX.Element {
  const { view } = useReading();
  const [row, actor, request] = [rowPlace(record), actorPlace(record), requestOf(record)];
  const records = { ...view, search: '', recordId: '', place: { page: 'records' } } as const;
  const address = filterOf('address', record, sentence);
  return (
    <nav class="ways" aria-label="From here">
      {row === undefined ? null : (
        <Link to={visit(view, row)}>
          <Sign name="row" /> This row’s history
        </Link>
      )}
      {actor === undefined ? null : (
        <Link to={visit(view, actor)}>
          <Sign name="person" /> This person
        </Link>
      )}
      {request === undefined ? null : (
        <Link to={{ ...records, search: `request:${request}` }}>
          <Sign name="trace" /> This request
        </Link>
      )}
      {text(record, 'trace_id') === '' ? null : (
        <Link to={{ ...records, search: `trace:${text(record, 'trace_id')}` }}>
          <Sign name="link" /> This trace
        </Link>
      )}
      {address === undefined ? null : (
        <Link to={{ ...records, search: `address:${address.value}` }}>
          <Sign name="place" /> This address
        </Link>
      )}
    </nav>
  );
}
