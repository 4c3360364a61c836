import { useEffect, useState } from 'preact/hooks';

export type Theme = 'light' | 'dark';

const KEPT_AS = 'audit-register.theme';
const system = matchMedia('(prefers-color-scheme: dark)');

/** The system's, until the reader chooses; a choice is kept in this browser. */
export function useTheme(): readonly [Theme, () => void] {
  const [chosen, setChosen] = useState(readChosen);
  const [isDark, setDark] = useState(system.matches);
  useEffect(() => {
    const follow = (): void => setDark(system.matches);
    system.addEventListener('change', follow);
    return () => system.removeEventListener('change', follow);
  }, []);
  const theme: Theme = chosen ?? (isDark ? 'dark' : 'light');
  document.documentElement.dataset['theme'] = theme;
  const toggle = (): void => {
    const next = theme === 'dark' ? 'light' : 'dark';
    keep(next);
    setChosen(next);
  };
  return [theme, toggle];
}

function readChosen(): Theme | undefined {
  try {
    const kept = localStorage.getItem(KEPT_AS);
    return kept === 'dark' || kept === 'light' ? kept : undefined;
  } catch {
    return undefined;
  }
}

function keep(theme: Theme): void {
  try {
    localStorage.setItem(KEPT_AS, theme);
  } catch {
    // A browser that keeps nothing: the choice holds until the page is closed.
  }
}
