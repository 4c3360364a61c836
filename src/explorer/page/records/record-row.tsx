import type { JSX } from 'preact';
import type { Described } from '../api/answers.js';
import { Time } from '../view/reading.js';
import { Badge, assuranceMeaning, endingMeaning } from '../words/meaning.js';
import { Sign } from '../words/sign.js';
import { Text, visibleText } from '../words/visible.js';
import { filterOf, text } from './filters.js';
import type { Filter } from './filters.js';

interface Props {
  readonly described: Described;
  readonly index: number;
  readonly top: number;
  readonly isCurrent: boolean;
  readonly isOpen: boolean;
  readonly open: (index: number) => void;
  readonly offer: (filter: Filter, anchor: HTMLElement) => void;
}

export const COLUMN_NAMES = ['When', 'Who', 'Did', 'What', 'Outcome', 'Way', 'From', 'Assurance'] as const;

/** One sentence: when, who, did, what, outcome, way, from. */
export function RecordRow({ described, index, top, isCurrent, isOpen, open, offer }: Props): JSX.Element {
  const { record, sentence } = described;
  const ending = endingMeaning(sentence.ending);
  const cell = (part: Parameters<typeof filterOf>[0], shown: string, name: string): JSX.Element => {
    const filter = shown === '' ? undefined : filterOf(part, record, sentence);
    return (
      <div role="gridcell" class={`cell ${name}`} title={visibleText(shown)}>
        <Text of={shown} class="cell-text" />
        {filter === undefined ? null : <Offer filter={filter} offer={offer} />}
      </div>
    );
  };
  return (
    <div
      id={`row-${index}`}
      role="row"
      class={`row tone-${ending.tone}${isCurrent ? ' current' : ''}${isOpen ? ' open' : ''}`}
      aria-rowindex={index + 2}
      aria-selected={isOpen}
      style={{ transform: `translateY(${top}px)` }}
      data-record={record.record_id}
      onClick={() => open(index)}
    >
      <div role="gridcell" class="cell when">
        <Time at={record.occurred_at} />
      </div>
      {cell('who', sentence.who, 'who')}
      {cell('did', sentence.did, 'did')}
      {cell('what', sentence.what, 'what')}
      <div role="gridcell" class="cell ending">
        <Badge meaning={ending} />
        <Offer filter={filterOf('ending', record, sentence)} offer={offer} />
      </div>
      {cell('way', sentence.way, 'way')}
      {cell('address', sentence.address, 'from')}
      <div role="gridcell" class="cell assurance">
        <Badge
          meaning={assuranceMeaning(text(record, 'actor_type') === 'system' ? 'system' : sentence.assurance)}
        />
      </div>
    </div>
  );
}

/** For the pointer; by keyboard it is `f`, which offers all values of the row. */
function Offer({ filter, offer }: { filter: Filter | undefined; offer: Props['offer'] }): JSX.Element | null {
  if (filter === undefined) return null;
  return (
    <button
      type="button"
      class="offer"
      tabIndex={-1}
      aria-label={`Filter by ${filter.label.toLowerCase()}`}
      onClick={(event) => {
        event.stopPropagation();
        offer(filter, event.currentTarget);
      }}
    >
      <Sign name="down" />
    </button>
  );
}
