import type { JSX } from 'preact';

/** Small drawings, so that a sign looks the same on every system. They are beside a word or a label, never alone. */
const PATHS = {
  dot: 'M8 5.2a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 0 1 0-5.6Z',
  check: 'm3.5 8.5 3 3 6-7',
  cross: 'm4 4 8 8m0-8-8 8',
  bar: 'M8 2.2a5.8 5.8 0 1 1 0 11.6A5.8 5.8 0 0 1 8 2.2ZM4.6 8h6.8',
  back: 'M6 3 2.8 6.2 6 9.4M3 6.2h6.5a3.4 3.4 0 0 1 0 6.8H6.5',
  question: 'M5.6 6a2.4 2.4 0 1 1 3.7 2c-.9.6-1.3 1-1.3 2m0 2.6v.1',
  clock: 'M8 2.2a5.8 5.8 0 1 1 0 11.6A5.8 5.8 0 0 1 8 2.2Zm0 3V8l2 1.6',
  shield: 'M8 1.8 13 3.6v4c0 3.2-2 5.4-5 6.6-3-1.2-5-3.4-5-6.6v-4L8 1.8Z',
  dash: 'M4 8h8',
  search: 'M7 2.6a4.4 4.4 0 1 1 0 8.8 4.4 4.4 0 0 1 0-8.8Zm3.2 7.6 3.4 3.4',
  gear: 'M8 5.6a2.4 2.4 0 1 1 0 4.8 2.4 2.4 0 0 1 0-4.8ZM8 1.8v2m0 8.4v2m6.2-6.2h-2m-8.4 0h-2m10.6-4.4-1.4 1.4m-6 6-1.4 1.4m0-8.8 1.4 1.4m6 6 1.4 1.4',
  person: 'M8 2.4a2.7 2.7 0 1 1 0 5.4 2.7 2.7 0 0 1 0-5.4ZM3 13.8c.4-2.8 2.3-4.2 5-4.2s4.6 1.4 5 4.2',
  row: 'M2.4 3.4h11.2v9.2H2.4ZM2.4 6.6h11.2M6.4 6.6v6',
  link: 'M6.6 9.4 9.4 6.6M7 4.6l1.4-1.4a2.9 2.9 0 0 1 4.2 4.2L11.2 8.8M9 11.4l-1.4 1.4a2.9 2.9 0 0 1-4.2-4.2L4.8 7.2',
  copy: 'M5.6 5.6h7.6v7.6H5.6ZM3.8 10.4h-1V2.8h7.6v1',
  down: 'm4 6.4 4 4 4-4',
  left: 'M9.6 4 5.6 8l4 4',
  right: 'm6.4 4 4 4-4 4',
  sun: 'M8 5a3 3 0 1 1 0 6 3 3 0 0 1 0-6ZM8 1.4v1.4m0 10.4v1.4M1.4 8h1.4m10.4 0h1.4M3.3 3.3l1 1m7.4 7.4 1 1m0-9.4-1 1m-7.4 7.4-1 1',
  moon: 'M13.4 9.8A5.8 5.8 0 0 1 6.2 2.6a5.8 5.8 0 1 0 7.2 7.2Z',
  out: 'M8 2.4v7.2M5 6.8l3 3 3-3M2.8 11v2.4h10.4V11',
  pause: 'M5.6 3.6v8.8m4.8-8.8v8.8',
  play: 'M5 3.4 12 8l-7 4.6Z',
  place:
    'M8 14s4.6-4 4.6-7.6a4.6 4.6 0 0 0-9.2 0C3.4 10 8 14 8 14Zm0-9.2a1.7 1.7 0 1 1 0 3.4 1.7 1.7 0 0 1 0-3.4Z',
  trace: 'M2.4 3.6h6M5 8h6m-3.4 4.4h6',
} as const;

export type SignName = keyof typeof PATHS;

/** With a label it stands for a word; without one it is decoration. */
export function Sign({ name, label }: { name: SignName; label?: string }): JSX.Element {
  const said = label === undefined ? { 'aria-hidden': true } : { role: 'img' as const, 'aria-label': label };
  return (
    <svg class="sign" viewBox="0 0 16 16" {...said}>
      <path class={name === 'dot' || name === 'play' ? 'filled' : undefined} d={PATHS[name]} />
    </svg>
  );
}
