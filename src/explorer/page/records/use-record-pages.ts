import { useEffect, useRef, useState } from 'preact/hooks';
import type { Asked } from '../api/api.js';
import { FIRST, RecordPages } from './record-pages.js';
import type { PagesState } from './record-pages.js';

export interface ReadPages extends PagesState {
  readonly pages: RecordPages | undefined;
}

/** @param key What the list is of; another key is another list. */
export function useRecordPages(asked: Asked, key: string): ReadPages {
  const [state, setState] = useState<PagesState>(FIRST);
  const pages = useRef<RecordPages | undefined>(undefined);
  useEffect(() => {
    const opened = new RecordPages(asked, setState);
    pages.current = opened;
    setState(FIRST);
    void opened.load();
    return () => opened.close();
  }, [key]);
  return { ...state, pages: pages.current };
}
