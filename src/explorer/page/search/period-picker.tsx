import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { navigate } from '../view/navigation.js';
import { SPANS, resolvePeriod, shiftPeriod, spanMillis } from '../view/period.js';
import type { Period } from '../view/period.js';
import { useReading } from '../view/reading.js';
import { fromInput, toInput } from '../view/times.js';
import type { Zone } from '../view/times.js';
import { Sign } from '../words/sign.js';
import { useDismissed } from '../keys/use-dismissed.js';

/** Which time is looked at: a span back from now, or from … to; always with the zone it is told in. */
export function PeriodPicker(): JSX.Element {
  const { view, zone } = useReading();
  const [isOpen, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  useDismissed(box, isOpen, () => setOpen(false));
  const choose = (period: Period): void => {
    setOpen(false);
    navigate({ ...view, period });
  };
  const earlier = shiftPeriod(resolvePeriod(view.period, Date.now()), -1, Date.now());
  const later = shiftPeriod(resolvePeriod(view.period, Date.now()), 1, Date.now());
  const isNow = view.period.kind === 'last';
  return (
    <div class="period" ref={box}>
      <button
        type="button"
        class="tool"
        aria-label="Earlier"
        disabled={earlier === undefined}
        onClick={() => earlier && choose(earlier)}
      >
        <Sign name="left" />
      </button>
      <button
        type="button"
        class="tool period-open"
        aria-expanded={isOpen}
        aria-haspopup="dialog"
        onClick={() => setOpen(!isOpen)}
      >
        <Sign name="clock" />
        <span class="period-name">{periodName(view.period, zone)}</span>
        <span class="period-zone">{zone.name}</span>
        <Sign name="down" />
      </button>
      <button
        type="button"
        class="tool"
        aria-label="Later"
        disabled={isNow || later === undefined}
        onClick={() => later && choose(later)}
      >
        <Sign name="right" />
      </button>
      {isOpen ? <PeriodDialog choose={choose} /> : null}
    </div>
  );
}

function PeriodDialog({ choose }: { choose: (period: Period) => void }): JSX.Element {
  const { view, zone } = useReading();
  const shown = resolvePeriod(view.period, Date.now());
  const [from, setFrom] = useState(toInput(shown.from, zone));
  const [to, setTo] = useState(toInput(shown.to, zone));
  const [span, setSpan] = useState('');
  const first = useRef<HTMLButtonElement>(null);
  useEffect(() => first.current?.focus(), []);
  const isBackwards = from !== '' && to !== '' && from >= to;
  const isNoSpan = span !== '' && spanMillis(span) === undefined;
  return (
    <div class="popover period-dialog" role="dialog" aria-label="Time range">
      <ul class="spans">
        {SPANS.map(([value, label], index) => (
          <li key={value}>
            <button
              ref={index === 0 ? first : null}
              type="button"
              class="choice"
              aria-pressed={view.period.kind === 'last' && view.period.span === value}
              onClick={() => choose({ kind: 'last', span: value })}
            >
              {label}
            </button>
          </li>
        ))}
      </ul>
      <form
        class="between"
        onSubmit={(event) => {
          event.preventDefault();
          if (span !== '' && !isNoSpan) choose({ kind: 'last', span });
          else if (!isBackwards && !isNoSpan)
            choose({ kind: 'between', from: fromInput(from, zone), to: fromInput(to, zone) });
        }}
      >
        <label>
          From
          <input
            type="datetime-local"
            step="1"
            value={from}
            onInput={(event) => setFrom(event.currentTarget.value)}
          />
        </label>
        <label>
          To <span class="quiet-text">(empty: until now)</span>
          <input
            type="datetime-local"
            step="1"
            value={to}
            onInput={(event) => setTo(event.currentTarget.value)}
          />
        </label>
        <label>
          Or the last
          <input
            type="text"
            placeholder="90m, 36h, 14d, 8w"
            value={span}
            onInput={(event) => setSpan(event.currentTarget.value.trim())}
          />
        </label>
        {isBackwards ? (
          <p class="form-error" role="alert">
            The end is before the beginning.
          </p>
        ) : null}
        {isNoSpan ? (
          <p class="form-error" role="alert">
            A number and s, m, h, d or w, such as 36h.
          </p>
        ) : null}
        <button type="submit" class="primary" disabled={isBackwards || isNoSpan}>
          Show
        </button>
        <ZoneSwitch zone={zone} />
      </form>
    </div>
  );
}

function ZoneSwitch({ zone }: { zone: Zone }): JSX.Element {
  const { view } = useReading();
  return (
    <p class="zone">
      Times in <b>{zone.name}</b>
      <button
        type="button"
        class="link-like"
        onClick={() => navigate({ ...view, isUtc: !zone.isUtc }, 'replace')}
      >
        {zone.isUtc ? 'show local times' : 'show UTC'}
      </button>
    </p>
  );
}

function periodName(period: Period, zone: Zone): string {
  if (period.kind === 'last') {
    const known = SPANS.find(([span]) => span === period.span);
    return known?.[1] ?? `Last ${period.span}`;
  }
  if (period.from === '' && period.to === '') return SPANS.at(-1)?.[1] ?? '';
  const [from, to] = [toInput(period.from, zone), toInput(period.to, zone)].map((text) =>
    text.replace('T', ' '),
  );
  if (to === '') return `Since ${from}`;
  if (from === '') return `Until ${to}`;
  return `${from} – ${from?.slice(0, 10) === to?.slice(0, 10) ? to?.slice(11) : to}`;
}
