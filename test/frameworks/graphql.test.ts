import { afterAll, beforeAll, describe } from 'vitest';
import { startApp } from '../http/audited-app.ts';
import type { AuditedApp } from '../http/audited-app.ts';
import { JWT_SECRET } from '../process/launch.ts';
import { describeOperations } from './graphql-cases.ts';

const WAYS = [
  ['cjs', 'spool'],
  ['mjs', 'spool'],
  ['mjs', 'write-ahead'],
] as const;

describe.each(WAYS)('the record of a request to GraphQL 17 (%s, %s)', (form, delivery) => {
  let app: AuditedApp;
  beforeAll(async () => {
    app = await startApp(`frameworks/graphql.${form}`, {
      env: { AUDIT_REGISTER_JWT_SECRET: JWT_SECRET, AUDIT_REGISTER_DELIVERY: delivery },
    });
  });
  afterAll(() => app.stop());

  describeOperations(() => app);
});
