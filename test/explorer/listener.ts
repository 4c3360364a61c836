import type { IncomingMessage } from 'node:http';

export interface LiveEvent {
  readonly name: string;
  readonly id: string;
  readonly data: {
    readonly record?: { readonly record_id: string };
    readonly sentence?: { readonly who: string };
    readonly delaySeconds?: number;
    readonly error?: { readonly code: string };
  };
}

/** What an `EventSource` of a browser has heard. */
export class Listener {
  readonly events: LiveEvent[] = [];
  lastEventId = '';
  readonly #response: IncomingMessage;
  #rest = '';

  constructor(response: IncomingMessage) {
    this.#response = response;
    response.setEncoding('utf8').on('data', (text: string) => this.#take(text));
    response.on('error', () => {});
  }

  get recordIds(): readonly string[] {
    return this.events.flatMap(({ data }) => data.record?.record_id ?? []);
  }

  close(): void {
    this.#response.destroy();
  }

  #take(text: string): void {
    const blocks = (this.#rest + text).split('\n\n');
    this.#rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const field = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? '';
      if (field('id') !== '') this.lastEventId = field('id');
      if (field('data') === '') continue;
      this.events.push({ name: field('event'), id: field('id'), data: JSON.parse(field('data')) });
    }
  }
}
