import { ConfigurationError } from '../errors.js';
import type { ChainHead } from './chain-walk.js';

/**
 * The heads of an earlier report.
 *
 * @param origin Named in errors.
 * @throws ConfigurationError when it is no report
 */
export function parseKnownHeads(text: string, origin: string): ChainHead[] {
  const report = parse(text);
  const heads =
    typeof report === 'object' && report !== null ? (report as { heads?: unknown }).heads : undefined;
  if (!Array.isArray(heads) || !heads.every(isHead)) {
    throw new ConfigurationError(
      `${origin} is no report of audit-register verify; make one with \`audit-register verify --json\`.`,
    );
  }
  return heads;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isHead(value: unknown): value is ChainHead {
  const head = value as Partial<ChainHead> | null;
  return (
    typeof head === 'object' &&
    head !== null &&
    typeof head.chain === 'string' &&
    /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(head.chain) &&
    Number.isSafeInteger(head.number) &&
    typeof head.hash === 'string'
  );
}
