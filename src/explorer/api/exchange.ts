import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RegisterReader } from '../../search/register-reader.js';
import type { ClickHouseClient } from '../../store/client.js';
import type { DeliveryWatch } from './delivery-state.js';
import type { Failure } from './failure.js';
import type { LivePlaces } from './live-places.js';
import type { StoreAddress } from '../store-access.js';
import type { Turnstile } from './turnstile.js';

export interface ApiOptions {
  readonly client: ClickHouseClient;
  readonly store: StoreAddress;
  readonly version: string;
  /** Hears of what is our own fault. */
  readonly report: (defect: string) => void;
}

/** What several addresses share. */
export interface ApiPlace extends ApiOptions {
  readonly reader: RegisterReader;
  readonly watch: DeliveryWatch;
  readonly places: LivePlaces;
  readonly queries: Turnstile;
  readonly downloads: Turnstile;
  readonly streams: Turnstile;
  readonly describe: (error: unknown) => Failure;
}

/** One request and whoever waits for its answer. */
export interface Exchange {
  readonly query: URLSearchParams;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Aborted when the browser is gone or the explorer ends. */
  readonly signal: AbortSignal;
}
