import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { ActorPage } from './actor/actor-page.js';
import { api } from './api/api.js';
import { useLoaded } from './api/use-loaded.js';
import { ShortcutsHelp } from './keys/shortcuts-help.js';
import { useShortcuts } from './keys/shortcuts.js';
import { useTheme } from './keys/theme.js';
import { ObjectPage } from './object/object-page.js';
import { RecordsPage } from './records/records-page.js';
import { Failure } from './states/states.js';
import { Link, navigate, useView } from './view/navigation.js';
import { ReadingProvider, useReading } from './view/reading.js';
import { EMPTY_VIEW } from './view/view.js';
import type { View } from './view/view.js';
import { Sign } from './words/sign.js';
import { visibleText } from './words/visible.js';

export function App(): JSX.Element {
  const view = useView();
  const [asked, setAsked] = useState(0);
  const session = useLoaded(api.session, String(asked));
  const [theme, toggleTheme] = useTheme();
  const [isHelpOpen, setHelpOpen] = useState(false);
  useShortcuts({
    '/': () => focusSearch(view),
    '?': () => setHelpOpen(true),
    t: toggleTheme,
    'g r': () => navigate({ ...EMPTY_VIEW, isUtc: view.isUtc }),
  });
  useEffect(() => {
    document.title = titleOf(view);
  }, [view]);
  const { place } = view;
  return (
    <ReadingProvider view={view} session={session.value}>
      <TopBar theme={theme} toggleTheme={toggleTheme} openHelp={() => setHelpOpen(true)} />
      <main class={`page-${place.page}`}>
        {session.error !== undefined && session.value === undefined ? (
          <Failure error={session.error} retry={session.retry} />
        ) : null}
        {place.page === 'records' && (session.error === undefined || session.value !== undefined) ? (
          <RecordsPage theme={theme} reloadSession={() => setAsked(asked + 1)} />
        ) : null}
        {place.page === 'object' ? <ObjectPage table={place.table} id={place.id} /> : null}
        {place.page === 'actor' ? <ActorPage id={place.id} /> : null}
      </main>
      {isHelpOpen ? <ShortcutsHelp close={() => setHelpOpen(false)} /> : null}
    </ReadingProvider>
  );
}

interface TopBarProps {
  readonly theme: string;
  readonly toggleTheme: () => void;
  readonly openHelp: () => void;
}

function TopBar({ theme, toggleTheme, openHelp }: TopBarProps): JSX.Element {
  const { view, session } = useReading();
  return (
    <header class="top">
      <Link class="brand" to={{ ...EMPTY_VIEW, isUtc: view.isUtc }}>
        <svg viewBox="0 0 32 32" aria-hidden="true">
          <rect width="32" height="32" rx="7" />
          <path d="M9 10h14M9 16h14M9 22h6" />
          <path class="brand-check" d="m18.5 22.2 2.3 2.3 4.2-4.8" />
        </svg>
        Audit register
      </Link>
      {session === undefined ? null : (
        <span class="store" title={`As user ${visibleText(session.store.user)}, version ${session.version}`}>
          {visibleText(session.store.database)} · {visibleText(session.store.url.replace(/^https?:\/\//, ''))}
        </span>
      )}
      <span class="tools-gap" />
      <button
        type="button"
        class="quiet"
        aria-label="Search help and keys"
        title="Search help and keys (?)"
        onClick={openHelp}
      >
        <Sign name="question" />
      </button>
      <button
        type="button"
        class="quiet"
        aria-label={theme === 'dark' ? 'Light colours' : 'Dark colours'}
        title="Dark or light (t)"
        onClick={toggleTheme}
      >
        <Sign name={theme === 'dark' ? 'sun' : 'moon'} />
      </button>
    </header>
  );
}

function focusSearch(view: View): void {
  const box = document.getElementById('search');
  if (box instanceof HTMLInputElement) return box.select();
  navigate({ ...view, place: { page: 'records' }, recordId: '' });
  requestAnimationFrame(() => document.getElementById('search')?.focus());
  return undefined;
}

function titleOf({ place, search }: View): string {
  const what = {
    records: () => visibleText(search),
    object: () => place.page === 'object' && visibleText(`${place.table} / ${place.id}`),
    actor: () => place.page === 'actor' && visibleText(place.id),
  }[place.page]();
  return what === '' || what === false ? 'Audit register' : `${what} · Audit register`;
}
