/** How the server's process tells why it ended before there was an engine; the engine itself always ends with 0. */
export const SERVER_EXIT = { packagesMissing: 71, libraryUnusable: 72 } as const;
