import type { FoundRecord } from '../../../search/search.js';
import type { Sentence } from '../../../search/sentence.js';
import type { Place } from '../view/view.js';

/** A value that can be searched by, and where its own page is. */
export interface Filter {
  readonly label: string;
  readonly field: string;
  readonly value: string;
  readonly history?: Place;
}

type Part = 'who' | 'did' | 'what' | 'ending' | 'way' | 'address' | 'assurance';

const ZERO_UUID = '00000000-0000-0000-0000-000000000000';

/** What the parts of a sentence are searched by. Undefined where nothing is known to search by. */
export function filterOf(part: Part, record: FoundRecord, sentence: Sentence): Filter | undefined {
  return FILTERS[part](record, sentence);
}

const FILTERS: Readonly<Record<Part, (record: FoundRecord, sentence: Sentence) => Filter | undefined>> = {
  who: (record) => {
    const id = text(record, 'actor_id');
    if (id !== '') return { label: 'Who', field: 'actor', value: id, history: { page: 'actor', id } };
    const name = text(record, 'actor_name');
    if (name !== '') return { label: 'Who', field: 'actor', value: name };
    return filled('Who', 'actor_type', text(record, 'actor_type'));
  },
  did: (record) => filled('Did', 'action', record.action),
  what: (record) => {
    const [table, id] = [text(record, 'target_type'), text(record, 'target_id')];
    if (record.category === 'db' && table !== '' && id !== '') {
      return { label: 'What', field: 'row', value: `${table}/${id}`, history: { page: 'object', table, id } };
    }
    if (record.category === 'http') return filled('What', 'path', text(record, 'url_path'));
    return filled('What', 'target_type', table);
  },
  ending: (_, { ending }) => filled('Outcome', 'ending', ending.replace(' ', '_')),
  way: (record) =>
    filled('Way', 'route', text(record, 'http_route')) ?? filled('Way', 'path', text(record, 'url_path')),
  address: (record) => filled('From', 'address', text(record, 'source_address')),
  assurance: (record) => filled('Assurance', 'assurance', text(record, 'actor_assurance')),
};

export function rowPlace(record: FoundRecord): Place | undefined {
  return filterOf('what', record, EMPTY_SENTENCE)?.history;
}

export function actorPlace(record: FoundRecord): Place | undefined {
  return filterOf('who', record, EMPTY_SENTENCE)?.history;
}

/** The request that a record belongs to, which no client can choose. Undefined for work of no request. */
export function requestOf(record: FoundRecord): string | undefined {
  if (record.category === 'http') return record.record_id;
  const id = text(record, 'request_id');
  return id === '' || id === ZERO_UUID ? undefined : id;
}

export function text(record: FoundRecord, column: string): string {
  const value = record[column];
  return typeof value === 'string'
    ? value
    : value === undefined || typeof value === 'object'
      ? ''
      : String(value);
}

function filled(label: string, field: string, value: string): Filter | undefined {
  return value === '' ? undefined : { label, field, value };
}

const EMPTY_SENTENCE: Sentence = {
  who: '',
  impersonator: '',
  assurance: '',
  did: '',
  what: '',
  ending: 'unknown',
  way: '',
  address: '',
};
