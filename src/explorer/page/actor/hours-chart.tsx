import type { JSX } from 'preact';
import { useReading } from '../view/reading.js';

/** Twenty-four bars; a table to who cannot see them. The server counts in UTC, the reader lives elsewhere. */
export function HoursChart({ hours }: { hours: readonly number[] }): JSX.Element {
  const { zone } = useReading();
  const shift = zone.isUtc ? 0 : Math.round(-new Date().getTimezoneOffset() / 60);
  const shown = hours.map((_, hour) => hours[(hour - shift + 24) % 24] ?? 0);
  const highest = Math.max(1, ...shown);
  return (
    <div class="hours" role="img" aria-label={`Records by hour of the day, ${zone.name}: ${saidOf(shown)}`}>
      {shown.map((count, hour) => (
        <div class="hour" key={hour} title={`${two(hour)}:00 – ${two(hour)}:59: ${count}`}>
          <i class={count === 0 ? 'none' : ''} style={{ height: `${(count / highest) * 100}%` }} />
          <span>{hour % 3 === 0 ? two(hour) : ''}</span>
        </div>
      ))}
    </div>
  );
}

function saidOf(counts: readonly number[]): string {
  const said = counts.map((count, hour) => (count === 0 ? '' : `${two(hour)}: ${count}`)).filter(Boolean);
  return said.length === 0 ? 'none' : said.join(', ');
}

function two(hour: number): string {
  return String(hour).padStart(2, '0');
}
