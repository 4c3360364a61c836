import { createContext } from 'preact';
import type { ComponentChildren, JSX } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';
import type { Session } from '../api/answers.js';
import { shortTime, wholeTime, zoneOf } from './times.js';
import type { Zone } from './times.js';
import type { View } from './view.js';

/** What every part of the page may ask: where we are, what the server said of itself, which zone, which time it is. */
export interface Reading {
  readonly view: View;
  readonly session: Session | undefined;
  readonly zone: Zone;
  readonly nowMillis: number;
}

const ReadingContext = createContext<Reading | undefined>(undefined);
const TICK_MILLIS = 15_000;

interface ProviderProps {
  readonly view: View;
  readonly session: Session | undefined;
  readonly children: ComponentChildren;
}

export function ReadingProvider({ view, session, children }: ProviderProps): JSX.Element {
  const nowMillis = useNow();
  const reading = { view, session, zone: zoneOf(view.isUtc), nowMillis };
  return <ReadingContext.Provider value={reading}>{children}</ReadingContext.Provider>;
}

export function useReading(): Reading {
  const reading = useContext(ReadingContext);
  if (reading === undefined) throw new Error('outside of the page');
  return reading;
}

function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MILLIS);
    return () => clearInterval(timer);
  }, []);
  return now;
}

export function Time({ at, whole = false }: { at: string; whole?: boolean }): JSX.Element {
  const { zone, nowMillis } = useReading();
  // What was never seen, or only under a forged token, has no time.
  if (at === '') return <>–</>;
  const full = wholeTime(at, zone);
  return (
    <time dateTime={at} title={full}>
      {whole ? full : shortTime(at, zone, nowMillis)}
    </time>
  );
}
