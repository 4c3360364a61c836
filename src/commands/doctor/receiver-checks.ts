import type { OtlpConfig } from '../../config/config.js';
import { OpenSegment } from '../../delivery/segment.js';
import { createOtlpSink } from '../../delivery/sinks/otlp.js';
import { createLog } from '../../log.js';
import { NO_UUID } from '../../pipeline/blank-record.js';
import { failure, good, oneLine } from './check.js';
import type { Check, Verdict } from './check.js';

/** Whether what is at the address of the `otlp` sink takes logs; none are sent. */
export function receiverChecks(otlp: OtlpConfig): readonly Check[] {
  return [{ name: 'OTLP receiver', run: () => askReceiver(otlp) }];
}

async function askReceiver(otlp: OtlpConfig): Promise<Verdict> {
  const sink = createOtlpSink(otlp, createLog('silent'));
  try {
    const result = await sink.send(new OpenSegment(NO_UUID, 1).seal(), { mayBeOld: false });
    if (result.status === 'accepted') return good(`${otlp.url} takes logs`);
    const mend = result.status === 'refused' ? sink.mendOfRefusal : undefined;
    return failure(`${otlp.url} does not take logs: ${oneLine(result.reason)}`, mend);
  } finally {
    await sink.close();
  }
}
