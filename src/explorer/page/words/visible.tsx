import type { JSX } from 'preact';

/**
 * Characters that are not seen, or that reorder what is around them: controls, format characters (bidi, zero width, tags),
 * line separators, fillers. A record is evidence: they are shown by their code.
 */
const UNSEEN =
  // oxlint-disable-next-line no-control-regex, no-misleading-character-class -- these are what it is for
  /[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202f\u205f-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb]|[\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]/gu;

const SHORT: Readonly<Record<string, string>> = { '\n': '⏎', '\t': '⇥', '\r': '␍', '\0': '␀' };

interface TextProps {
  readonly of: string;
  /** Line breaks and tabs as such, for statements and bodies. */
  readonly lines?: boolean;
  readonly class?: string;
}

/** A value from a record. Never as markup, isolated in its direction, nothing in it unseen. */
export function Text({ of, lines = false, class: name }: TextProps): JSX.Element {
  return <bdi class={name}>{pieces(of, lines)}</bdi>;
}

/** The same as a plain text, for titles and labels. */
export function visibleText(text: string): string {
  return text.replace(UNSEEN, (character) => `[${nameOf(character)}]`);
}

function pieces(text: string, lines: boolean): (string | JSX.Element)[] {
  const found: (string | JSX.Element)[] = [];
  let end = 0;
  for (const match of text.matchAll(UNSEEN)) {
    const [character] = match;
    if (lines && (character === '\n' || character === '\t')) continue;
    if (match.index > end) found.push(text.slice(end, match.index));
    found.push(<Unseen key={match.index} character={character} />);
    end = match.index + character.length;
  }
  found.push(text.slice(end));
  return found;
}

function Unseen({ character }: { character: string }): JSX.Element {
  const name = nameOf(character);
  return (
    <span class="unseen" title={name}>
      {SHORT[character] ?? name}
    </span>
  );
}

function nameOf(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
