/** @returns What is missing, each in a line that says what mends it. */
export function missingForRelease(
  manifest: { readonly version: string; readonly repository?: unknown },
  changelog: string,
  env: Readonly<Record<string, string | undefined>>,
): string[];
