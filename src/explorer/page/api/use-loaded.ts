import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, isAbort } from './api-error.js';

/** After this the reader is told that it takes long, and may cancel. */
export const SLOW_AFTER_MILLIS = 3_000;

export interface Loaded<Value> {
  readonly phase: 'loading' | 'done' | 'failed' | 'cancelled';
  /** The last value there was: shown dimmed while the next one loads. */
  readonly value: Value | undefined;
  readonly error: ApiError | undefined;
  readonly isSlow: boolean;
  readonly cancel: () => void;
  readonly retry: () => void;
}

type Outcome<Value> = Pick<Loaded<Value>, 'phase' | 'value' | 'error' | 'isSlow'>;

/** Loads again whenever `key` changes; an answer to an earlier key is never shown for a later one. */
export function useLoaded<Value>(load: (signal: AbortSignal) => Promise<Value>, key: string): Loaded<Value> {
  const [attempt, setAttempt] = useState(0);
  const [state, setState] = useState<{ of: string; outcome: Outcome<Value> }>({ of: key, outcome: FIRST });
  const setOutcome = (next: (now: Outcome<Value>) => Outcome<Value>): void =>
    setState(({ outcome }) => ({ of: key, outcome: next(outcome) }));
  const cancel = useRef<() => void>(() => {});
  useEffect(() => {
    const controller = new AbortController();
    setOutcome(({ value }) => ({ ...FIRST, value }));
    const slow = setTimeout(() => setOutcome((now) => ({ ...now, isSlow: true })), SLOW_AFTER_MILLIS);
    cancel.current = () => {
      controller.abort();
      setOutcome(({ value }) => ({ ...FIRST, phase: 'cancelled', value }));
    };
    void load(controller.signal)
      .then((value): Outcome<Value> => ({ ...FIRST, phase: 'done', value }))
      .catch((error: unknown): Outcome<Value> | undefined =>
        isAbort(error) ? undefined : { ...FIRST, phase: 'failed', error: toApiError(error) },
      )
      .then((next) => {
        clearTimeout(slow);
        if (next !== undefined && !controller.signal.aborted) setOutcome(() => next);
      });
    return () => {
      clearTimeout(slow);
      controller.abort();
    };
    // NOTE: `load` is made anew at each render; what it loads is named by `key`.
  }, [key, attempt]);
  // With another key, what is known is of the one before until the effect has run.
  const outcome = state.of === key ? state.outcome : { ...FIRST, value: state.outcome.value };
  return { ...outcome, cancel: () => cancel.current(), retry: () => setAttempt((count) => count + 1) };
}

const FIRST = { phase: 'loading', value: undefined, error: undefined, isSlow: false } as const;

export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError('PAGE', error instanceof Error ? error.message : String(error));
}
