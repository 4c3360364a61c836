'use strict';
/* Rows written to the spool's file, without forcing them to disk. The only stage in which the thread pool works, too. */

const { mkdtempSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { Chain } = require('../../dist/delivery/chain.js');
const { openSpool } = require('../../dist/delivery/spool/open-spool.js');
const { requestDraft } = require('./facts.cjs');

const WRITTEN_ROWS = 100;
const MOST_BYTES = 2 ** 30;
const PROCESS = {
  service: 'shop',
  version: '1',
  instance: 'a',
  environment: '',
  host: 'localhost',
  pid: process.pid,
};

exports.prepareSpool = () => {
  const directory = mkdtempSync(join(tmpdir(), 'audit-register-stage-'));
  const spool = openSpool({ directory, destination: '0123456789abcdef', maxBytes: MOST_BYTES });
  const chain = new Chain(PROCESS, []);
  const part = chain.begin();
  const file = spool.begin(part.head);
  return {
    records: WRITTEN_ROWS,
    make(index) {
      for (let row = 0; row < WRITTEN_ROWS; row++) chain.append(part, requestDraft(index + row));
      return part.segment.take();
    },
    async run(runs) {
      for (const run of runs) await file.append(run, false);
    },
    async end() {
      await file.abandon();
      await spool.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
};
