import { afterAll, beforeAll, describe } from 'vitest';
import { startApp } from '../http/audited-app.ts';
import type { AuditedApp } from '../http/audited-app.ts';
import { JWT_SECRET } from '../process/launch.ts';
import { describeOperations } from './graphql-cases.ts';

describe.each(['cjs', 'mjs'])('the record of a request to GraphQL 17 (%s)', (form) => {
  let app: AuditedApp;
  beforeAll(async () => {
    app = await startApp(`frameworks/graphql.${form}`, { env: { AUDIT_REGISTER_JWT_SECRET: JWT_SECRET } });
  });
  afterAll(() => app.stop());

  describeOperations(() => app);
});
