import type { RefObject } from 'preact';
import { useEffect } from 'preact/hooks';

/** Closes what is open when Escape is pressed or something outside of it is clicked or focused. */
export function useDismissed(box: RefObject<HTMLElement | null>, isOpen: boolean, dismiss: () => void): void {
  useEffect(() => {
    if (!isOpen) return undefined;
    const before = document.activeElement;
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape') return;
      event.stopPropagation();
      dismiss();
      if (before instanceof HTMLElement) before.focus();
    };
    const onPress = (event: Event): void => {
      if (event.target instanceof Node && !box.current?.contains(event.target)) dismiss();
    };
    document.addEventListener('keydown', onKey, true);
    document.addEventListener('pointerdown', onPress, true);
    document.addEventListener('focusin', onPress, true);
    return () => {
      document.removeEventListener('keydown', onKey, true);
      document.removeEventListener('pointerdown', onPress, true);
      document.removeEventListener('focusin', onPress, true);
    };
    // NOTE: `dismiss` is made anew at each render and does the same each time.
  }, [isOpen]);
}
