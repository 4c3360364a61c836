import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Sign } from './sign.js';

const SAID_MILLIS = 1_600;

/** Over plain HTTP to another host the browser has no clipboard to offer: then the text is selected the old way. */
export async function copyText(text: string): Promise<void> {
  if (navigator.clipboard !== undefined) return navigator.clipboard.writeText(text);
  const area = document.createElement('textarea');
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand('copy');
  area.remove();
  return undefined;
}

interface Props {
  readonly text: string;
  /** What is copied, for who cannot see the button's place. */
  readonly what: string;
  readonly children?: string;
}

export function CopyButton({ text, what, children }: Props): JSX.Element {
  const [said, setSaid] = useState('');
  useEffect(() => {
    if (said === '') return undefined;
    const timer = setTimeout(() => setSaid(''), SAID_MILLIS);
    return () => clearTimeout(timer);
  }, [said]);
  const copy = (): void =>
    void copyText(text).then(
      () => setSaid('Copied'),
      () => setSaid('Could not copy'),
    );
  return (
    <button
      type="button"
      class={children === undefined ? 'quiet copy' : 'tool copy'}
      aria-label={said || `Copy ${what}`}
      onClick={copy}
    >
      <Sign name={said === 'Copied' ? 'check' : 'copy'} />
      {children === undefined ? null : <span>{said || children}</span>}
    </button>
  );
}
