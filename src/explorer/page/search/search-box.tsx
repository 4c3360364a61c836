import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Asked } from '../api/api.js';
import type { ApiError } from '../api/api-error.js';
import { useReading } from '../view/reading.js';
import { Sign } from '../words/sign.js';
import { visibleText } from '../words/visible.js';
import { splitTerms } from './terms.js';
import { useCompletions } from './use-completions.js';
import type { Completion } from './use-completions.js';

interface Props {
  readonly asked: Asked;
  readonly error: ApiError | undefined;
  readonly onSearch: (text: string) => void;
}

/** The one box, after the pattern of an editable combobox with a list (WAI-ARIA APG). */
export function SearchBox({ asked, error, onSearch }: Props): JSX.Element {
  const { view, session } = useReading();
  const [text, setText] = useState(view.search);
  const [caret, setCaret] = useState(view.search.length);
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => setText(view.search), [view.search]);
  const { completing, completions } = useCompletions(text, caret, isOpen, session?.fields ?? [], asked);
  const chosen = Math.min(active, completions.length - 1);

  const write = (next: string, at: number, stayOpen: boolean): void => {
    setText(next);
    setCaret(at);
    setActive(-1);
    setOpen(stayOpen);
    requestAnimationFrame(() => input.current?.setSelectionRange(at, at));
  };
  const accept = ({ insert }: Completion): void => {
    const end = insert.endsWith(' ') && text[completing.end] === ' ' ? completing.end + 1 : completing.end;
    const next = text.slice(0, completing.start) + insert + text.slice(end);
    write(next, completing.start + insert.length, true);
    input.current?.focus();
  };
  const search = (wanted: string): void => {
    setOpen(false);
    onSearch(wanted.trim());
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const isListed = isOpen && completions.length > 0;
    const option = completions[chosen] ?? completions[0];
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      const step = event.key === 'ArrowDown' ? 1 : -1;
      if (isListed) setActive((chosen + step + completions.length) % completions.length);
      else setOpen(true);
    } else if (event.key === 'Enter') {
      event.preventDefault();
      const picked = isListed ? completions[chosen] : undefined;
      if (picked === undefined) search(text);
      else accept(picked);
    } else if (
      event.key === 'Tab' &&
      isListed &&
      option !== undefined &&
      completing.prefix !== '' &&
      !event.shiftKey
    ) {
      event.preventDefault();
      accept(option);
    } else if (event.key === 'Escape') {
      event.stopPropagation();
      if (isOpen) setOpen(false);
      else input.current?.blur();
    }
  };
  const follow = (event: Event, open = true): void => {
    const field = event.currentTarget as HTMLInputElement;
    setText(field.value);
    setCaret(field.selectionStart ?? field.value.length);
    if (open) {
      setOpen(true);
      setActive(-1);
    }
  };
  return (
    <div class="search">
      <form class="search-box" role="search" onSubmit={(event) => (event.preventDefault(), search(text))}>
        <Sign name="search" />
        <input
          ref={input}
          id="search"
          type="text"
          role="combobox"
          aria-label="Search the records"
          aria-expanded={isOpen && completions.length > 0}
          aria-controls="completions"
          aria-autocomplete="list"
          aria-activedescendant={chosen >= 0 && isOpen ? `completion-${chosen}` : undefined}
          aria-invalid={error === undefined ? undefined : 'true'}
          aria-describedby={error === undefined ? undefined : 'search-error'}
          placeholder="actor:alice  action:delete  row:orders/1042  -outcome:success"
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          maxLength={4096}
          value={text}
          onInput={follow}
          onClick={follow}
          onKeyUp={(event) => isCaretKey(event) && follow(event, false)}
          onKeyDown={onKeyDown}
          onBlur={() => setOpen(false)}
        />
        {text === '' ? (
          <kbd class="search-key">/</kbd>
        ) : (
          <button
            type="button"
            class="quiet"
            aria-label="Clear the search"
            onClick={() => (setText(''), search(''))}
          >
            <Sign name="cross" />
          </button>
        )}
      </form>
      <ul
        id="completions"
        class="completions"
        role="listbox"
        aria-label="Completions"
        hidden={!isOpen || completions.length === 0}
      >
        {completions.map((completion, index) => (
          <CompletionOption
            key={completion.insert}
            index={index}
            completion={completion}
            isActive={index === chosen}
            accept={accept}
          />
        ))}
      </ul>
      {error === undefined ? null : <SearchError error={error} text={view.search} />}
    </div>
  );
}

interface OptionProps {
  readonly index: number;
  readonly completion: Completion;
  readonly isActive: boolean;
  readonly accept: (completion: Completion) => void;
}

function CompletionOption({ index, completion, isActive, accept }: OptionProps): JSX.Element {
  const item = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (isActive) item.current?.scrollIntoView({ block: 'nearest' });
  }, [isActive]);
  return (
    <li
      ref={item}
      id={`completion-${index}`}
      role="option"
      aria-selected={isActive}
      // The input would lose the focus to a click, and the list would close under the pointer.
      onMouseDown={(event) => (event.preventDefault(), accept(completion))}
    >
      <span class="completion-label">{visibleText(completion.label)}</span>
      <span class="completion-hint">{completion.hint}</span>
    </li>
  );
}

/** The search again, with the place marked where it cannot be read. */
function SearchError({ error, text }: { error: ApiError; text: string }): JSX.Element {
  const at = error.position;
  const wrong =
    at === undefined ? undefined : splitTerms(text).find(({ end }) => at < end || end === text.length);
  return (
    <div id="search-error" class="search-error" role="alert">
      <Sign name="cross" />
      <div>
        <p>{visibleText(error.message)}</p>
        {wrong === undefined ? null : (
          <p class="search-error-place">
            {visibleText(text.slice(0, wrong.start))}
            <mark>{visibleText(wrong.text)}</mark>
            {visibleText(text.slice(wrong.end))}
          </p>
        )}
        {error.mend === '' ? null : <p class="quiet-text">{error.mend}</p>}
      </div>
    </div>
  );
}

function isCaretKey({ key }: KeyboardEvent): boolean {
  return key === 'ArrowLeft' || key === 'ArrowRight' || key === 'Home' || key === 'End';
}
