#!/usr/bin/env node
import { refusalOfOldNode } from '../oldest-node.js';

/** `EXIT.configuration`, which an old Node.js could not import. */
const EXIT_CONFIGURATION = 78;

const refusal = refusalOfOldNode();

if (refusal === undefined) {
  void import('./program.js').then(({ main }) => main(process.argv.slice(2)));
} else {
  process.stderr.write(refusal);
  process.exitCode = EXIT_CONFIGURATION;
}
