import { rowsOf } from './register.js';
import type { Register } from './register.js';
import { conditionOf, parametersOf } from './selection.js';
import type { Selection } from './selection.js';

/** What would go of one service. */
export interface ServiceShare {
  readonly service: string;
  readonly rows: number;
  readonly segments: number;
  readonly from: string;
  readonly to: string;
}

/** What would go of one month, which is a partition of the table. */
export interface MonthShare {
  /** As `yyyymm`. */
  readonly month: number;
  readonly rows: number;
  /** Nanoseconds since the epoch, of what would go. */
  readonly from: bigint;
  readonly to: bigint;
  /** Whether nothing of the month would stay. */
  readonly isWhole: boolean;
}

export interface Survey {
  readonly services: readonly ServiceShare[];
  readonly months: readonly MonthShare[];
  readonly rows: number;
  readonly segments: number;
}

/** Counts what a selection takes; changes nothing. */
export async function survey(register: Register, selection: Selection): Promise<Survey> {
  const condition = conditionOf(selection);
  const parameters = parametersOf(selection);
  const services = await rowsOf<Record<keyof ServiceShare, string>>(
    register,
    `SELECT service_name AS service, toString(count()) AS rows, toString(uniqExact(segment_id)) AS segments,
       toString(min(occurred_at)) AS from, toString(max(occurred_at)) AS to
     FROM ${register.records} WHERE ${condition} GROUP BY service ORDER BY service`,
    parameters,
  );
  const [total] = await rowsOf<{ segments: string }>(
    register,
    `SELECT toString(uniqExact(segment_id)) AS segments FROM ${register.records} WHERE ${condition}`,
    parameters,
  );
  const months = await monthsOf(register, selection);
  return {
    services: services.map((share) => ({
      ...share,
      rows: Number(share.rows),
      segments: Number(share.segments),
    })),
    months,
    rows: months.reduce((sum, { rows }) => sum + rows, 0),
    segments: Number(total?.segments),
  };
}

async function monthsOf(register: Register, selection: Selection): Promise<MonthShare[]> {
  const found = await rowsOf<{ month: number; rows: string; stay: string; from: string; to: string }>(
    register,
    `SELECT month, toString(countIf(goes)) AS rows, toString(countIf(NOT goes)) AS stay,
       toString(toUnixTimestamp64Nano(minIf(occurred_at, goes))) AS from,
       toString(toUnixTimestamp64Nano(maxIf(occurred_at, goes))) AS to
     FROM (SELECT toYYYYMM(occurred_at) AS month, occurred_at, ${conditionOf(selection)} AS goes FROM ${register.records})
     GROUP BY month HAVING countIf(goes) > 0 ORDER BY month`,
    parametersOf(selection),
  );
  return found.map(({ month, rows, stay, from, to }) => ({
    month,
    rows: Number(rows),
    from: BigInt(from),
    to: BigInt(to),
    isWhole: stay === '0',
  }));
}
