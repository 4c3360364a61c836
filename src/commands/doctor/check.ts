import { AuditRegisterError, messageOf } from '../../errors.js';

/** `skipped` is for what cannot be checked, or does not apply. */
export type Status = 'good' | 'warning' | 'failure' | 'skipped';

/** What a check has found, in one line, and what mends it. */
export interface Verdict {
  readonly status: Status;
  readonly says: string;
  readonly mend?: string | undefined;
}

export interface Check {
  readonly name: string;
  /** Undefined for the usual one. */
  readonly timeoutMillis?: number;
  readonly run: () => Verdict | Promise<Verdict>;
}

export interface Checked extends Verdict {
  readonly name: string;
  readonly tookMillis: number;
  /** Whether it was given up, so that something of it may still be under way. */
  readonly isHanging: boolean;
}

export const good = (says: string): Verdict => ({ status: 'good', says });
export const warning = (says: string, mend?: string): Verdict => ({ status: 'warning', says, mend });
export const failure = (says: string, mend?: string): Verdict => ({ status: 'failure', says, mend });
export const skipped = (says: string, mend?: string): Verdict => ({ status: 'skipped', says, mend });

/** Runs a check so that neither what it throws nor how long it takes stops another one. */
export async function runCheck(check: Check, timeoutMillis: number): Promise<Checked> {
  const beganAt = performance.now();
  const limit = check.timeoutMillis ?? timeoutMillis;
  const verdict = await within(limit, async () => await check.run());
  const tookMillis = Math.round(performance.now() - beganAt);
  const hung = failure(`no answer within ${limit / 1_000} s`, 'see what holds it up; --timeout waits longer');
  return { name: check.name, ...(verdict ?? hung), tookMillis, isHanging: verdict === undefined };
}

async function within(millis: number, work: () => Promise<Verdict>): Promise<Verdict | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), millis);
  });
  try {
    return await Promise.race([work().catch(failureOf), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** NOTE: a message of ours ends with what mends it; any other is a defect. */
function failureOf(error: unknown): Verdict {
  if (!(error instanceof AuditRegisterError))
    return failure(`could not be checked: ${oneLine(messageOf(error))}`);
  const [says = '', ...mend] = oneLine(error.message).replace(/\.$/, '').split('; ');
  return failure(says, mend.length === 0 ? undefined : mend.join('; '));
}

export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
