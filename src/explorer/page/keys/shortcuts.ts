import { useEffect, useRef } from 'preact/hooks';

/** Keys of the page, in the order of the help. `g r` is g, then r. */
export const SHORTCUTS = [
  { keys: '/', meaning: 'Search' },
  { keys: 'j', meaning: 'Next record' },
  { keys: 'k', meaning: 'Previous record' },
  { keys: 'Enter', meaning: 'Open the record' },
  { keys: 'Escape', meaning: 'Close what is open' },
  { keys: 'f', meaning: 'Filter by a value of the record' },
  { keys: 'n', meaning: 'Show the new records' },
  { keys: 'l', meaning: 'Live on or off' },
  { keys: 'g r', meaning: 'Go to all records' },
  { keys: 'g h', meaning: 'Go to the history of the record’s row' },
  { keys: 'g a', meaning: 'Go to the record’s actor' },
  { keys: 'g t', meaning: 'Go to the record’s trace' },
  { keys: 'g g', meaning: 'Go to the newest record' },
  { keys: '[', meaning: 'Earlier' },
  { keys: ']', meaning: 'Later' },
  { keys: 't', meaning: 'Dark or light' },
  { keys: '?', meaning: 'These keys' },
] as const;

type Keys = (typeof SHORTCUTS)[number]['keys'];
export type KeyBindings = Partial<Readonly<Record<Keys, () => void>>>;

const SEQUENCE_MILLIS = 1_500;

/** Binds keys while the component is there. Nothing is taken from who is typing, from a menu, or together with Ctrl, Alt or Meta. */
export function useShortcuts(bindings: KeyBindings): void {
  const latest = useRef(bindings);
  latest.current = bindings;
  useEffect(() => {
    let first = { key: '', at: 0 };
    const onKey = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isBusy(event)) return;
      const begun = event.timeStamp - first.at < SEQUENCE_MILLIS ? first.key : '';
      const keys = (begun === '' ? event.key : `${begun} ${event.key}`) as Keys;
      first = { key: begun === '' && event.key === 'g' ? 'g' : '', at: event.timeStamp };
      const run = latest.current[keys];
      if (run === undefined) return;
      event.preventDefault();
      run();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}

function isBusy({ target, key }: KeyboardEvent): boolean {
  if (!(target instanceof Element)) return false;
  if (target.closest('[role=menu], [role=dialog], dialog, input, textarea, select') !== null) return true;
  return key === 'Enter' && target.closest('a, button, summary') !== null;
}
