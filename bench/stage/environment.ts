/** Settings of whoever calls must not change what is measured. */
const FOREIGN = /^(AUDIT_REGISTER_|OTEL_|PG|NODE_|PORT$|HOST$|DATABASE_URL$|ISSUER_)/;

export function cleanEnvironment(own: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !FOREIGN.test(name));
  return { ...Object.fromEntries(kept), ...own };
}
