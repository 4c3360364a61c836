import { conditionOf } from '../../search/condition.js';
import { EventStream } from './event-stream.js';
import type { ApiPlace, Exchange } from './exchange.js';
import { streamLive } from './live.js';
import type { LivePlace } from './live-places.js';
import { Parameters } from './parameters.js';

/** `GET /api/live`: ends when the browser goes. */
export async function answerLive(
  place: ApiPlace,
  { query, request, response, signal }: Exchange,
): Promise<void> {
  const parameters = new Parameters(query, ['search', 'from', 'to', 'after']);
  const { search } = parameters;
  // NOTE: while an answer can still say what is wrong with it.
  conditionOf(search, place.store.database);
  const from = placeOf(place, request.headers['last-event-id'], parameters);
  await place.streams.pass(signal, async () => {
    const stream = new EventStream(response, signal);
    await streamLive({ ...place, search, place: from, stream, signal });
  });
}

/** What the browser has seen counts more than where its page began. */
function placeOf(
  { places }: ApiPlace,
  eventId: string | string[] | undefined,
  parameters: Parameters,
): LivePlace | undefined {
  if (typeof eventId === 'string' && eventId !== '') return places.find(eventId);
  const after = parameters.cursor('after');
  return after && { after, seen: new Set() };
}
