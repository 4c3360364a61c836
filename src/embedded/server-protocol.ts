/** What the server's process and the one that starts it have agreed on. */

/** How it tells why it ended before there was an engine; the engine itself ends with 0, whatever happened. */
export const SERVER_EXIT = { packagesMissing: 71, libraryUnusable: 72 } as const;

/** File descriptor of a pipe that is open as long as the parent wants the server; nothing is written to it. */
export const LIFELINE_FD = 3;

/**
 * Keeps the engine alive, at no cost. NOTE: the documented trick, a statement that reads standard input, would
 * need the grant to read files for `default`, whose statements these are.
 */
export const LAST_STATEMENT =
  'SELECT sleepEachRow(0.25) FROM system.numbers FORMAT Null SETTINGS max_block_size = 1, max_threads = 1';

/** Ends the last statement, and so the engine, in order. */
export const END_STATEMENT =
  "KILL QUERY WHERE query LIKE 'SELECT sleepEachRow(0.25) FROM system.numbers %' SYNC";
