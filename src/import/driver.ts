import { createRequire } from 'node:module';
import { join } from 'node:path';
import { ImportError } from './errors.js';

/** A value of the source. Everything is read as text, so that no driver's idea of a type changes it. */
export type SourceRow = Readonly<Record<string, string | null>>;

/** What is used of pg's client. */
export interface DriverClient {
  connect(): Promise<unknown>;
  query(text: string, values?: readonly unknown[]): Promise<{ readonly rows: readonly SourceRow[] }>;
  end(): Promise<void>;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

export interface Driver {
  readonly Client: new (options: Readonly<Record<string, unknown>>) => DriverClient;
}

/** Only this command needs pg, so it is no dependency: taken from beside this package, or from where the user stands. */
export async function loadDriver(cwd: string): Promise<Driver> {
  try {
    return driverOf(await import('pg'));
  } catch (own) {
    try {
      return createRequire(join(cwd, 'package.json'))('pg') as Driver;
    } catch {
      throw new ImportError(
        'ERR_AUDIT_IMPORT_DRIVER',
        'The import reads PostgreSQL through the package pg, which is not installed here; run `npm install pg` (8.17 or newer).',
        { cause: own },
      );
    }
  }
}

function driverOf(module: unknown): Driver {
  const { default: whole } = module as { readonly default?: Driver };
  return whole ?? (module as Driver);
}
