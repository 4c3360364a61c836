import type { Sink } from '../../delivery/sinks/sink.js';
import type { Signer } from '../../integrity/signature.js';
import type { ClickHouseClient } from '../../store/client.js';
import type { RecordOptions } from './to-record.js';
import type { UserTable } from './user-table.js';

export interface EasyAuditImportOptions extends RecordOptions {
  /** Without it, pg's own variables say where the source is. */
  readonly postgresUrl: string | undefined;
  /** Where pg may be installed. */
  readonly cwd: string;
  /** Tells sources of one service apart; the name of the database when not given. */
  readonly sourceName: string | undefined;
  readonly users: UserTable;
  readonly timeZone: string;
  /** Leaves out what the register's TTL would delete. */
  readonly isBeyondRetentionSkipped: boolean;
  readonly isDryRun: boolean;
}

/** The register, and where the import says what it does. */
export interface ImportTarget {
  readonly client: ClickHouseClient;
  readonly sink: Sink;
  readonly database: string;
  /** Signs the certificates; undefined without a key. */
  readonly sign: Signer | undefined;
  readonly print: (line: string) => void;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}
