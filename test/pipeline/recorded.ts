import type { Config } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Delivery } from '../../src/delivery/delivery.ts';
import { createPipeline } from '../../src/pipeline/pipeline.ts';
import type { Pipeline } from '../../src/pipeline/pipeline.ts';
import { NO_TRACE } from '../../src/pipeline/facts.ts';
import type { QueryFacts, StatementResult } from '../../src/pipeline/facts.ts';
import type { AuditRecord } from '../../src/record/record.ts';

export interface Sent {
  readonly text: string;
  readonly parameters?: readonly string[];
  readonly fields?: readonly string[];
  readonly rows?: readonly Readonly<Record<string, unknown>>[];
}

/** The records of texts that one connection sent, with everything that a policy can ask for. */
export function recorded(sent: readonly Sent[], env: Readonly<Record<string, string>> = {}): AuditRecord[] {
  const { pipeline, records } = recordingPipeline({
    ...loadConfig({ AUDIT_REGISTER_CAPTURE_READS: 'true', ...env }, import.meta.dirname),
    policy: [{ name: 'all', level: 'request_response', match: {} }],
  });
  const connection = {};
  for (const one of sent) pipeline.query(queryOf(one, connection));
  return records;
}

/** A pipeline whose records are kept, and whose faults are those of the test. */
export function recordingPipeline(config: Config): { pipeline: Pipeline; records: AuditRecord[] } {
  const records: AuditRecord[] = [];
  const delivery = { append: (record: AuditRecord) => records.push(record) } as unknown as Delivery;
  const guard = Object.assign(
    <T, S>(_place: string, work: (subject: S) => T, subject?: S) => work(subject as S),
    { failures: () => 0 },
  );
  return { pipeline: createPipeline(config, delivery, guard), records };
}

function queryOf({ text, parameters = [], fields = [], rows = [] }: Sent, connection: object): QueryFacts {
  const result: StatementResult = {
    command: '',
    rowCount: rows.length,
    rows,
    fields: fields.map((name) => ({ name })),
  };
  return {
    request: undefined,
    trace: NO_TRACE,
    system: 'postgresql',
    namespace: 'shop',
    backendPid: 1,
    startedAtNanos: 0n,
    durationMicros: 1,
    text,
    parameters,
    parameterCount: parameters.length,
    results: [result],
    connection,
  };
}
