import type { AuditRecord } from '../../record/record.js';
import { createBlankRecord } from '../../pipeline/blank-record.js';
import { applyLimits } from '../../record/limits.js';
import { createRedactor } from '../../record/redaction/redact.js';
import { uuidV7Of } from '../../record/uuid.js';
import type { SourceRow } from '../driver.js';
import { createEvent, createFillAddress } from './event.js';
import { redactImported } from './redact.js';
import type { EventTable } from './tables.js';
import { eventTime } from './times.js';

export interface RecordOptions {
  readonly service: string;
  readonly environment: string;
  readonly redactKeys: readonly string[];
  readonly trustedProxies: readonly string[];
}

/** Makes the record of a row: the same bytes whenever it is made, so that it can be made again. */
export type ToRecord = (row: SourceRow) => AuditRecord;

/** @param chainId Part of the identity of its records. */
export function createToRecord(table: EventTable, chainId: string, options: RecordOptions): ToRecord {
  const blank = createBlankRecord({
    name: options.service,
    environment: options.environment,
    version: '',
    instance: '',
  });
  const redactor = createRedactor(options.redactKeys);
  const fillAddress = createFillAddress(options.trustedProxies);
  return (row) => {
    const time = eventTime(row['micros'], row['datetime']);
    const draft = blank();
    draft.host_name = '';
    draft.process_id = 0;
    draft.record_id = recordId(chainId, row);
    draft.occurred_at = time.micros * 1_000n;
    // easy-audit made its row at that time; when it came here is in `ingested_at`.
    draft.recorded_at = time.micros;
    const event = createEvent(draft, row);
    event.attribute('audit.import.source', 'django-easy-audit');
    event.attribute('audit.import.id', row['id'] as string);
    if (!time.isExact) {
      event.problem('datetime is out of range');
      event.attribute('easyaudit.datetime', row['datetime'] ?? '');
    }
    table.fill(event, fillAddress);
    redactImported(draft, redactor);
    applyLimits(draft);
    return draft;
  };
}

/** Tells rows of the same id apart, should the source be another than it was. */
export function recordId(chainId: string, row: SourceRow): string {
  const { micros } = eventTime(row['micros'], row['datetime']);
  return uuidV7Of(Number(micros / 1_000n), `${chainId} ${row['id']} ${row['datetime']}`);
}
