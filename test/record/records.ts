import type { StoredRecord } from '../../src/record/record.ts';
import { SCHEMA_VERSION } from '../../src/record/columns.ts';
import { createBlankRecord } from '../../src/pipeline/blank-record.ts';
import { uuidV4, uuidV7 } from '../../src/record/uuid.ts';

const blank = createBlankRecord({ name: 'shop', version: '1.0.0', instance: 'shop-1', environment: 'test' });

/** A whole record; what is not given is unknown. */
export function storedRecord(values: Partial<StoredRecord> = {}): StoredRecord {
  return {
    ...blank(),
    record_id: uuidV7(),
    chain_id: uuidV4(),
    sequence: 1,
    segment_id: uuidV4(),
    schema_version: SCHEMA_VERSION,
    ...values,
  };
}
