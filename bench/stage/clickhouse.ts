import { join } from 'node:path';
import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { startWatched } from '../../examples/demo/watched-process.ts';
import { cleanEnvironment } from './environment.ts';

const COMMAND = join(import.meta.dirname, '../../dist/commands/cli.js');
const START_MILLIS = 60_000;

/** What the register holds of one process, by category. */
export interface StoredRecords {
  readonly category: string;
  readonly records: number;
  /** Requests and statements that these are records of. */
  readonly actions: number;
  /** Records whose actor was verified. */
  readonly verified: number;
  /** Records with the bodies of request and response. */
  readonly withBodies: number;
}

export interface Register {
  readonly url: string;
  recordsOf(instance: string): Promise<readonly StoredRecords[]>;
  stop(): Promise<void>;
}

/** What the application does by itself is no request of the load. */
const RECORDS = `
  SELECT if(actor_type = 'system', 'background', toString(category)) AS category,
    toUInt32(count()) AS records,
    toUInt32(uniqExact(trace_id, span_id)) AS actions,
    toUInt32(countIf(actor_assurance = 'verified')) AS verified,
    toUInt32(countIf(request_body != '' AND response_body != '')) AS withBodies
  FROM audit.records
  WHERE service_instance = {instance: String}
  GROUP BY category`;

const PORTS = ['--port', '0', '--tcp-port', '0'];

/** Starts the embedded engine as a user does, by `audit-register dev`. */
export async function startRegister(directory: string): Promise<Register> {
  const server = startWatched({
    name: 'ClickHouse (audit-register dev)',
    command: process.execPath,
    args: [COMMAND, 'dev', '--no-explorer', ...PORTS, '--data-dir', join(directory, 'clickhouse')],
    env: cleanEnvironment(),
  });
  const [, url = ''] = await server.line(/^ready (\S+)/, START_MILLIS);
  const client = createClient({ url, log: { level: ClickHouseLogLevel.OFF } });
  return {
    url,
    async recordsOf(instance) {
      const result = await client.query({
        query: RECORDS,
        query_params: { instance },
        format: 'JSONEachRow',
      });
      return result.json<StoredRecords>();
    },
    async stop() {
      await client.close();
      await server.stop();
    },
  };
}
