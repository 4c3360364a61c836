import type { ClickHouseSettings } from '@clickhouse/client';
import { findServerError } from '../store/errors.js';

/** Source: ClickHouse, src/Common/ErrorCodes.cpp: READONLY. */
const READONLY = '164';

/**
 * Asks with as much time as it takes, for who reads the answer may be slow. `audit_reader` may change this one setting; a user who may
 * change none has the time that the store gives.
 */
export async function patiently<Answer>(
  ask: (settings: ClickHouseSettings) => Promise<Answer>,
): Promise<Answer> {
  try {
    return await ask({ max_execution_time: 0 });
  } catch (error) {
    if (findServerError(error)?.code !== READONLY) throw error;
    return await ask({});
  }
}
