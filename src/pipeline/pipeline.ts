import type { Config } from '../config/config.js';
import type { Delivery } from '../delivery/queue.js';
import type { Guard } from '../guard.js';
import type { Log } from '../log.js';
import type { ErrorFacts, QueryFacts, RequestEnd, RequestStart } from './facts.js';
import { Recorder } from './recorder.js';
import { fillRequest, fillSource } from './request-record.js';
import { Statements } from './statements.js';

/** Where capture brings facts, and what makes records of them. Nothing of it throws, now or in a later turn. */
export interface Pipeline {
  request(start: RequestStart, end: RequestEnd): void;
  query(query: QueryFacts): void;
  /** The connection of a driver is closed, perhaps with an error: its open transaction ends with it. */
  connectionLost(connection: object, error?: ErrorFacts): void;
  /** Writes what still waits for a name or an outcome, as it is. */
  settle(): void;
  /** Lets capture hand over what it has not finished, before anything is settled. */
  beforeSettle(work: () => void): void;
}

export function createPipeline(config: Config, delivery: Delivery, guard: Guard, log: Log): Pipeline {
  const recorder = new Recorder(config, delivery, guard, log);
  const statements = new Statements(recorder, guard, config.sql);
  let handOver: () => void = () => {};

  return {
    request(start, end) {
      guard('the record of a request', () => {
        const draft = recorder.begin(end);
        draft.record_id = start.id;
        fillSource(draft, start);
        fillRequest(draft, start, end);
        recorder.finishWhenNamed(draft, start);
      });
    },
    query: (query) => statements.query(query),
    connectionLost: (connection, error) => statements.connectionLost(connection, error),
    settle() {
      handOver();
      statements.settle();
      recorder.settle();
    },
    beforeSettle(work) {
      handOver = work;
    },
  };
}
