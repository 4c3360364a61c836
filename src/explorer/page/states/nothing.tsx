import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { api } from '../api/api.js';
import { navigate } from '../view/navigation.js';
import { useReading } from '../view/reading.js';
import { wholeTime } from '../view/times.js';
import { CopyButton } from '../words/copy.js';
import { Note } from './states.js';

const CHECK_MILLIS = 3_000;

/** The register is empty: what to do to see a first record. */
export function NothingYet({ check }: { check: () => void }): JSX.Element {
  const { session } = useReading();
  useEffect(() => {
    const controller = new AbortController();
    void untilSomething(controller.signal).then(check, () => {});
    return () => controller.abort();
  }, []);
  const url = session?.store.url ?? 'http://127.0.0.1:8123';
  const command = `AUDIT_REGISTER_CLICKHOUSE_URL=${url} node --require audit-register app.js`;
  return (
    <Note sign="row" title="No records yet">
      <ol class="steps">
        <li>
          Start your service under the preload:
          <span class="command">
            <code>{command}</code>
            <CopyButton text={command} what="the command" />
          </span>
        </li>
        <li>Send it a request, or log in.</li>
        <li>The record is here a second later. This page looks by itself.</li>
      </ol>
      <p class="quiet-text waiting">
        <span class="spinner" /> Waiting for the first record in database{' '}
        <code>{session?.store.database ?? 'audit'}</code>
      </p>
      <p class="quiet-text">
        Nothing comes? <code>audit-register doctor</code> finds out why.
      </p>
    </Note>
  );
}

/** The live stream tells of records that arrive; this also finds what was there before it began. */
async function untilSomething(signal: AbortSignal): Promise<void> {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, CHECK_MILLIS));
    signal.throwIfAborted();
    const session = await api.session(signal).catch(() => undefined);
    if (session?.isEmpty === false) return;
  }
}

/** Nothing for this search in this time. */
export function NothingFound(): JSX.Element {
  const { view, session, zone } = useReading();
  const newest = session?.newestAt ?? '';
  return (
    <Note sign="search" title="Nothing found">
      <p>
        {view.search === '' ? 'No record in this time.' : 'No record in this time fits the search.'}
        {newest === '' ? null : ` The newest record of all is of ${wholeTime(newest, zone)}.`}
      </p>
      <p class="note-tools">
        {view.period.kind === 'last' && view.period.span === 'all' ? null : (
          <button
            type="button"
            class="tool"
            onClick={() => navigate({ ...view, period: { kind: 'last', span: 'all' } })}
          >
            Search all time
          </button>
        )}
        {view.search === '' ? null : (
          <button type="button" class="tool" onClick={() => navigate({ ...view, search: '' })}>
            Clear the search
          </button>
        )}
      </p>
    </Note>
  );
}
