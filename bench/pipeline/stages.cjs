'use strict';
/*
 * The way of a record, stage by stage, each alone in a process that does nothing else. A stage is prepared once and gives
 *   make(index)   what one turn is given, which is not measured
 *   run(given)    the turn; may return a promise
 *   records       how many records a turn is of, one if left out
 *   end()         where something has to be cleaned up
 */

const { prepareDigest } = require('./digest.cjs');
const { prepareEncode } = require('./encode.cjs');
const { prepareIdentity } = require('./identity.cjs');
const { preparePolicy } = require('./policy.cjs');
const { prepareRedact } = require('./redact.cjs');
const { prepareScope } = require('./scope.cjs');
const { prepareSpool } = require('./spool.cjs');
const { prepareKnownSql, prepareNewSql } = require('./sql.cjs');

exports.STAGES = [
  { id: 'scope', title: 'scope of a request', prepare: prepareScope },
  { id: 'identity', title: 'identity, token verified before', prepare: prepareIdentity },
  { id: 'policy', title: 'policy, default rules', prepare: preparePolicy },
  { id: 'sql-known', title: 'SQL, text read before', prepare: prepareKnownSql },
  { id: 'sql-new', title: 'SQL, text never seen', prepare: prepareNewSql },
  { id: 'redact', title: 'redaction and limits', prepare: prepareRedact },
  { id: 'encode', title: 'RowBinary', prepare: prepareEncode },
  { id: 'digest', title: 'digest', prepare: prepareDigest },
  { id: 'spool', title: 'spool, written without fsync', prepare: prepareSpool },
];
