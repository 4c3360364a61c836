import type { ComponentChildren, JSX } from 'preact';
import type { ApiError } from '../api/api-error.js';
import { Sign } from '../words/sign.js';
import type { SignName } from '../words/sign.js';
import { visibleText } from '../words/visible.js';

interface NoteProps {
  readonly sign: SignName;
  readonly title: string;
  readonly children?: ComponentChildren;
  readonly isAlert?: boolean;
}

/** What stands where records would: nothing, a fault, no permission. */
export function Note({ sign, title, children, isAlert = false }: NoteProps): JSX.Element {
  return (
    <div class="note" {...(isAlert ? { role: 'alert' as const } : { role: 'status' as const })}>
      <span class="note-sign">
        <Sign name={sign} />
      </span>
      <h2>{title}</h2>
      {children}
    </div>
  );
}

/** The cause, and what mends it. */
export function Failure({ error, retry }: { error: ApiError; retry: () => void }): JSX.Element {
  const title = error.isAboutPermission ? 'You may not see these records' : 'The records cannot be shown';
  return (
    <Note sign={error.isAboutPermission ? 'shield' : 'cross'} title={title} isAlert>
      <p>{visibleText(error.message)}</p>
      {error.mend === '' ? null : <p class="mend">{error.mend}</p>}
      <p class="quiet-text">
        <code>{error.code}</code>
      </p>
      <button type="button" class="tool" onClick={retry}>
        Try again
      </button>
    </Note>
  );
}

export function Cancelled({ retry }: { retry: () => void }): JSX.Element {
  return (
    <Note sign="bar" title="Cancelled">
      <p>A shorter time range or one more term makes a search quicker.</p>
      <button type="button" class="tool" onClick={retry}>
        Search again
      </button>
    </Note>
  );
}

export function Slow({ cancel }: { cancel: () => void }): JSX.Element {
  return (
    <div class="slow" role="status">
      <span class="spinner" />
      This takes longer than usual. A shorter time range makes it quicker.
      <button type="button" class="tool" onClick={cancel}>
        Cancel
      </button>
    </div>
  );
}
