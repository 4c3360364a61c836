/** What the server's process and the one that starts it have agreed on. */

/** How it tells why it ended before there was an engine; the engine itself ends with 0, whatever happened. */
export const SERVER_EXIT = { packagesMissing: 71, libraryUnusable: 72 } as const;

/** File descriptor of a pipe that is open as long as the parent wants the server; nothing is written to it. */
export const LIFELINE_FD = 3;
