#!/usr/bin/env node
/**
 * The command `audit-register`. On a Node that is too old this file must still be read and run, so it imports
 * nothing until it has looked.
 */
const OLDEST = { major: 22, minor: 15 };
/** `EXIT.configuration`, which cannot be imported yet. */
const EXIT_CONFIGURATION = 78;

function isTooOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < OLDEST.major || (major === OLDEST.major && minor < OLDEST.minor);
}

if (isTooOld(process.versions.node)) {
  process.stderr.write(
    `audit-register: Node.js ${OLDEST.major}.${OLDEST.minor} or newer is needed, this is ${process.versions.node}. Install a newer one from https://nodejs.org.\n`,
  );
  process.exitCode = EXIT_CONFIGURATION;
} else {
  void import('./program.js').then(({ main }) => main(process.argv.slice(2)));
}

export {};
