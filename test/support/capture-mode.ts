/**
 * Where applications under the preload get their spans from: `npm run test:instrumentation` runs the same tests with
 * instrumentations, `npm test` as users have it.
 */
const mode = process.env['TEST_CAPTURE'];

export const CAPTURE_ENV: Readonly<Record<string, string>> =
  mode === undefined ? {} : { AUDIT_REGISTER_CAPTURE: mode };
