import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { hrefOf, readView } from './view.js';
import type { View } from './view.js';

const changed = new EventTarget();

export function currentView(): View {
  return readView(new URL(location.href));
}

/** Goes to a view. `replace` for what is no step that Back should return to, such as the next record of a list. */
export function navigate(view: View, how: 'push' | 'replace' = 'push'): void {
  const href = hrefOf(view);
  if (href === location.pathname + location.search) return;
  history[how === 'push' ? 'pushState' : 'replaceState'](null, '', href);
  changed.dispatchEvent(new Event('view'));
}

export function useView(): View {
  const [view, setView] = useState(currentView);
  useEffect(() => {
    const read = (): void => setView(currentView());
    changed.addEventListener('view', read);
    addEventListener('popstate', read);
    return () => {
      changed.removeEventListener('view', read);
      removeEventListener('popstate', read);
    };
  }, []);
  return view;
}

interface LinkProps {
  readonly to: View;
  readonly class?: string;
  readonly role?: 'menuitem';
  readonly 'aria-current'?: 'true' | undefined;
  readonly children?: ComponentChildren;
}

/** A genuine link, so that a new tab, copying and the keyboard work; a plain click stays in the page. */
export function Link({ to, children, ...rest }: LinkProps): JSX.Element {
  return (
    <a {...rest} href={hrefOf(to)} onClick={(event) => follow(event, to)}>
      {children}
    </a>
  );
}

function follow(event: MouseEvent, to: View): void {
  if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  navigate(to);
}
