/** The search path of a connection as its own statements have set it; nobody asks the server. */
export interface SearchPath {
  /** For the session; empty where nothing was set, so that it is not known. */
  readonly session: string;
  /** For the rest of the transaction. */
  readonly local: string | undefined;
}

/** A path that something may have changed behind our back. NOTE: no path can be written so. */
export const LOST_PATH = '\0';

export const NO_SEARCH_PATH: SearchPath = Object.freeze({ session: '', local: undefined });

export function currentPath({ session, local }: SearchPath): string {
  return local ?? session;
}

/** NOTE: a SET LOCAL outside a transaction does nothing, a plain SET also ends what SET LOCAL had set. */
export function setPath(
  before: SearchPath,
  path: string,
  isLocal: boolean,
  isInTransaction: boolean,
): SearchPath {
  if (!isLocal) return { session: path, local: undefined };
  return isInTransaction ? { ...before, local: path } : before;
}

/** What is left of it when something may have set another one. NOTE: where none was set it was not known before. */
export function lostPath({ session, local }: SearchPath): SearchPath {
  return {
    session: session === '' ? '' : LOST_PATH,
    local: local === undefined ? undefined : LOST_PATH,
  };
}

/** What stays when the transaction is committed. */
export function committedPath({ session }: SearchPath): SearchPath {
  return session === '' ? NO_SEARCH_PATH : { session, local: undefined };
}
