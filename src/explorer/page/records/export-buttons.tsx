import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { addressOf } from '../api/api.js';
import type { Asked } from '../api/api.js';
import { useDismissed } from '../keys/use-dismissed.js';
import { Sign } from '../words/sign.js';

const FORMATS = [
  ['csv', 'CSV', 'for spreadsheets; formulas are defused'],
  ['jsonl', 'JSON lines', 'every column, one record a line'],
] as const;

/** Everything that is found, not only what is loaded; the server streams it. */
export function ExportButtons({ asked }: { asked: Asked }): JSX.Element {
  const [isOpen, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  useDismissed(box, isOpen, () => setOpen(false));
  return (
    <div class="export" ref={box}>
      <button type="button" class="tool" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        <Sign name="out" />
        <span class="tool-word">Export</span>
        <Sign name="down" />
      </button>
      {isOpen ? (
        <div class="popover export-list">
          {FORMATS.map(([format, name, meaning]) => (
            <a key={format} class="choice" href={addressOf('/api/export', { format, ...asked })} download>
              <b>{name}</b>
              <span class="quiet-text">{meaning}</span>
            </a>
          ))}
        </div>
      ) : null}
    </div>
  );
}
