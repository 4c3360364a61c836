import { AsyncLocalStorage } from 'node:async_hooks';
import type { createRemoteJWKSet, CryptoKey, FlattenedJWSInput, JWSHeaderParameters } from 'jose';
import { messageOf } from '../errors.js';
import { lazily } from '../lazily.js';
import { runAsOwnWork } from '../own-work.js';
import { codeOf, isJoseError, jose, Unverifiable } from './jose.js';

export interface RemoteKeysOptions {
  /** Clock in milliseconds since the epoch. */
  readonly now: () => number;
  /** Told once when the keys cannot be had, and again only after they could. */
  readonly onProblem: (problem: string) => void;
}

type KeySet = ReturnType<typeof createRemoteJWKSet>;
type KeyFetch = (url: string, options: RequestInit) => Promise<Response>;

export type RemoteKeys = (header: JWSHeaderParameters, token: FlattenedJWSInput) => Promise<CryptoKey>;

const TIMEOUT_MILLIS = 1_500;
const MAX_AGE_MILLIS = 600_000;
/** Between two requests to the key server, whatever tokens ask for and whatever it answered. */
const COOLDOWN_MILLIS = 5_000;
const MAX_BODY_BYTES = 1_048_576;

/**
 * The keys of a JWKS URL. Keys that were loaded once are kept for as long as the server cannot be reached.
 *
 * NOTE: jose's own set forgets its keys when a reload after `cacheMaxAge` fails, and counts only successes
 * for its cooldown, so a server that is down would be asked for every token. Hence it gets no clock of its
 * own (both durations are infinite) and is told here when to reload.
 */
export function createRemoteKeys(url: URL, options: RemoteKeysOptions): RemoteKeys {
  const keys = new KeptKeys(url, options);
  return (header, token) => keys.find(header, token);
}

/**
 * Asks a key server once.
 *
 * @returns How many keys it has. @throws whatever stands in the way
 */
export async function countRemoteKeys(url: URL): Promise<number> {
  const set = createKeySet(url, createKeyFetch());
  await set.reload();
  return set.jwks()?.keys.length ?? 0;
}

function createKeySet(url: URL, fetchKeys: KeyFetch): KeySet {
  const { createRemoteJWKSet, customFetch } = jose();
  return createRemoteJWKSet(url, {
    timeoutDuration: TIMEOUT_MILLIS,
    cacheMaxAge: Infinity,
    cooldownDuration: Infinity,
    [customFetch]: fetchKeys,
  });
}

class KeptKeys {
  readonly #set: () => KeySet;
  readonly #place: string;
  readonly #options: RemoteKeysOptions;
  #loadedAt = -Infinity;
  #attemptedAt = -Infinity;
  #unreachable = false;
  #loading: Promise<boolean> | undefined;
  readonly #told = new Set<string>();

  constructor(url: URL, options: RemoteKeysOptions) {
    this.#options = options;
    // A query string may hold a key of the server.
    this.#place = url.origin + url.pathname;
    const fetchKeys = createKeyFetch();
    this.#set = lazily(() => createKeySet(url, fetchKeys));
  }

  async find(header: JWSHeaderParameters, token: FlattenedJWSInput): Promise<CryptoKey> {
    if (this.#options.now() - this.#loadedAt >= MAX_AGE_MILLIS) await this.#reload();
    if (this.#loadedAt === -Infinity) throw new Unverifiable('key server unreachable');
    try {
      return await this.#match(header, token);
    } catch (error) {
      if (!isJoseError(error, 'ERR_JWKS_NO_MATCHING_KEY')) throw error;
      // The issuer may have begun to sign with a key that is newer than what was loaded.
      if (!(await this.#reload())) throw new Unverifiable('key server unreachable');
      return await this.#match(header, token);
    }
  }

  async #match(header: JWSHeaderParameters, token: FlattenedJWSInput): Promise<CryptoKey> {
    try {
      const key = await this.#set()(header, token);
      if (isWeak(key)) throw new Error('an RSA key of less than 2048 bits (RFC 7518, 3.3)');
      return key;
    } catch (error) {
      if (isAboutToken(error)) throw error;
      this.#tell('signing key unusable', error);
      throw new Unverifiable('signing key unusable', { cause: error });
    }
  }

  /** @returns whether the server answered when it was last asked, which may be a moment ago */
  #reload(): Promise<boolean> {
    if (this.#loading !== undefined) return this.#loading;
    const now = this.#options.now();
    if (now - this.#attemptedAt < COOLDOWN_MILLIS) return Promise.resolve(!this.#unreachable);
    this.#attemptedAt = now;
    this.#loading = this.#load(now).finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  async #load(now: number): Promise<boolean> {
    try {
      await this.#set().reload();
      this.#loadedAt = now;
      this.#unreachable = false;
      this.#told.clear();
    } catch (error) {
      this.#unreachable = true;
      this.#tell('key server unreachable', error);
    }
    return !this.#unreachable;
  }

  #tell(kind: string, error: unknown): void {
    if (this.#told.has(kind)) return;
    this.#told.add(kind);
    const consequence =
      kind === 'key server unreachable' && this.#loadedAt > -Infinity
        ? 'the keys loaded before stay in use'
        : 'records say "claimed" instead of "verified"';
    this.#options.onProblem(
      `${kind}: ${this.#place} (${reasonOf(error)}); ${consequence}. The address comes from AUDIT_REGISTER_JWT_JWKS_URL or jwt.issuers.`,
    );
  }
}

/** jose refuses such a key only while it verifies, as if something were wrong with the token. */
export function isWeak(key: CryptoKey): boolean {
  const { modulusLength } = key.algorithm as { readonly modulusLength?: number };
  return modulusLength !== undefined && modulusLength < 2048;
}

function isAboutToken(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'ERR_JWKS_NO_MATCHING_KEY' || code === 'ERR_JWKS_MULTIPLE_MATCHING_KEYS';
}

export function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause === undefined ? messageOf(error) : `${messageOf(error)}: ${messageOf(cause)}`;
}

/**
 * `fetch` as it is now, before an application or its tests replace it, and out of the request's
 * asynchronous context: loading keys is nobody's action and belongs to nobody's trace.
 */
function createKeyFetch(): KeyFetch {
  const outside = AsyncLocalStorage.snapshot();
  const pristineFetch = globalThis.fetch;
  return (url, options) => outside(() => runAsOwnWork(() => fetchLimited(pristineFetch, url, options)));
}

async function fetchLimited(fetchNow: typeof fetch, url: string, options: RequestInit): Promise<Response> {
  const response = await fetchNow(url, options);
  if (response.status !== 200) {
    await response.body?.cancel();
    return response;
  }
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BODY_BYTES) throw new Error(`the answer is longer than ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  return new Response(Buffer.concat(chunks), { status: 200 });
}
