/**
 * Where the package's files are, beside each other as in `src`.
 *
 * NOTE: a file must not look for its neighbours by its own path: the preload is bundled into one file of this directory.
 */
export const DIRECTORY = __dirname;
