import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Described } from '../api/answers.js';
import { useShortcuts } from '../keys/shortcuts.js';
import { SkeletonRows } from '../states/skeleton.js';
import { navigate } from '../view/navigation.js';
import { useReading } from '../view/reading.js';
import { visit } from '../view/view.js';
import type { Place } from '../view/view.js';
import { ValueMenu } from '../words/value-menu.js';
import { actorPlace, filterOf, requestOf, rowPlace } from './filters.js';
import type { Filter } from './filters.js';
import { COLUMN_NAMES, RecordRow } from './record-row.js';
import { useVirtualRows } from './use-virtual-rows.js';

interface Props {
  readonly rows: readonly Described[];
  readonly hasMore: boolean;
  readonly loadMore: () => void;
  /** Grows each time the list is to be shown from its top. */
  readonly toTop: number;
  readonly onSight: (index: number) => void;
}

const ROW_HEIGHT = 34;
const CARD_HEIGHT = 78;
/** So many rows before the end the next page is asked for. */
const AHEAD = 30;
const narrow = matchMedia('(max-width: 760px)');
const ROW_PARTS = ['who', 'did', 'what', 'ending', 'address', 'way'] as const;

/** The virtualised list. The grid itself has the focus; the current row is named by `aria-activedescendant`. */
export function RecordList({ rows, hasMore, loadMore, toTop, onSight }: Props): JSX.Element {
  const { view } = useReading();
  const box = useRef<HTMLDivElement>(null);
  const [current, setCurrent] = useState(-1);
  const [menu, setMenu] = useState<{ filters: readonly Filter[]; anchor: HTMLElement }>();
  const isNarrow = useNarrow();
  const virtual = useVirtualRows({
    count: rows.length,
    rowHeight: isNarrow ? CARD_HEIGHT : ROW_HEIGHT,
    box,
  });
  const last = virtual.items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && last > rows.length - AHEAD) loadMore();
  }, [last, rows.length, hasMore]);
  const inSight = virtual.firstInSight;
  useEffect(() => onSight(inSight), [inSight]);
  useEffect(() => {
    if (toTop > 0) virtual.scrollTo(0);
  }, [toTop]);
  const opened = rows.findIndex(({ record }) => record.record_id === view.recordId);
  // Arrivals push rows down: the current one is the same record, not the same number.
  const currentId = useRef('');
  useEffect(() => {
    const at = rows.findIndex(({ record }) => record.record_id === currentId.current);
    if (at >= 0 && at !== current) setCurrent(at);
  }, [rows]);
  useEffect(() => {
    if (opened < 0) return;
    currentId.current = view.recordId;
    setCurrent(opened);
  }, [opened]);

  const select = (index: number): void => {
    const to = Math.max(0, Math.min(rows.length - 1, index));
    const record = rows[to]?.record;
    if (record === undefined) return;
    currentId.current = record.record_id;
    setCurrent(to);
    virtual.scrollTo(to);
    // An open detail follows, and Back leads to where it was opened.
    if (view.recordId !== '') navigate({ ...view, recordId: record.record_id }, 'replace');
  };
  const open = (index: number): void => {
    const record = rows[index]?.record;
    if (record === undefined) return;
    box.current?.focus({ preventScroll: true });
    currentId.current = record.record_id;
    setCurrent(index);
    navigate({ ...view, recordId: record.record_id }, view.recordId === '' ? 'push' : 'replace');
  };
  const record = rows[current]?.record;
  const go = (place: Place | undefined): void => {
    if (place !== undefined) navigate(visit(view, place));
  };
  useShortcuts({
    j: () => select(current + 1),
    k: () => select(current - 1),
    Enter: () => open(current),
    f: () => {
      const described = rows[current];
      const anchor = document.getElementById(`row-${current}`);
      if (described === undefined || anchor === null) return;
      setMenu({ anchor, filters: filtersOf(described) });
    },
    'g g': () => select(0),
    'g h': () => record && go(rowPlace(record)),
    'g a': () => record && go(actorPlace(record)),
    'g t': () => {
      const request = record && requestOf(record);
      if (request !== undefined) navigate({ ...view, search: `request:${request}`, recordId: '' });
    },
  });
  const onKeyDown = (event: KeyboardEvent): void => {
    const page = Math.max(
      1,
      Math.floor((box.current?.clientHeight ?? 0) / (isNarrow ? CARD_HEIGHT : ROW_HEIGHT)) - 2,
    );
    const to = {
      ArrowDown: current + 1,
      ArrowUp: current - 1,
      PageDown: current + page,
      PageUp: current - page,
      Home: 0,
      End: rows.length - 1,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    select(to);
  };
  return (
    <div class="list">
      <div
        ref={box}
        class="list-scroll"
        role="grid"
        aria-label="Records, the newest first"
        aria-rowcount={hasMore ? -1 : rows.length + 1}
        aria-colcount={COLUMN_NAMES.length}
        aria-activedescendant={
          virtual.items.some(({ index }) => index === current) && record ? `row-${current}` : undefined
        }
        tabIndex={0}
        onKeyDown={onKeyDown}
        onFocus={() => current < 0 && rows.length > 0 && setCurrent(0)}
      >
        <div role="row" class="row head" aria-rowindex={1}>
          {COLUMN_NAMES.map((name) => (
            <div role="columnheader" class={`cell head-${name.toLowerCase()}`} key={name}>
              {name}
            </div>
          ))}
        </div>
        <div role="rowgroup" class="rows" style={{ height: `${virtual.totalSize}px` }}>
          {virtual.items.map(({ index, start }) => {
            const described = rows[index];
            if (described === undefined) return null;
            return (
              <RecordRow
                key={described.record.record_id}
                described={described}
                index={index}
                top={start}
                isCurrent={index === current}
                isOpen={index === opened}
                open={open}
                offer={(filter, anchor) => setMenu({ filters: [filter], anchor })}
              />
            );
          })}
        </div>
        {hasMore ? <SkeletonRows count={3} /> : null}
      </div>
      {menu === undefined ? null : <ValueMenu {...menu} close={() => setMenu(undefined)} />}
    </div>
  );
}

function filtersOf({ record, sentence }: Described): readonly Filter[] {
  const found = ROW_PARTS.map((part) => filterOf(part, record, sentence)).filter(
    (filter) => filter !== undefined,
  );
  return found.filter(({ field }, index) => found.findIndex((other) => other.field === field) === index);
}

function useNarrow(): boolean {
  const [isNarrow, setNarrow] = useState(narrow.matches);
  useEffect(() => {
    const follow = (): void => setNarrow(narrow.matches);
    narrow.addEventListener('change', follow);
    return () => narrow.removeEventListener('change', follow);
  }, []);
  return isNarrow;
}
