import { Virtualizer, elementScroll, observeElementOffset, observeElementRect } from '@tanstack/virtual-core';
import type { VirtualItem, VirtualizerOptions } from '@tanstack/virtual-core';
import type { RefObject } from 'preact';
import { useLayoutEffect, useReducer, useState } from 'preact/hooks';

interface Options {
  readonly count: number;
  readonly rowHeight: number;
  readonly box: RefObject<HTMLElement | null>;
}

export interface VirtualRows {
  readonly items: readonly VirtualItem[];
  readonly totalSize: number;
  readonly firstInSight: number;
  readonly scrollTo: (index: number) => void;
}

const OVERSCAN = 12;

/** Only the rows in sight are in the document, however long the list is. */
export function useVirtualRows({ count, rowHeight, box }: Options): VirtualRows {
  const [, redraw] = useReducer<number, void>((drawn) => drawn + 1, 0);
  const options: VirtualizerOptions<HTMLElement, HTMLElement> = {
    count,
    overscan: OVERSCAN,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    scrollToFn: elementScroll,
    observeElementRect,
    observeElementOffset,
    onChange: () => redraw(),
  };
  const [rows] = useState(() => new Virtualizer(options));
  rows.setOptions(options);
  useLayoutEffect(() => rows._didMount(), []);
  useLayoutEffect(() => rows._willUpdate());
  useLayoutEffect(() => rows.measure(), [rowHeight]);
  return {
    items: rows.getVirtualItems(),
    totalSize: rows.getTotalSize(),
    firstInSight: rows.range?.startIndex ?? 0,
    scrollTo: (index) => rows.scrollToIndex(index),
  };
}
