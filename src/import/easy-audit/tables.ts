import { fillCrud } from './crud-event.js';
import type { Event, FillAddress } from './event.js';
import { fillLogin } from './login-event.js';
import { fillRequestEvent } from './request-event.js';

/** One of the three tables. */
export interface EventTable {
  readonly name: string;
  readonly category: 'db' | 'auth' | 'http';
  /** Columns that are read where the version of easy-audit at hand has them, beside `id` and `datetime`. */
  readonly columns: readonly string[];
  readonly fill: (event: Event, fillAddress: FillAddress) => void;
}

export const EVENT_TABLES: readonly EventTable[] = [
  {
    name: 'easyaudit_crudevent',
    category: 'db',
    columns: [
      'event_type',
      'object_id',
      'content_type_id',
      'object_repr',
      'object_json_repr',
      'changed_fields',
      'user_id',
      'user_pk_as_string',
      'metadata',
    ],
    fill: fillCrud,
  },
  {
    name: 'easyaudit_loginevent',
    category: 'auth',
    columns: ['login_type', 'username', 'user_id', 'remote_ip'],
    fill: fillLogin,
  },
  {
    name: 'easyaudit_requestevent',
    category: 'http',
    columns: ['url', 'method', 'query_string', 'user_id', 'remote_ip'],
    fill: fillRequestEvent,
  },
];
