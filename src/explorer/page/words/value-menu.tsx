import { createPortal } from 'preact';
import type { ComponentChildren, JSX } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useDismissed } from '../keys/use-dismissed.js';
import type { Filter } from '../records/filters.js';
import { addTerm } from '../search/terms.js';
import { Link, navigate } from '../view/navigation.js';
import { useReading } from '../view/reading.js';
import { visit } from '../view/view.js';
import { copyText } from './copy.js';
import { Sign } from './sign.js';
import { visibleText } from './visible.js';

interface Props {
  /** One value, or those of a whole row. */
  readonly filters: readonly Filter[];
  /** What it hangs at. */
  readonly anchor: HTMLElement;
  readonly close: () => void;
}

const MARGIN = 8;

/** "Only this", "not this", "its history", "copy": after the menu pattern of the WAI-ARIA APG. */
export function ValueMenu({ filters, anchor, close }: Props): JSX.Element {
  const menu = useRef<HTMLDivElement>(null);
  useDismissed(menu, true, close);
  useLayoutEffect(() => {
    placeAt(menu.current, anchor);
    items(menu.current)[0]?.focus();
  }, []);
  const onKeyDown = (event: KeyboardEvent): void => {
    const all = items(menu.current);
    const at = all.indexOf(document.activeElement as HTMLElement);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (event.key === 'Tab') close();
    if (next === undefined) return;
    event.preventDefault();
    all.at(next % all.length)?.focus();
  };
  return createPortal(
    <div ref={menu} class="popover menu" role="menu" aria-label="Filter" onKeyDown={onKeyDown}>
      {filters.map((filter) => (
        <MenuPart key={filter.field} filter={filter} close={close} />
      ))}
    </div>,
    // Among the landmarks, so that who reads by them finds it.
    document.querySelector('main') ?? document.body,
  );
}

function MenuPart({ filter, close }: { filter: Filter; close: () => void }): JSX.Element {
  const { view } = useReading();
  const searched = (isNegated: boolean): typeof view => ({
    ...view,
    place: { page: 'records' },
    search: addTerm(view.place.page === 'records' ? view.search : '', filter.field, filter.value, isNegated),
    recordId: '',
  });
  const run = (action: () => void) => () => {
    close();
    action();
  };
  return (
    <div role="group" aria-label={`${filter.label}: ${visibleText(filter.value)}`}>
      <p class="menu-title" aria-hidden="true">
        {filter.label} <b>{visibleText(filter.value)}</b>
      </p>
      <button type="button" role="menuitem" onClick={run(() => navigate(searched(false)))}>
        <Sign name="check" /> Only this
      </button>
      <button type="button" role="menuitem" onClick={run(() => navigate(searched(true)))}>
        <Sign name="bar" /> Not this
      </button>
      {filter.history === undefined ? null : (
        <Link role="menuitem" to={visit(view, filter.history)}>
          <Sign name="clock" /> Its history
        </Link>
      )}
      <button type="button" role="menuitem" onClick={run(() => void copyText(filter.value))}>
        <Sign name="copy" /> Copy
      </button>
    </div>
  );
}

/** A value that can be clicked for its menu. */
export function Filterable({
  filter,
  children,
}: {
  filter: Filter | undefined;
  children: ComponentChildren;
}): JSX.Element {
  const [isOpen, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  if (filter === undefined) return <>{children}</>;
  return (
    <>
      <button
        ref={button}
        type="button"
        class="value"
        aria-haspopup="menu"
        aria-expanded={isOpen}
        onClick={() => setOpen(true)}
      >
        {children}
      </button>
      {isOpen && button.current !== null ? (
        <ValueMenu filters={[filter]} anchor={button.current} close={() => setOpen(false)} />
      ) : null}
    </>
  );
}

function items(menu: HTMLElement | null): HTMLElement[] {
  return [...(menu?.querySelectorAll<HTMLElement>('[role=menuitem]') ?? [])];
}

function placeAt(menu: HTMLElement | null, anchor: HTMLElement): void {
  if (menu === null) return;
  const at = anchor.getBoundingClientRect();
  const size = menu.getBoundingClientRect();
  const isBelow = at.bottom + size.height + MARGIN <= innerHeight;
  menu.style.left = `${Math.max(MARGIN, Math.min(at.left, innerWidth - size.width - MARGIN))}px`;
  menu.style.top = `${Math.max(MARGIN, isBelow ? at.bottom + 4 : at.top - size.height - 4)}px`;
}
