import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { Sign } from '../words/sign.js';
import { SHORTCUTS } from './shortcuts.js';

/** What the search understands, by example, and the keys. */
const EXAMPLES = [
  ['actor:alice', 'by alice: her id or her name'],
  ['action:delete,update', 'one of several'],
  ['row:orders/1042', 'one row of a table'],
  ['-outcome:success', 'all but what succeeded'],
  ['path:/orders/*', 'a star for anything; quotes take it as it is'],
  ['duration:>2s', 'longer than; also >=, <, <='],
  ['session:*', 'has one'],
  ['refund', 'in statement, path, error, target or actor'],
] as const;

export function ShortcutsHelp({ close }: { close: () => void }): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog
      ref={dialog}
      class="help"
      aria-labelledby="help-title"
      onClose={close}
      onClick={(event) => event.target === dialog.current && close()}
    >
      <div class="help-body">
        <header>
          <h2 id="help-title">Searching and keys</h2>
          <button type="button" class="quiet" aria-label="Close" onClick={close}>
            <Sign name="cross" />
          </button>
        </header>
        <div class="help-columns">
          <section>
            <h3>Search</h3>
            <dl>
              {EXAMPLES.map(([example, meaning]) => (
                <div key={example}>
                  <dt>
                    <code>{example}</code>
                  </dt>
                  <dd>{meaning}</dd>
                </div>
              ))}
            </dl>
          </section>
          <section>
            <h3>Keys</h3>
            <dl>
              {SHORTCUTS.map(({ keys, meaning }) => (
                <div key={keys}>
                  <dt>
                    {keys.split(' ').map((key, index) => (
                      <kbd key={index}>{key === 'Escape' ? 'Esc' : key}</kbd>
                    ))}
                  </dt>
                  <dd>{meaning}</dd>
                </div>
              ))}
            </dl>
          </section>
        </div>
      </div>
    </dialog>
  );
}
