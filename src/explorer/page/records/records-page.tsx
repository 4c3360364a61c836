import type { JSX } from 'preact';
import { useCallback, useMemo, useState } from 'preact/hooks';
import { api } from '../api/api.js';
import { useLoaded } from '../api/use-loaded.js';
import { DetailPane } from '../detail/detail-pane.js';
import { useShortcuts } from '../keys/shortcuts.js';
import type { Theme } from '../keys/theme.js';
import { PeriodPicker } from '../search/period-picker.js';
import { SearchBox } from '../search/search-box.js';
import { DelayNote } from '../states/delay-note.js';
import { NothingFound, NothingYet } from '../states/nothing.js';
import { SkeletonRows } from '../states/skeleton.js';
import { Cancelled, Failure, Slow } from '../states/states.js';
import { navigate } from '../view/navigation.js';
import { isOpen, resolvePeriod, shiftPeriod } from '../view/period.js';
import { useReading } from '../view/reading.js';
import { Sign } from '../words/sign.js';
import { ExportButtons } from './export-buttons.js';
import { Histogram } from './histogram.js';
import { IntegrityBadge } from './integrity-badge.js';
import { RecordList } from './record-list.js';
import { useIntegrity } from './use-integrity.js';
import { useLive } from './use-live.js';
import { MOST_ARRIVALS } from './record-pages.js';
import { useRecordPages } from './use-record-pages.js';

const BUCKETS = 96;

interface Props {
  readonly theme: Theme;
  readonly reloadSession: () => void;
}

/** Search, time, histogram, list, detail. */
export function RecordsPage({ theme, reloadSession }: Props): JSX.Element {
  const { view, session } = useReading();
  const [reloads, setReloads] = useState(0);
  const [toTop, setToTop] = useState(0);
  const [isLive, setLive] = useState(true);
  const [inSight, setInSight] = useState(0);
  const key = JSON.stringify([view.search, view.period, reloads]);
  // One "now" for list, histogram and export of a search: they must be of the same records.
  const asked = useMemo(() => ({ search: view.search, ...resolvePeriod(view.period, Date.now()) }), [key]);
  const { pages, rows, phase, hasMore, isSlow, error, arrivals } = useRecordPages(asked, key);
  const histogram = useLoaded((signal) => api.histogram(asked, BUCKETS, signal), `${key} ${toTop}`);
  const integrity = useIntegrity(rows, inSight, asked);
  const canLive = isOpen(view.period) && error === undefined;
  const reload = (): void => {
    setReloads(reloads + 1);
    reloadSession();
  };
  const live = useLive({
    // Not before the first page: what comes after it is what is new.
    isOn: isLive && canLive && pages !== undefined && (phase !== 'loading' || rows.length > 0),
    asked,
    after: () => pages?.newest,
    // Where nothing is shown there is nothing to move.
    onRecord: (described) => {
      if (rows.length > 0) pages?.arrive(described);
      else if (pages?.isShown(described) === true) reload();
    },
  });
  const isFull = arrivals.length >= MOST_ARRIVALS;
  const showArrivals = (): void => {
    // Between so many and what is shown there may be others that were not kept.
    if (isFull) reload();
    else pages?.showArrivals();
    setToTop(toTop + 1);
  };
  const shift = (direction: -1 | 1): void => {
    const period = shiftPeriod(resolvePeriod(view.period, Date.now()), direction, Date.now());
    if (period !== undefined && (direction < 0 || view.period.kind === 'between'))
      navigate({ ...view, period });
  };
  useShortcuts({
    n: showArrivals,
    l: () => setLive(!isLive),
    '[': () => shift(-1),
    ']': () => shift(1),
    Escape: () => view.recordId !== '' && navigate({ ...view, recordId: '' }),
  });
  const loadMore = useCallback(() => void pages?.load(), [pages]);
  // What is there already stays: only the page that failed is asked for again.
  const again = rows.length > 0 ? loadMore : reload;
  const isStoreEmpty = session?.isEmpty === true && rows.length === 0 && arrivals.length === 0;
  return (
    <>
      <h1 class="only-read">Records</h1>
      <div class="asking">
        <SearchBox
          asked={asked}
          error={error?.isAboutSearch === true ? error : undefined}
          onSearch={(search) =>
            search === view.search ? reload() : navigate({ ...view, search, recordId: '' })
          }
        />
        <PeriodPicker />
      </div>
      <DelayNote seconds={live.delaySeconds ?? session?.delaySeconds ?? 0} />
      {isStoreEmpty ? (
        <NothingYet check={reload} />
      ) : (
        <>
          <Histogram loaded={histogram} theme={theme} />
          <div class="tools">
            <LiveSwitch
              phase={live.phase}
              trouble={live.trouble}
              isOn={isLive}
              canBe={canLive}
              toggle={() => setLive(!isLive)}
            />
            {arrivals.length === 0 ? null : (
              <button type="button" class="arrivals" onClick={showArrivals}>
                {arrivals.length.toLocaleString('en')}
                {isFull ? ' or more' : ''} new
              </button>
            )}
            <span class="tools-gap" />
            {rows.length === 0 ? null : <IntegrityBadge integrity={integrity} />}
            <ExportButtons asked={asked} />
          </div>
          {isSlow ? <Slow cancel={() => pages?.cancel()} /> : null}
          <div class={`split${view.recordId === '' ? '' : ' with-detail'}`}>
            <div class="split-list">
              {rows.length > 0 ? (
                <RecordList
                  rows={rows}
                  hasMore={hasMore && phase !== 'failed'}
                  loadMore={loadMore}
                  toTop={toTop}
                  onSight={setInSight}
                />
              ) : null}
              {phase === 'loading' && rows.length === 0 ? <Waiting /> : null}
              {phase === 'ready' && rows.length === 0 ? <NothingFound /> : null}
              {phase === 'cancelled' ? <Cancelled retry={again} /> : null}
              {error !== undefined && !error.isAboutSearch ? <Failure error={error} retry={again} /> : null}
              {error?.isAboutSearch === true ? (
                <p class="list-hint">The search above cannot be read.</p>
              ) : null}
            </div>
            {view.recordId === '' ? null : <DetailPane id={view.recordId} key={view.recordId} />}
          </div>
        </>
      )}
    </>
  );
}

function Waiting(): JSX.Element {
  return (
    <div role="status">
      <span class="only-read">Loading</span>
      <SkeletonRows count={14} />
    </div>
  );
}

interface LiveProps {
  readonly phase: 'off' | 'connecting' | 'on' | 'broken';
  readonly trouble: string;
  readonly isOn: boolean;
  readonly canBe: boolean;
  readonly toggle: () => void;
}

const LIVE_WORDS = {
  off: 'Paused',
  connecting: 'Live …',
  on: 'Live',
  broken: 'Live: connecting again …',
} as const;

function LiveSwitch({ phase, trouble, isOn, canBe, toggle }: LiveProps): JSX.Element {
  const title =
    trouble !== ''
      ? trouble
      : canBe
        ? 'New records are announced as they come (l)'
        : 'The time range has an end: nothing new can come';
  return (
    <button
      type="button"
      class={`tool live live-${phase}`}
      aria-pressed={isOn && canBe}
      disabled={!canBe}
      title={title}
      onClick={toggle}
    >
      <Sign name={phase === 'off' ? 'play' : 'pause'} />
      <i class="live-dot" />
      <span>{LIVE_WORDS[phase]}</span>
    </button>
  );
}
