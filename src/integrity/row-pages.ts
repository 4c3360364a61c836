import type { StoredRow } from './evidence.js';

/** Rows that are loaded together: an export asks for segment after segment. */
const PAGE_ROWS = 20_000;
const PAGE_SEGMENTS = 32;

export interface PagedSegment {
  readonly segment: string;
  readonly rows: number;
}

export type LoadRows = (segments: readonly string[]) => Promise<Map<string, StoredRow[]>>;

/** Gives the rows of one segment after the other, and asks for those of some together. */
export class RowPages {
  readonly #segments: readonly PagedSegment[];
  readonly #load: LoadRows;
  #page = new Map<string, StoredRow[]>();

  constructor(segments: readonly PagedSegment[], load: LoadRows) {
    this.#segments = segments;
    this.#load = load;
  }

  async rowsOf(segment: string): Promise<readonly StoredRow[]> {
    if (!this.#page.has(segment)) this.#page = await this.#loadFrom(segment);
    const rows = this.#page.get(segment) ?? [];
    // NOTE: not kept, for a page may be large; who asks again has it loaded again.
    this.#page.delete(segment);
    return rows;
  }

  async #loadFrom(segment: string): Promise<Map<string, StoredRow[]>> {
    const start = this.#segments.findIndex((paged) => paged.segment === segment);
    const wanted = [segment];
    let rows = this.#segments[start]?.rows ?? 0;
    for (const paged of this.#segments.slice(start + 1, start + PAGE_SEGMENTS)) {
      rows += paged.rows;
      if (rows > PAGE_ROWS) break;
      wanted.push(paged.segment);
    }
    const loaded = await this.#load(wanted);
    return new Map(wanted.map((id) => [id, loaded.get(id) ?? []]));
  }
}
