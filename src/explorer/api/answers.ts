import { FIELDS } from '../../search/fields.js';
import type { RegisterReader } from '../../search/register-reader.js';
import type { FoundRecord } from '../../search/search.js';
import { epochMillis } from '../../timers.js';
import type { DeliveryWatch } from './delivery-state.js';
import { described } from './described.js';
import { cursorOf } from './live-places.js';
import { formatCursor, isRecordId } from './parameters.js';
import type { Parameters } from './parameters.js';
import { Refusal } from '../refusal.js';
import type { StoreAddress } from '../store-access.js';

/** What an answer is made of. */
export interface Question {
  readonly reader: RegisterReader;
  readonly watch: DeliveryWatch;
  readonly store: StoreAddress;
  readonly version: string;
  readonly parameters: Parameters;
  /** What follows the address: the id of `/api/records/<id>`. */
  readonly rest: string;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** An address of the API. */
export interface Answer {
  readonly parameters: readonly string[];
  readonly answer: (question: Question) => Promise<object>;
}

const PERIOD = ['from', 'to'];
const SEARCH = ['search', ...PERIOD];
const MOST_RECORDS = 500;
/** Of the records of a page: bodies and values may be large. */
const MOST_BYTES = 8 * 1_048_576;
const MOST_BUCKETS = 500;
const MOST_SUGGESTIONS = 50;
const MOST_CHANGES = 500;
/** Values of one field in one search. */
const IDS_AT_ONCE = 100;

/** Addresses that answer with JSON; `live` and `export` are streams of their own. */
export const ANSWERS: Readonly<Record<string, Answer>> = {
  '/api/session': { parameters: [], answer: answerSession },
  '/api/records': { parameters: [...SEARCH, 'limit', 'after'], answer: answerRecords },
  '/api/records/': { parameters: [], answer: answerRecord },
  '/api/histogram': { parameters: [...SEARCH, 'buckets'], answer: answerHistogram },
  '/api/suggest': { parameters: [...SEARCH, 'field', 'prefix', 'limit'], answer: answerSuggest },
  '/api/objects': { parameters: [...PERIOD, 'table', 'id', 'limit', 'after'], answer: answerObject },
  '/api/actors': { parameters: [...PERIOD, 'id'], answer: answerActor },
  '/api/integrity': { parameters: [...SEARCH, 'ids'], answer: answerIntegrity },
};

async function answerSession({ store, version, watch }: Question): Promise<object> {
  const { url, database, username } = store;
  return {
    service: 'audit-register',
    version,
    store: { url, database, user: username },
    now: new Date(epochMillis()).toISOString(),
    ...(await watch.read()),
    fields: FIELDS.map(({ name, aliases, kind, meaning, values }) => ({
      name,
      aliases,
      kind,
      meaning,
      values,
    })),
  };
}

async function answerRecords({ reader, parameters, signal }: Question): Promise<object> {
  const after = parameters.cursor('after');
  const limit = parameters.number('limit', { most: MOST_RECORDS, otherwise: 100 });
  const page = await reader.page(
    parameters.search,
    { limit, mostBytes: MOST_BYTES, ...(after && { after }) },
    signal,
  );
  return { records: page.records.map(described), next: page.next && formatCursor(page.next) };
}

async function answerRecord({ reader, rest, signal }: Question): Promise<object> {
  const record = isRecordId(rest) ? await reader.record(rest, signal) : undefined;
  if (record === undefined) {
    throw new Refusal(404, 'ERR_AUDIT_EXPLORER_NOT_FOUND', 'There is no such record in the register.', {
      mend: 'It may have expired, or this user may not see it.',
    });
  }
  const [request, integrity] = await Promise.all([
    reader.request(record, signal),
    reader.integrity([record], signal),
  ]);
  return { ...described(record), request: request.map(described), integrity: Object.values(integrity)[0] };
}

function answerHistogram({ reader, parameters, signal }: Question): Promise<object> {
  const buckets = parameters.number('buckets', { most: MOST_BUCKETS, otherwise: 60 });
  return reader.histogram(parameters.search, buckets, signal);
}

async function answerSuggest({ reader, parameters, signal }: Question): Promise<object> {
  const limit = parameters.number('limit', { most: MOST_SUGGESTIONS, otherwise: 20 });
  const field = parameters.required('field');
  const values = await reader.suggest(field, parameters.text('prefix'), parameters.search, limit, signal);
  return { values };
}

async function answerObject({ reader, parameters, signal }: Question): Promise<object> {
  const limit = parameters.number('limit', { most: MOST_CHANGES, otherwise: MOST_CHANGES });
  const [table, id] = [parameters.required('table'), parameters.required('id')];
  const after = parameters.cursor('after');
  // One more tells whether there are more.
  const options = { limit: limit + 1, ...(after && { after }) };
  const records = await reader.objectHistory(table, id, parameters.search, options, signal);
  const shown = records.slice(0, limit);
  const last = records.length > limit ? shown.at(-1) : undefined;
  const changes = shown.map(({ changes, ...record }) => ({
    ...described(record as FoundRecord),
    fields: changes,
  }));
  return { changes, next: last && formatCursor(cursorOf(last)) };
}

function answerActor({ reader, parameters, signal }: Question): Promise<object> {
  return reader.actor(parameters.required('id'), parameters.search, signal);
}

async function answerIntegrity(question: Question): Promise<object> {
  const { reader, parameters, signal } = question;
  const ids = parameters.recordIds('ids', MOST_RECORDS);
  const records = ids.length > 0 ? await findRecords(question, ids) : await firstPage(question);
  const segments = await reader.integrity(records, signal);
  const counts: Record<string, number> = {};
  for (const { state } of Object.values(segments)) counts[state] = (counts[state] ?? 0) + 1;
  return { segments, counts };
}

async function firstPage({ reader, parameters, signal }: Question): Promise<readonly FoundRecord[]> {
  return (await reader.page(parameters.search, { limit: MOST_RECORDS }, signal)).records;
}

async function findRecords(
  { reader, parameters, signal }: Question,
  ids: readonly string[],
): Promise<readonly FoundRecord[]> {
  const { from, to } = parameters.search;
  const found: FoundRecord[] = [];
  for (let at = 0; at < ids.length; at += IDS_AT_ONCE) {
    const text = `record_id:${ids.slice(at, at + IDS_AT_ONCE).join(',')}`;
    const page = await reader.page({ text, from, to }, { limit: IDS_AT_ONCE }, signal);
    found.push(...page.records);
  }
  return found;
}
