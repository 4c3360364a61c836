import { useEffect, useRef, useState } from 'preact/hooks';
import type { Asked } from '../api/api.js';
import { FIRST, RecordPages } from './record-pages.js';
import type { PagesState } from './record-pages.js';

export interface ReadPages extends PagesState {
  readonly pages: RecordPages | undefined;
}

/** @param key What the list is of; another key is another list. */
export function useRecordPages(asked: Asked, key: string): ReadPages {
  const [{ of, state }, setState] = useState({ of: key, state: FIRST });
  const pages = useRef<RecordPages | undefined>(undefined);
  useEffect(() => {
    const opened = new RecordPages(asked, (next) => setState({ of: key, state: next }));
    pages.current = opened;
    void opened.load();
    return () => opened.close();
  }, [key]);
  // With another key, what is known is of the list before until the effect has run.
  return of === key ? { ...state, pages: pages.current } : { ...FIRST, pages: undefined };
}
