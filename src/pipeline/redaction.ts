import type { PolicyLevel } from '../config/config.js';
import type { Actor } from '../record/actor.js';
import { showsAll, staysAsItIs } from '../record/actor-columns.js';
import { NO_STRINGS, NO_VALUES } from '../record/record.js';
import type { Redactor } from '../record/redaction/redact.js';
import { createStatementRedaction } from '../record/redaction/redact-statement.js';
import type { Draft } from './blank-record.js';
import { ColumnRedaction, isLong } from './column-redaction.js';
import type { RedactionStep } from './column-redaction.js';
import { isSecretOutput, redactedKey } from './column-secrets.js';
import { isUnrouted } from './request-record.js';

/**
 * Takes out of a record what is secret, and what its level does not keep.
 *
 * @param actor Whom the draft was filled from, where that is known: in one that comes again nothing is looked for twice.
 */
export type Redaction = (draft: Draft, level: Exclude<PolicyLevel, 'none'>, actor?: Actor) => void;

/** For columns of which somebody knows more than their format; they see `new_values` redacted already. */
export interface OwnSteps {
  readonly db_parameters?: RedactionStep<readonly string[]>;
}

/**
 * NOTE: column by column, which takes a third of what a list of columns with a step for each does. A test goes by the list of all
 * columns, so that none can be forgotten.
 */
export function createRedaction(redactor: Redactor, own: OwnSteps = {}): Redaction {
  const columns = new ColumnRedaction(redactor);
  const steps = stepsOf(redactor);
  /** Actors in which nothing secret was found. No text of theirs is kept by that. */
  const harmless = new WeakSet<Actor>();
  const parameters = own.db_parameters ?? steps.texts;

  /** NOTE: before anything else: a key may be named by the path, and values are judged by the name of their table. */
  function redactTarget(draft: Draft, keepsRequest: boolean): void {
    draft.old_values = keepsRequest ? columns.changes('old_values', draft.old_values, draft) : NO_VALUES;
    draft.new_values = keepsRequest ? columns.changes('new_values', draft.new_values, draft) : NO_VALUES;
    draft.target_ids = columns.list('target_ids', draft.target_ids, draft, steps.keys);
    draft.target_id = columns.one('target_id', draft.target_id, draft, steps.key);
    draft.target_type = columns.name('target_type', draft.target_type, draft);
    draft.target_tables = columns.names('target_tables', draft.target_tables, draft);
    draft.changed_fields = columns.names('changed_fields', draft.changed_fields, draft);
  }

  function redactActor(draft: Draft, actor: Actor | undefined): void {
    if (actor !== undefined && draft.truncated.length === 0 && harmless.has(actor)) return;
    draft.actor_id = columns.text('actor_id', draft.actor_id, draft);
    draft.actor_name = columns.text('actor_name', draft.actor_name, draft);
    draft.actor_roles = columns.names('actor_roles', draft.actor_roles, draft);
    draft.tenant_id = columns.text('tenant_id', draft.tenant_id, draft);
    draft.impersonator_id = columns.text('impersonator_id', draft.impersonator_id, draft);
    draft.session_id = columns.text('session_id', draft.session_id, draft);
    draft.auth_issuer = columns.text('auth_issuer', draft.auth_issuer, draft);
    if (actor !== undefined && staysAsItIs(actor) && showsAll(draft, actor)) harmless.add(actor);
  }

  function redactOrigin(draft: Draft): void {
    draft.user_agent = columns.text('user_agent', draft.user_agent, draft);
    // NOTE: the request's own id, which is a UUID of ours.
    if (draft.correlation_id === draft.request_id) return;
    draft.correlation_id = columns.text('correlation_id', draft.correlation_id, draft);
  }

  function redactHttp(draft: Draft, keepsRequest: boolean, keepsResponse: boolean): void {
    draft.http_method = columns.name('http_method', draft.http_method, draft);
    draft.http_route = columns.name('http_route', draft.http_route, draft);
    draft.url_path = columns.one('url_path', draft.url_path, draft, steps.path);
    draft.url_query = columns.one(
      'url_query',
      draft.url_query,
      draft,
      keepsRequest ? steps.query : steps.queryNames,
    );
    draft.request_body = keepsRequest
      ? columns.one('request_body', draft.request_body, draft, steps.body)
      : '';
    draft.response_body = keepsResponse
      ? columns.one('response_body', draft.response_body, draft, steps.body)
      : '';
  }

  function redactDatabase(draft: Draft, keepsRequest: boolean, keepsResponse: boolean): void {
    draft.db_namespace = columns.name('db_namespace', draft.db_namespace, draft);
    draft.db_statement = columns.one('db_statement', draft.db_statement, draft, steps.statement);
    draft.db_parameters = keepsRequest
      ? columns.list('db_parameters', draft.db_parameters, draft, parameters)
      : NO_STRINGS;
    draft.db_returned = keepsResponse
      ? columns.list('db_returned', draft.db_returned, draft, steps.rows)
      : NO_STRINGS;
  }

  return (draft, level, actor) => {
    const keepsRequest = level !== 'metadata';
    const keepsResponse = level === 'request_response';
    redactTarget(draft, keepsRequest);
    redactActor(draft, actor);
    redactOrigin(draft);
    redactHttp(draft, keepsRequest, keepsResponse);
    redactDatabase(draft, keepsRequest, keepsResponse);
    draft.error_type = columns.name('error_type', draft.error_type, draft);
    draft.error_message = columns.text('error_message', draft.error_message, draft);
    draft.attributes = columns.attributes('attributes', draft.attributes, draft);
  };
}

type TextStep = RedactionStep<string>;
type ListStep = RedactionStep<readonly string[]>;

interface Steps {
  readonly key: TextStep;
  readonly keys: ListStep;
  readonly path: TextStep;
  readonly query: TextStep;
  readonly queryNames: TextStep;
  readonly body: TextStep;
  readonly statement: TextStep;
  readonly texts: ListStep;
  readonly rows: ListStep;
}

function stepsOf(redactor: Redactor): Steps {
  const statement = createStatementRedaction(redactor.isSecretKey, redactor.name);
  const path: TextStep = (text, draft, isCut) => redactor.path(text, draft.http_route, isCut);
  const rows: ListStep = (given, draft, isCut) => {
    const isSecret = (label: string): boolean => isSecretOutput(label, draft, redactor);
    return given.map((row) => redactor.row(row, isSecret, isCut && isLong(row)));
  };
  return {
    key: (id, draft, isCut) =>
      draft.category !== 'db' && id === draft.url_path
        ? path(id, draft, isCut)
        : redactedKey(id, draft, redactor, isCut),
    keys: (ids, draft, isCut) => ids.map((id) => redactedKey(id, draft, redactor, isCut && isLong(id))),
    path: (text, draft, isCut) => (isUnrouted(draft) ? '' : path(text, draft, isCut)),
    query: (query, _draft, isCut) => redactor.form(query, isCut),
    queryNames: (query) => redactor.queryNames(query),
    body: (body, _draft, isCut) => redactor.body(body, isCut),
    statement: (text, _draft, isCut) => statement(text, isCut),
    texts: (given, _draft, isCut) => given.map((text) => redactor.text(text, isCut && isLong(text))),
    /** Rows as JSON, one text a row. */
    rows,
  };
}
