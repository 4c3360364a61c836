import type { Config } from '../../config/config.js';
import type { Log } from '../../log.js';
import { createClickHouseSink } from './clickhouse.js';
import { createConsoleSink, createFileSink } from './json-lines.js';
import { createOtlpSink } from './otlp.js';
import type { Sink } from './sink.js';

/** The sink the configuration asks for. */
export function createSink(config: Config, log: Log): Sink {
  switch (config.sink) {
    case 'clickhouse':
      return createClickHouseSink(config.clickhouse, log);
    case 'otlp':
      return createOtlpSink(config.otlp, log);
    case 'file':
      return createFileSink(config.filePath);
    case 'console':
      return createConsoleSink();
  }
}
