import { toActor, toObject, toTrace } from './links.ts';
import { ASSURANCES, OUTCOMES, mapping } from './looks.ts';
import type { Column } from './panels.ts';

/** Columns that are the same in every table: a sentence has one order. */
export const WHEN: Column = { name: 'time', title: 'When', widthPixels: 170, unit: 'dateTimeAsLocal' };
export const FIRST: Column = { name: 'first', title: 'First', widthPixels: 170, unit: 'dateTimeAsLocal' };
export const LAST: Column = { name: 'last', title: 'Last', widthPixels: 170, unit: 'dateTimeFromNow' };

/** Not shown; a link needs it. Made by `keyOf('actor_id')`. */
export const ACTOR_KEY: Column = { name: 'actor_key' };
export const WHO: Column = { name: 'who', title: 'Who', widthPixels: 130, link: toActor(ACTOR_KEY.name) };
export const SURE: Column = {
  name: 'assurance',
  title: 'Sure?',
  widthPixels: 100,
  mappings: mapping(ASSURANCES),
};

/** Not shown: the table, by `keyOf('target_type')`, and the key of the row, empty where none is named. */
export const TARGET_KEY: Column = { name: 'target_key' };
export const OBJECT_ID: Column = { name: 'object_id' };
export const DID: Column = { name: 'did', title: 'Did', widthPixels: 120 };
export const WHAT: Column = {
  name: 'what',
  title: 'To what',
  link: toObject(TARGET_KEY.name, OBJECT_ID.name),
};

export const ENDING: Column = {
  name: 'ending',
  title: 'Outcome',
  widthPixels: 120,
  mappings: mapping(OUTCOMES),
};
export const WAY: Column = { name: 'way', title: 'Through' };
export const ADDRESS: Column = { name: 'address', title: 'From', widthPixels: 130 };
export const SERVICE: Column = { name: 'service', title: 'Service', widthPixels: 110 };
export const TROUBLE: Column = { name: 'trouble', title: 'Why' };
export const STATEMENT: Column = { name: 'statement', title: 'Statement' };

/** Shows the trace id; the link takes the request, which no client can choose, where there is one. */
export const TRACE: Column = { name: 'trace', title: 'Trace', widthPixels: 110, link: toTrace('request') };
export const REQUEST: Column = { name: 'request' };
